import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseMac } from "../../addr/mac.ts";
import { createLog } from "../log.ts";
import { Thread } from "./thread.ts";

const folder = mkdtempSync(join(tmpdir(), "gatehouse-thread-"));
const DEVICE = parseMac("02:00:5e:10:00:01")!;

const OPTIONS = {
  store: join(folder, "store"),
  limits: { keepSecondsDays: 7, keepMinutesDays: 365 },
  feed: join(folder, "traffic"),
  captures: join(folder, "captures"),
  historyMegabytes: 32,
  application: "test",
};
const MEGABYTE = 1024 * 1024;

afterAll(() => rmSync(folder, { recursive: true }));

test("a thread that fails is said to have, rejects what it was asked, and is started again", async () => {
  const lines: string[] = [];
  const { promise: restarted, resolve } = Promise.withResolvers<string>();
  const thread = new Thread(
    OPTIONS,
    { onMessage() {}, onRestart: resolve },
    createLog("traffic", (line) => lines.push(line)),
  );
  expect(await thread.ask("questions", DEVICE)).toEqual([]);
  const wrong = await thread.ask("statistics", { from: 2, to: 1 }).catch((error) => error);
  // Nobody sends such a message; what it stands for is a fault of the program.
  thread.tell({ type: "told", device: DEVICE, bytes: undefined as unknown as Uint8Array, at: 0 });
  const cut = await thread.ask("extent").catch((error) => error);
  const between = await thread.ask("extent").catch((error) => error);
  await restarted;
  const extent = await thread.ask("extent");
  thread.close();
  expect([wrong instanceof RangeError, cut.message, between.message, extent.pairs]).toEqual([
    true,
    "traffic is recorded anew; ask again",
    "traffic is recorded anew; ask again",
    0,
  ]);
  expect(lines).toEqual([
    expect.stringMatching(/^<3>traffic: the thread .* failed: TypeError: .*; starting it again/),
  ]);
});

test("another size of the memory counts at once, and for the next thread, too", async () => {
  const { promise: restarted, resolve } = Promise.withResolvers<string>();
  const log = createLog("traffic", () => {});
  const thread = new Thread(OPTIONS, { onMessage() {}, onRestart: resolve }, log);
  const budget = async () => Math.round((await thread.ask("extent")).budgetBytes / MEGABYTE);
  const sizes = [await budget()];
  thread.limit(OPTIONS.limits, 64);
  sizes.push(await budget());
  thread.tell({ type: "told", device: DEVICE, bytes: undefined as unknown as Uint8Array, at: 0 });
  await restarted;
  sizes.push(await budget());
  thread.close();
  expect(sizes).toEqual([32, 64, 64]);
});
