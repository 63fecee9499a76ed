import { expect, test } from "bun:test";
import type { TrafficAnalysis } from "./analysis.ts";
import { CAMERA, MINUTE, PHONE, Scene, TV } from "./scene.fixture.ts";
import type { LiveGrouping } from "./top.ts";

const SERVER = "203.0.113.10";
const SERVER6 = "2001:db8::10";

/** Bytes up of each group. */
function up(analysis: TrafficAnalysis, by: "device" | "domain", window: 10 | 60 = 60): number[] {
  return analysis.top(by, 10, window).groups.map((group) => group.up);
}

test("a group's key says what its flows have in common, in the words of the traffic's other views", () => {
  const scene = new Scene();
  scene.name(SERVER, "cdn.place.example");
  scene.talk(CAMERA, SERVER, { up: 100, down: 200, upPackets: 1, downPackets: 2 });
  scene.talk(PHONE, SERVER6, { up: 50, down: 50, upPackets: 1, downPackets: 1, protocol: 17 });
  const keys = (by: LiveGrouping): unknown => scene.analysis.top(by, 10, 10).groups.map(({ key }) => key);
  expect([keys("device"), keys("remote"), keys("domain"), keys("protocol"), keys("service")]).toEqual([
    [{ device: "00:1a:2b:00:00:01" }, { device: "02:00:5e:00:00:02" }],
    [
      { remote: SERVER, name: "cdn.place.example", evidence: "asked", domain: "place.example" },
      { remote: SERVER6 },
    ],
    [{ domain: "place.example" }, { domain: SERVER6 }],
    [{ protocol: 6 }, { protocol: 17 }],
    [
      { protocol: 6, port: 443, service: "web" },
      { protocol: 17, port: 443, service: "web (QUIC)" },
    ],
  ]);
});

test("only so many groups as asked for, the largest", () => {
  const scene = new Scene();
  for (const [i, device] of [CAMERA, TV, PHONE].entries()) scene.talk(device, SERVER, { up: 1000 * (i + 1) });
  expect(scene.analysis.top("device", 2, 60).groups.map((group) => group.up)).toEqual([3000, 2000]);
});

test("a name that becomes known while a flow goes on is its group's from then on", () => {
  const scene = new Scene();
  scene.talk(CAMERA, SERVER, { up: 100 });
  expect(scene.analysis.top("domain", 1, 60).groups[0]?.key).toEqual({ domain: SERVER });
  scene.name(SERVER, "www.place.example");
  scene.pass(1);
  expect(scene.analysis.top("domain", 1, 60).groups[0]?.key).toEqual({ domain: "place.example" });
});

test("the clock set back: by seconds, the latest second goes on; by more than a minute, the windows begin anew", () => {
  const scene = new Scene();
  scene.pass(10 * MINUTE);
  scene.talk(CAMERA, SERVER, { up: 100 });
  scene.second -= 30;
  scene.talk(CAMERA, SERVER, { up: 10 });
  expect(up(scene.analysis, "device")).toEqual([110]);
  scene.second -= 90;
  scene.talk(CAMERA, SERVER, { up: 1 });
  const { to } = scene.analysis.top("device", 1, 10);
  expect([up(scene.analysis, "device"), up(scene.analysis, "device", 10), to]).toEqual([
    [1],
    [1],
    scene.second * 1000 + 100,
  ]);
  scene.pass(2 * MINUTE);
  expect(up(scene.analysis, "device")).toEqual([]);
});

test("what a device did before it was forgotten is in no group", () => {
  const scene = new Scene();
  scene.talk(CAMERA, SERVER, { up: 100 });
  scene.analysis.forget(CAMERA);
  expect(up(scene.analysis, "domain")).toEqual([]);
  scene.talk(CAMERA, SERVER, { up: 7 });
  scene.pass(10);
  expect([up(scene.analysis, "device", 10), up(scene.analysis, "device")]).toEqual([[], [7]]);
});
