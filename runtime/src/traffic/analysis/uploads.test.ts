import { expect, test } from "bun:test";
import { CAMERA, DAY, HOUR, MINUTE, Scene, TV } from "./scene.fixture.ts";

const CLOUD = "203.0.113.10";
const STRANGER = "198.51.100.66";
const MB = 1e6;

/** Sends so much, without headers, evenly within the next hour. */
function send(scene: Scene, megabytes: number, remote = CLOUD, device = CAMERA): void {
  for (let i = 0; i < 120; i++) {
    const bytes = (megabytes * MB) / 120;
    const upPackets = Math.ceil(bytes / 1400);
    scene.talk(device, remote, { up: Math.round(bytes) + upPackets * 90, upPackets, down: upPackets * 33 });
    scene.pass(30);
  }
}

/** Days in which the camera sends so many megabytes from eight o'clock in the morning on, for one hour each. */
function days(scene: Scene, all: readonly number[]): void {
  for (const megabytes of all) {
    scene.pass(8 * HOUR);
    send(scene, megabytes);
    scene.pass(15 * HOUR);
  }
}

test("an upload far above what is usual at this time is noticed, with where it went and how much it was", () => {
  const scene = new Scene();
  scene.name(STRANGER, "drop.evil.example");
  days(scene, [40, 60, 50, 40, 60, 50, 55, 45]);
  scene.pass(8 * HOUR);
  send(scene, 900, STRANGER);
  scene.pass(10 * MINUTE);
  const [notice, ...more] = scene.analysis.notices().filter(({ kind }) => kind === "upload");
  expect([notice, more]).toEqual([
    {
      id: "upload.001a2b000001",
      kind: "upload",
      device: CAMERA,
      at: expect.any(Number),
      from: expect.any(Number),
      to: expect.any(Number),
      bytes: expect.any(Number),
      usual: expect.any(Number),
      place: { remote: STRANGER, domain: "evil.example" },
    },
    [],
  ]);
  if (notice?.kind !== "upload") throw new Error("no upload");
  expect([Math.round(notice.bytes / MB), Math.round(notice.usual / MB)]).toEqual([900, 52]);
  expect(notice.to - notice.from).toBeGreaterThanOrEqual(HOUR * 1000);
});

test.each<[string, number[], number, number?]>([
  ["less than 200 MB, however little it was before", Array<number>(10).fill(1), 190],
  ["less than five times what it was", [80, 90, 60, 80, 90, 60, 80, 90, 60, 100], 450],
  ["a week's backup that came before", [5, 2000, 5, 5, 5, 5, 5, 5], 2500],
  ["less than twice what it was at other hours", [400, 300, 350, 300, 300, 300, 350, 400], 750, 20],
  ["what it did in the month before", [1500, ...Array<number>(25).fill(5)], 1500],
])("no notice: %s", (_, before, now, hour = 8) => {
  const scene = new Scene();
  days(scene, before);
  scene.pass(hour * HOUR);
  send(scene, now);
  scene.pass(HOUR);
  expect(scene.said().filter((text) => text.startsWith("upload"))).toEqual([]);
});

test("what was usual months ago is not any more", () => {
  const scene = new Scene();
  days(scene, [1500, ...Array<number>(60).fill(5), 1500]);
  expect(scene.said()).toEqual(["upload 1500 MB"]);
});

test("in its first days a device may send what it likes", () => {
  const scene = new Scene();
  days(scene, [5, 5, 5, 5, 5, 5, 3000]);
  expect(scene.said()).toEqual([]);
});

test("an upload goes on for hours and over midnight: one notice, with the largest hour; that much is usual then", () => {
  const scene = new Scene();
  days(scene, Array<number>(8).fill(5));
  scene.pass(22 * HOUR);
  for (const megabytes of [700, 1200, 1100, 900]) send(scene, megabytes);
  expect(scene.said()).toEqual(["upload 1200 MB"]);
  scene.pass(2 * DAY - 4 * HOUR);
  for (const megabytes of [700, 1200]) send(scene, megabytes);
  scene.pass(DAY);
  expect(scene.said()).toEqual(["upload 1200 MB"]);
});

test("acknowledgments of a download are no upload", () => {
  const scene = new Scene();
  days(scene, Array<number>(8).fill(5));
  for (let minute = 0; minute < 120; minute++) {
    scene.talk(TV, CLOUD, { up: 500_000 * 78, upPackets: 500_000, down: 1.4e9, downPackets: 1e6 });
    scene.talk(CAMERA, CLOUD, { up: 500_000 * 78, upPackets: 500_000, down: 1.4e9, downPackets: 1e6 });
    scene.pass(MINUTE);
  }
  expect(scene.said()).toEqual([]);
});

test("what a device uses to send outlives a restart, and a notice is not written twice", () => {
  const scene = new Scene();
  days(scene, Array<number>(8).fill(300));
  scene.restart();
  days(scene, [300]);
  expect(scene.said()).toEqual([]);
  scene.pass(8 * HOUR);
  send(scene, 4000);
  scene.restart();
  send(scene, 4000);
  expect(scene.said()).toEqual(["upload 4000 MB"]);
});
