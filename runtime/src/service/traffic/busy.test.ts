import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSharedFile } from "../../linux/ffi/shared-file.ts";
import { feedLength, formatFeed, openFeed } from "../../traffic/feed/memory.ts";
import { emptyPacket } from "../../traffic/feed/records.ts";
import { FeedWriter } from "../../traffic/feed/writer.ts";
import { decodeLiveFrame } from "../../wire/live/decode.ts";
import { createLog } from "../log.ts";
import type { FromThread } from "./messages.ts";
import { Thread } from "./thread.ts";

/** As many in a day as a home of 40 devices has, a part of them with names. */
const PAIRS = 52_000;
const NAMED = 16_384;
const SITES = 900;
const PAIRS_A_TICK = 2000;
const DEVICES = 40;
const FIRST_DEVICE = 0x02005e100000;
const CAPACITY = { sums: 4 * PAIRS, packets: 16, names: NAMED };
const TICK = 100;
/** What a page asks at once, and how often it does here. */
const QUESTIONS = 6;
const ROUNDS = 4;
const folder = mkdtempSync(join(tmpdir(), "gatehouse-busy-"));
const feed = join(folder, "feed");
const begin = Math.floor(Date.now() / TICK) - PAIRS / PAIRS_A_TICK;
let writer: FeedWriter;
let tick = begin;

beforeAll(() => {
  const file = createSharedFile(feed, feedLength(CAPACITY), (buffer) => void formatFeed(buffer, CAPACITY));
  writer = new FeedWriter(openFeed(file.buffer)!);
  for (let first = 0; first < PAIRS; first += PAIRS_A_TICK) endTick(first, PAIRS_A_TICK);
});

afterAll(() => rmSync(folder, { recursive: true }));

/** A tick in which each of some pairs has a packet. */
function endTick(first: number, count: number): void {
  for (let pair = first; pair < first + count; pair++) {
    const [device, remote] = [
      FIRST_DEVICE + (pair % DEVICES),
      Uint32Array.of(0, 0, 0xffff, 0xcb000000 + pair),
    ];
    const name = `host${pair}.site${pair % SITES}.example`;
    writer.add({ ...emptyPacket(), device, remote, up: true, protocol: 6, remotePort: 443, length: 100 });
    if (pair < NAMED) writer.serverName({ device, remote, name, transport: "tls", maybeOuter: false, at: 1 });
  }
  writer.endTick(tick++, count, 0);
}

/** A thread that has read the feed, somebody who watches, and how many ticks' sums have come. */
async function watched() {
  const heard = { sums: 0 };
  const hear = (message: FromThread) => {
    if (message.type !== "frame") return;
    const { watch, frame } = message;
    if (decodeLiveFrame(frame)?.kind === "sums") heard.sums++;
    thread.tell({ type: "offered", watch, length: frame.length, unsent: 0 });
  };
  const options = {
    ...{ store: join(folder, "store"), feed, captures: join(folder, "captures") },
    ...{ limits: { keepSecondsDays: 7, keepMinutesDays: 365 }, historyMegabytes: 256, application: "test" },
  };
  const thread: Thread = new Thread(options, { onMessage: hear, onRestart() {} }, createLog("traffic"));
  while ((await thread.ask("extent")).pairs < PAIRS) await Bun.sleep(TICK);
  thread.tell({ type: "select", watch: 1, selection: { packets: false } });
  return { thread, heard };
}

test("live sums come between the answers to what a page asks at once of a busy home", async () => {
  const { thread, heard } = await watched();
  const ticking = setInterval(() => endTick(0, 10), TICK);
  while (heard.sums === 0) await Bun.sleep(TICK);
  const [from, to] = [begin * TICK, tick * TICK];
  const ask = async () => {
    const totals = await thread.ask("totals", { from, to, by: "domain", top: SITES + 1 });
    return { sites: totals.filter(({ key }) => key.domain?.endsWith(".example")).length, sums: heard.sums };
  };
  let between = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const answers = await Promise.all(Array.from({ length: QUESTIONS }, ask));
    expect(answers.map(({ sites }) => sites)).toEqual(Array(QUESTIONS).fill(SITES));
    between += answers.at(-1)!.sums - answers[0]!.sums;
  }
  clearInterval(ticking);
  thread.close();
  // Six answers take several ticks; a thread that gave them in a row would tell of none meanwhile.
  expect(between).toBeGreaterThan(0);
}, 60_000);
