import { expect, test } from "bun:test";
import { CAMERA, HOUR, MINUTE, PHONE, Scene, TV } from "./scene.fixture.ts";

const CLOUD = "203.0.113.10";
const TIME = "198.19.7.123";
const STRANGER = "198.51.100.66";
const STRANGER6 = "2001:db8:bad::1";

/** A camera that has kept to two places for five days. */
function settled(): Scene {
  const scene = new Scene();
  scene.name(CLOUD, "eu.cloud.camera.example");
  scene.live(5, [[CAMERA, CLOUD, TIME]]);
  return scene;
}

test("a device that kept to few places talks to another: its name, its evidence, once", () => {
  const scene = settled();
  scene.name(STRANGER, "cc.evil.example", "server-name");
  const at = scene.second * 1000;
  for (let i = 0; i < 60; i++) {
    scene.talk(CAMERA, STRANGER);
    scene.pass(MINUTE);
  }
  const [notice, ...more] = scene.analysis.notices();
  expect([notice, more]).toEqual([
    {
      id: expect.stringMatching(/^new-place\.001a2b000001\.[0-9a-z]+$/),
      kind: "new-place",
      at: expect.any(Number),
      device: CAMERA,
      from: expect.any(Number),
      to: expect.any(Number),
      place: { remote: STRANGER, domain: "evil.example" },
      usual: 2,
      more: 0,
    },
    [],
  ]);
  expect([notice!.from <= at, notice!.to >= at, notice!.at - at <= 15_000]).toEqual([true, true, true]);
});

test("a notice waits some seconds for a name, and does without it after that", () => {
  const scene = settled();
  scene.talk(CAMERA, STRANGER);
  scene.talk(CAMERA, STRANGER6);
  scene.pass(5);
  expect(scene.said()).toEqual([]);
  scene.name(STRANGER, "late.example");
  scene.pass(15);
  expect(scene.said()).toEqual(["new-place late.example +1"]);
  const nameless = settled();
  nameless.talk(CAMERA, STRANGER6);
  nameless.pass(20);
  expect(nameless.said()).toEqual([`new-place ${STRANGER6} +0`]);
});

test("packets without answer, a ping or a name lookup are no visit", () => {
  const scene = settled();
  for (let i = 0; i < 100; i++) {
    scene.talk(CAMERA, STRANGER, { up: 1400, upPackets: 1, down: 0, downPackets: 0 });
    scene.talk(CAMERA, "192.0.2.1", {
      protocol: 17,
      port: 53,
      up: 80,
      upPackets: 1,
      down: 180,
      downPackets: 1,
    });
    scene.talk(CAMERA, "192.0.2.200", {
      protocol: 1,
      port: 0,
      up: 98,
      upPackets: 1,
      down: 98,
      downPackets: 1,
    });
    scene.pass(10);
  }
  expect(scene.said()).toEqual([]);
});

test("another address of a known domain or network, and a known network that gets a name, are no new place", () => {
  const scene = settled();
  scene.name(STRANGER, "us.cloud.camera.example");
  scene.talk(CAMERA, STRANGER);
  scene.talk(CAMERA, "203.0.113.200");
  scene.name(TIME, "time.example");
  scene.talk(CAMERA, TIME);
  scene.pass(MINUTE);
  expect(scene.said()).toEqual([]);
});

test("what else comes within a day belongs to the first notice", () => {
  const scene = settled();
  for (const last of [1, 2, 3]) {
    scene.name(`198.51.${last}.9`, `place${last}.example`);
    scene.talk(CAMERA, `198.51.${last}.9`);
    scene.pass(HOUR);
  }
  expect(scene.said()).toEqual(["new-place place1.example +2"]);
});

test("a new name at an address that others share is noticed, a reverse name is nobody's", () => {
  const scene = settled();
  scene.name(CLOUD, "evil.example");
  scene.talk(CAMERA, CLOUD);
  scene.pass(MINUTE);
  expect(scene.said()).toEqual(["new-place evil.example +0"]);
  const forged = settled();
  forged.name(STRANGER, "eu.cloud.camera.example", "reverse");
  forged.talk(CAMERA, STRANGER);
  forged.pass(MINUTE);
  expect(forged.said()).toEqual([`new-place ${STRANGER} +0`]);
});

test("a connection that goes on under a new name is looked at again", () => {
  const scene = settled();
  for (let i = 0; i < 30; i++) {
    if (i === 10) scene.name(CLOUD, "evil.example");
    scene.talk(CAMERA, CLOUD);
    scene.pass(30);
  }
  for (let i = 0; i < 30; i++) {
    scene.talk(CAMERA, CLOUD);
    scene.pass(30);
  }
  expect(scene.said()).toEqual(["new-place evil.example +0"]);
});

test("in its first days, and on days after a new place, a device may go where it likes", () => {
  const scene = new Scene();
  scene.live(2, [[CAMERA, CLOUD]]);
  scene.talk(CAMERA, STRANGER);
  scene.live(1, [[CAMERA, CLOUD]]);
  scene.talk(CAMERA, "192.0.2.9");
  scene.live(1, [[CAMERA, CLOUD]]);
  expect(scene.said()).toEqual([]);
});

test("a device with ever new places makes no notice: neither a phone with many nor a television with one every other day", () => {
  const scene = new Scene();
  const usual = Array.from({ length: 24 }, (_, i) => `203.0.${i}.1`);
  for (let day = 0; day < 60; day++) {
    for (let i = 0; i < 30; i++) scene.talk(PHONE, `100.${day}.${i}.1`);
    if (day % 2 === 0) scene.talk(TV, `198.18.${day}.1`);
    scene.live(1, [[TV, ...usual]]);
  }
  expect(scene.said()).toEqual([]);
});

test("habits outlive a restart, even where the names of connections that go on are lost", () => {
  const scene = settled();
  scene.restart();
  scene.names.clear();
  scene.talk(CAMERA, CLOUD);
  scene.pass(MINUTE);
  expect(scene.said()).toEqual([]);
  scene.talk(CAMERA, STRANGER);
  scene.pass(MINUTE);
  expect(scene.said()).toEqual([`new-place ${STRANGER} +0`]);
});

test("a place that was not visited for a month makes room for another, and a habit goes on", () => {
  const scene = settled();
  const [first, later] = [0, 37].map((start) =>
    Array.from({ length: 37 }, (_, i) => `198.18.${start + i}.1`),
  );
  scene.live(1, [[CAMERA, ...first!]]);
  scene.live(31, [[CAMERA, CLOUD, TIME]]);
  scene.live(1, [[CAMERA, CLOUD, TIME, ...later!]]);
  scene.live(25, [[CAMERA, CLOUD, TIME]]);
  scene.talk(CAMERA, STRANGER);
  scene.pass(MINUTE);
  expect(scene.said()).toEqual([
    `new-place ${STRANGER} +0`,
    "new-place 198.18.37.1 +36",
    "new-place 198.18.0.1 +36",
  ]);
});
