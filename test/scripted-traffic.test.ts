import { expect, test } from "bun:test";
import type { Mac } from "@gatehouse/runtime/addr/mac.ts";
import { decodeLiveFrame } from "@gatehouse/runtime/wire/live/decode.ts";
import type { LiveSum } from "@gatehouse/runtime/wire/live/frame.ts";
import { residents, START } from "./harness/scripted-home.ts";
import { ScriptedTraffic } from "./harness/scripted-traffic.ts";

const HOUR = 3_600_000;
const home = residents(12);
const TV = home[0]!.device.mac as Mac;

/** The scripted home a second after its start, its TV having moved what none of the shares divides. */
function aSecondLater(traffic = new ScriptedTraffic(home)): ScriptedTraffic {
  for (let i = 0; i < 10; i++) traffic.tick([{ mac: TV, up: 101, down: 100_003 }]);
  return traffic;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

test("whatever is asked of a range, and however it is divided, the sums are the same to the byte", async () => {
  const traffic = aSecondLater();
  // Neither begins nor ends with a step of any length.
  const range = { from: START - 100_700, to: START + 600 };
  const { up, down, upPackets, downPackets } = await traffic.statistics(range);
  const all = [up.total, down.total, upPackets, downPackets];
  for (const by of ["device", "remote", "domain", "service", undefined] as const) {
    for (const step of [100, 1000, 60_000, 7 * HOUR]) {
      const query = { ...range, step, ...(by !== undefined && { by, top: 3 }) };
      const { groups } = await traffic.series(query);
      const sums = (["up", "down", "upPackets", "downPackets"] as const).map((field) =>
        sum(groups.map((group) => sum(group[field]))),
      );
      expect({ by, step, sums }).toEqual({ by, step, sums: all });
    }
  }
});

test("what was told tick by tick is there to the byte, live and afterwards", async () => {
  const traffic = new ScriptedTraffic(home);
  const live: LiveSum[] = [];
  const watch = traffic.watch({ device: TV, packets: false }, (bytes) => {
    const frame = decodeLiveFrame(bytes);
    if (frame?.kind === "sums") live.push(...frame.records);
    return 0;
  });
  aSecondLater(traffic);
  watch.close();
  const [total] = await traffic.totals({ from: START, to: START + 1000, by: "device" });
  expect(total).toMatchObject({ key: { device: TV }, up: 1010, down: 1_000_030 });
  expect([sum(live.map(({ up }) => up)), sum(live.map(({ down }) => down))]).toEqual([1010, 1_000_030]);
});

test("a device that is forgotten has no history, captures and notices any more; the others have theirs", async () => {
  const traffic = aSecondLater();
  const day = { from: START - 24 * HOUR, to: START + 1000, by: "device" } as const;
  const devices = async () => ({
    moved: (await traffic.totals(day)).map(({ key }) => key.device).includes(TV),
    captured: (await traffic.captures()).map(({ device }) => device).includes(TV),
    others: (await traffic.totals(day)).length,
  });
  expect(await devices()).toEqual({ moved: true, captured: true, others: 11 });
  await traffic.forget(TV);
  expect(await devices()).toEqual({ moved: false, captured: false, others: 10 });
});
