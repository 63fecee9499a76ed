/**
 * Says what it finds in the store at its argument, a folder, and then saves revision after revision till it is killed. Each line is
 * written before the next thing is done: "found 3: sound", "saving 4", "saved 4".
 */
import { writeSync } from "node:fs";
import { defaultConfig } from "../../config/parse.ts";
import { ConfigStore, KEPT_REVISIONS } from "./store.ts";

/** What revision `number` says. */
const hostname = (number: number) => `r${number}`;
const say = (line: string) => writeSync(1, `${line}\n`);

if (import.meta.main) {
  const store = new ConfigStore(process.argv[2] ?? "");
  const { revision, config, notices } = await store.load();
  const { number } = revision;
  const history = await store.history(2 * KEPT_REVISIONS);
  const isSound =
    notices.length === 0 &&
    config.hostname === (number === 0 ? defaultConfig.hostname : hostname(number)) &&
    // One more where the end came between the newest and the removal of the oldest.
    [Math.min(number, KEPT_REVISIONS), KEPT_REVISIONS + 1].includes(history.length) &&
    history.every((entry, i) => entry.fault === null && entry.why === hostname(number - i));
  say(`found ${number}: ${isSound ? "sound" : `not sound: ${history.length} kept; ${notices.join(" ")}`}`);
  for (let next = number + 1; ; next++) {
    say(`saving ${next}`);
    await store.save({ ...defaultConfig, hostname: hostname(next) }, "", hostname(next));
    say(`saved ${next}`);
  }
}

/** What such a process has said so far: the revision it found, the last one that was begun and the last that was kept. */
export function heard(text: string): { found: string | undefined; begun: number; kept: number } {
  const lines = text.slice(0, text.lastIndexOf("\n")).split(/\r?\n/);
  const last = (word: string) =>
    Number(lines.findLast((line) => line.startsWith(`${word} `))?.slice(word.length + 1) ?? 0);
  return {
    found: lines.find((line) => line.startsWith("found ")),
    begun: last("saving"),
    kept: last("saved"),
  };
}

/** What has to be found after that: the old revision or the new one, whole. */
export function possible({ begun, kept }: { begun: number; kept: number }): string[] {
  return [...new Set([kept, begun])].map((number) => `found ${number}: sound`);
}
