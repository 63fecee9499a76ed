import { expect, test } from "bun:test";
import type { TrafficNotice } from "../../service/traffic/source.ts";
import { CAMERA, DAY, HOUR, MINUTE, PHONE, Scene } from "./scene.fixture.ts";
import { worded } from "./words.ts";

const STRANGER = "198.51.100.66";
const CLOUD = "203.0.113.10";
const NEWCOMER = 0x001a_2b00_0099;

test("a device that was never seen is noticed once, by its traffic or its arrival; not in the router's first hour", () => {
  const scene = new Scene([]);
  scene.talk(CAMERA, CLOUD);
  scene.pass(50 * MINUTE);
  scene.analysis.arrived(PHONE, scene.second * 1000);
  expect(scene.said()).toEqual([]);
  scene.pass(20 * MINUTE);
  for (let i = 0; i < 3; i++) {
    scene.analysis.arrived(NEWCOMER, scene.second * 1000);
    scene.pass(1);
    for (const device of [CAMERA, PHONE, NEWCOMER, NEWCOMER + 1]) scene.talk(device, CLOUD);
    scene.pass(HOUR);
    scene.restart();
  }
  expect(scene.said()).toEqual(["new-device 1a2b00009a +0", "new-device 1a2b000099 +0"]);
});

test("a clock that is set in the first hour does not end it", () => {
  const scene = new Scene([]);
  scene.pass(10 * MINUTE);
  scene.second += 400 * DAY;
  scene.pass(MINUTE);
  scene.talk(CAMERA, CLOUD);
  scene.second -= 30 * DAY;
  scene.pass(MINUTE);
  scene.talk(PHONE, CLOUD);
  expect(scene.said()).toEqual([]);
});

test("groups' addresses and devices past the feed's limit are no devices", () => {
  const scene = new Scene([]);
  scene.pass(2 * HOUR);
  for (const device of [0, 0x0100_5e00_0001, 0x3333_0000_0001, 2 ** 48 - 1]) {
    scene.talk(device, CLOUD);
    scene.analysis.arrived(device, scene.second * 1000);
  }
  expect(scene.said()).toEqual([]);
});

test("who forges devices gets some notices an hour, and does not drive out what matters", () => {
  const scene = new Scene();
  scene.live(5, [[CAMERA, CLOUD]]);
  scene.talk(CAMERA, STRANGER);
  for (let i = 0; i < 20_000; i++) {
    scene.talk(0x0200_0000_0000 + i * 256, `203.0.113.${i % 200}`);
    scene.pass(1);
  }
  const said = scene.said();
  const more = said.map((text) => Number(/\+(\d+)$/.exec(text)?.[1]));
  expect([said.length <= 17, more.some((count) => count > 1000)]).toEqual([true, true]);
  expect(said.filter((text) => text.startsWith("new-place"))).toEqual([`new-place ${STRANGER} +0`]);
  // The camera is still known, and its habit.
  scene.pass(DAY);
  scene.live(3, [[CAMERA, CLOUD]]);
  scene.talk(CAMERA, "192.0.2.1");
  scene.pass(MINUTE);
  expect(scene.said()[0]).toEqual("new-place 192.0.2.1 +0");
});

test("silenced notices do not come again, of the same kind, device and place; unsilenced ones are back and do", () => {
  const scan = (scene: Scene, device: number) => {
    for (let port = 1; port <= 150; port++)
      scene.talk(device, STRANGER, { port, up: 74, upPackets: 1, down: 0, downPackets: 0 });
    scene.pass(MINUTE);
  };
  const scene = new Scene();
  scan(scene, CAMERA);
  const [{ id } = { id: "" }] = scene.analysis.notices();
  expect([scene.analysis.silence(id), scene.analysis.silence("port-scan.none")]).toEqual([true, false]);
  scan(scene, CAMERA);
  scene.restart();
  scan(scene, CAMERA);
  expect([scene.said(), scene.analysis.silenced().map((notice) => notice.id)]).toEqual([[], [id]]);
  scan(scene, PHONE);
  expect(scene.said()).toEqual([`port-scan ${STRANGER} 150`]);
  expect([scene.analysis.unsilence(id), scene.analysis.unsilence(id)]).toEqual([true, false]);
  const ids = () => scene.analysis.notices().map((notice) => notice.id);
  expect([ids()[1], scene.analysis.silenced()]).toEqual([id, []]);
  scene.pass(2 * DAY);
  scan(scene, CAMERA);
  expect([ids()[0], ids().length]).toEqual([id, 2]);
});

test("what is forgotten is gone, from what is written down, too", () => {
  const scene = new Scene();
  scene.name(CLOUD, "cloud.example");
  scene.live(5, [[CAMERA, CLOUD]]);
  scene.talk(CAMERA, STRANGER);
  scene.pass(MINUTE);
  const before = scene.analysis.snapshot().length;
  scene.analysis.forget(CAMERA);
  scene.restart();
  expect([scene.said(), scene.analysis.snapshot().length < before]).toEqual([[], true]);
  scene.talk(CAMERA, STRANGER);
  scene.pass(MINUTE);
  expect(scene.said()).toEqual([]);
  scene.analysis.forget();
  expect(scene.analysis.snapshot()).toBe(new Scene([]).analysis.snapshot());
});

test("what was written down and damaged is not believed: everything begins anew", () => {
  const scene = new Scene();
  scene.live(5, [[CAMERA, CLOUD]]);
  const text = scene.analysis.snapshot();
  const damaged = [
    "",
    "null",
    "7",
    "{}",
    "[]",
    text.slice(1),
    `${text} x`,
    text.replace('"version":1', '"version":2'),
  ];
  for (let at = 12; at < text.length; at += 7) {
    damaged.push(text.slice(0, at));
    damaged.push(text.slice(0, at) + (text[at] === "1" ? "2" : "1") + text.slice(at + 1));
  }
  expect(damaged.filter((one) => new Scene().restart(one))).toEqual([]);
  expect(scene.restart(text)).toBe(true);
  expect(scene.analysis.snapshot()).toBe(text);
});

test("what is written down stays below a megabyte, whatever there is", () => {
  const scene = new Scene([]);
  const devices = Array.from({ length: 512 }, (_, i) => 0xfcff_ffff_0000 + i);
  for (let day = 0; day < 2; day++) {
    for (let i = 0; i < 50; i++) {
      const remote = `198.${18 + day}.${i}.1`;
      const domain = `${"\\255".repeat(60)}${i % 40}.example`;
      scene.name(remote, domain);
      for (const device of devices)
        scene.talk(device, remote, { up: 4e9, upPackets: 10, down: 5000, downPackets: 10 });
      scene.pass(25 * MINUTE);
    }
    scene.pass(4 * HOUR);
  }
  for (let hour = 0; hour < 30; hour++) {
    for (let i = 0; i < 8; i++) scene.analysis.arrived(devices[0]! + 1000 * hour + i, scene.second * 1000);
    for (const { id } of scene.analysis.notices()) scene.analysis.silence(id);
    scene.pass(HOUR);
  }
  const length = scene.analysis.snapshot().length;
  expect([length > 400_000, length < 1_000_000]).toEqual([true, true]);
});

test("notices are said in plain words, with the evidence", () => {
  const scene = new Scene([]);
  scene.pass(2 * HOUR);
  scene.analysis.arrived(CAMERA, scene.second * 1000);
  scene.analysis.arrived(PHONE, scene.second * 1000);
  scene.name(STRANGER, "cc.evil.example");
  scene.live(8, [[CAMERA, CLOUD, "192.0.2.7"]]);
  scene.pass(4.5 * MINUTE);
  scene.talk(CAMERA, STRANGER, { up: 1.5e9, upPackets: 1e6 });
  scene.pass(HOUR);
  for (let i = 1; i <= 150; i++) {
    const silent = { up: 74, upPackets: 1, down: 0, downPackets: 0 };
    scene.talk(CAMERA, STRANGER, { port: i, ...silent });
    scene.talk(PHONE, `203.0.${i}.1`, { port: 23, ...silent });
    scene.talk(PHONE, CLOUD);
  }
  scene.pass(MINUTE);
  const told: TrafficNotice[] = scene.analysis.notices().map((notice) => worded(notice, "Doorbell"));
  expect(told.map(({ text, hint }) => `${text}. ${hint}`).sort()).toEqual([
    "A new device joined: Doorbell. If it is yours, there is nothing to do. If nobody in the home knows it, change the Wi-Fi passphrase.",
    "A new device joined: Doorbell. It may be a phone or laptop you know: those change their address now and then (private address). If nobody in the home knows it, change the Wi-Fi passphrase.",
    "Doorbell knocked at 150 computers on the Internet, and hardly any answered. It tried remote shell (unencrypted), port 23, at each of them within a minute. Programs that test networks do this, and so do infected devices (port scan). If you did not start it, take the device off the network and have it checked.",
    "Doorbell knocked at 150 doors of 198.51.100.66, and hardly any was opened. It tried 150 ports of that computer within a minute. Programs that test networks do this, and so do infected devices (port scan). If you did not start it, take the device off the network and have it checked.",
    "Doorbell sent 1.41 GB within an hour, mostly to evil.example, far more than it is used to. It hardly sends anything at this time. A backup or a shared video looks like this. If you know of none, look where it went.",
    "Doorbell talked to evil.example, where it never was before. So far it kept to 2 places. Most often this is an update. If it goes on, ask the maker what it sends there.",
  ]);
  expect(told.find(({ kind }) => kind === "new-place")?.evidence).toEqual({
    from: expect.any(Number),
    to: expect.any(Number),
    remote: STRANGER,
    domain: "evil.example",
  });
});
