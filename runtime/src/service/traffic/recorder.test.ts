import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog } from "../log.ts";
import type { FromThread } from "./messages.ts";
import { Recorder } from "./recorder.ts";
import { RollupStore } from "./rollups/rollup-store.ts";

const folder = mkdtempSync(join(tmpdir(), "gatehouse-recorder-"));
const limits = { keepSecondsDays: 7, keepMinutesDays: 365 };

afterAll(() => rmSync(folder, { recursive: true }));

/** A recorder on what the disk has, and the faults it tells of in two reports. */
function begun(): { recorder: Recorder; faults: string[][] } {
  const faults: string[][] = [];
  const tell = (message: FromThread) => {
    if (message.type === "faults") faults.push(message.faults);
  };
  const files = {
    store: join(folder, "store"),
    feed: join(folder, "feed"),
    captures: join(folder, "captures"),
  };
  const recorder = new Recorder({ ...files, limits, historyMegabytes: 32, application: "test" }, tell);
  recorder.report();
  recorder.report();
  return { recorder, faults };
}

test("what was learned and is damaged is told once, and is whole again when it was written anew", () => {
  const store = RollupStore.open(
    join(folder, "store"),
    limits,
    createLog("test", () => {}),
  );
  store.keep("analysis", '{"version":1,"sum":12345,"state":[7200,[');
  store.close();
  const { recorder, faults } = begun();
  expect(faults).toEqual([[expect.stringContaining("is learned anew")]]);
  recorder.keepLearned();
  recorder.store.close();
  expect(begun().faults).toEqual([]);
});
