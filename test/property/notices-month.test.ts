import { expect, test } from "bun:test";
import { TrafficAnalysis } from "../../runtime/src/traffic/analysis/analysis.ts";
import { emptySums, type SumsRecord } from "../../runtime/src/traffic/feed/records.ts";
import { HomeMonth } from "../bench/home-month.ts";
import { seededRandom } from "../bench/home-traffic.ts";

const DAY = 86_400;
/** A Monday. */
const START = Date.UTC(2026, 0, 5) / 1000;
const STRANGER = 0xc633_6442;

/** An analysis that has seen so many days, with a restart every fifth, after which nothing has a name for a minute. */
function month(seed: number, days: number): { analysis: TrafficAnalysis; home: HomeMonth } {
  const home = new HomeMonth(seededRandom(seed));
  let namesFrom = 0;
  let now = START;
  const open = () =>
    new TrafficAnalysis((_, remote) => {
      const name = now < namesFrom ? undefined : home.names.get(remote[3]!);
      return name === undefined ? undefined : { name: `www.${name}`, source: "asked" };
    });
  let analysis = open();
  analysis.advance(START * 10);
  for (const device of home.devices) analysis.arrived(device, START * 1000);
  for (let day = 0; day < days; day++) {
    home.play(START + day * DAY, day, (record) => {
      now = record.tick / 10;
      analysis.add(record);
    });
    if (day % 5 !== 4) continue;
    const state = analysis.snapshot();
    analysis = open();
    if (!analysis.restore(state)) throw new Error("the state is damaged");
    namesFrom = now + 60;
  }
  return { analysis, home };
}

/** The first camera is taken over: it fetches orders, looks for others of its kind, and sends its pictures away by night. */
function takeOver(analysis: TrafficAnalysis, device: number, midnight: number): void {
  const record: SumsRecord = { ...emptySums(), device, protocol: 6 };
  const say = (second: number, remote: number, port: number, sums: Partial<SumsRecord>) => {
    record.remote.set([0, 0, 0xffff, remote]);
    analysis.add(Object.assign(record, { tick: second * 10, port, downBytes: 0, downPackets: 0 }, sums));
  };
  const exchange = { upBytes: 4000, downBytes: 50_000, upPackets: 20, downPackets: 40 };
  for (let at = 0; at < 60; at++) say(midnight + at, STRANGER, 443, exchange);
  for (let at = 600; at < 720; at++) {
    for (let i = 0; i < 10; i++)
      say(midnight + at, 0x5000_0000 + at * 7919 + i * 99_991, 23, { upBytes: 74, upPackets: 1 });
  }
  const pictures = { upBytes: 1_000_000, downBytes: 20_000, upPackets: 700, downPackets: 350 };
  for (let at = 3600; at < 5400; at++) say(midnight + at, STRANGER, 443, pictures);
}

test("a month of an honest home is without a notice; what a camera does that was taken over is noticed at once", () => {
  const { analysis, home } = month(1, 31);
  expect([analysis.notices(), analysis.snapshot().length < 20_000]).toEqual([[], true]);
  takeOver(analysis, home.devices[0]!, START + 31 * DAY);
  expect(analysis.notices()).toEqual([
    expect.objectContaining({ kind: "upload", place: { remote: "198.51.100.66" } }),
    expect.objectContaining({ kind: "port-scan", protocol: 6, port: 23 }),
    expect.objectContaining({ kind: "new-place", place: { remote: "198.51.100.66" } }),
  ]);
});
