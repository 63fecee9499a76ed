import { expect, test } from "bun:test";
import { macBytes, parseMac } from "../addr/mac.ts";
import { parsePrefix } from "../addr/prefix.ts";
import { DeviceCounters } from "./device-counters.ts";
import { countFrame, type TappedFrame, wireLength } from "./frame.ts";

const ALICE = parseMac("02:00:5e:00:00:0a")!;
const ROUTER = parseMac("02:00:5e:00:00:01")!;
const HOME = [parsePrefix("192.168.77.1/24")!];
const ALICE_ADDRESS = [192, 168, 77, 10];
const SERVER_ADDRESS = [203, 0, 113, 80];

/** A TCP frame of 100 bytes, from Alice to the server unless `outgoing`. */
function frame(change: Partial<TappedFrame> = {}, remote = SERVER_ADDRESS): TappedFrame {
  const bytes = new Uint8Array(100);
  const outgoing = change.outgoing ?? false;
  bytes.set(macBytes(outgoing ? ALICE : ROUTER), 0);
  bytes.set(macBytes(outgoing ? ROUTER : ALICE), 6);
  bytes.set([0x08, 0x00, 0x45, 0, 0, 86, 0, 0, 0, 0, 64, 6], 12);
  bytes.set(outgoing ? remote : ALICE_ADDRESS, 26);
  bytes.set(outgoing ? ALICE_ADDRESS : remote, 30);
  bytes[34 + 12] = 0x80;
  const view = new DataView(bytes.buffer);
  return { view, offset: 0, capturedLength: 100, originalLength: 100, segments: 1, outgoing, ...change };
}

test("frames count for their device, up from its address and down to it", () => {
  const counters = new DeviceCounters();
  countFrame(counters, HOME, frame());
  countFrame(counters, HOME, frame({ outgoing: true }));
  countFrame(counters, HOME, frame({ outgoing: true }));
  const alice = { mac: ALICE, upBytes: 100, downBytes: 200, upPackets: 1, downPackets: 2 };
  expect([counters.takeChanged(), counters.takeChanged(), counters.all()]).toEqual([[alice], [], [alice]]);
});

test("a super-packet counts as the segments it stands for, each with its own headers", () => {
  const counters = new DeviceCounters();
  const superPacket = frame({ originalLength: 14 + 20 + 32 + 3 * 1000, segments: 3 });
  countFrame(counters, HOME, superPacket);
  const bytes = 3 * (14 + 20 + 32 + 1000);
  expect([counters.all(), wireLength(superPacket), wireLength(frame())]).toMatchObject([
    [{ upBytes: bytes, upPackets: 3 }],
    bytes,
    100,
  ]);
});

test("what stays in the home, goes to a group or is cut short does not count", () => {
  const counters = new DeviceCounters();
  countFrame(counters, HOME, frame({}, [192, 168, 77, 1]));
  countFrame(counters, HOME, frame({}, [224, 0, 0, 251]));
  for (let length = 0; length < 34; length++) {
    countFrame(counters, HOME, frame({ capturedLength: length }));
  }
  expect(counters.all()).toEqual([]);
});

test("forged addresses past the limit are not counted, those known before still are", () => {
  const counters = new DeviceCounters();
  countFrame(counters, HOME, frame());
  for (let i = 0; i < 5000; i++) {
    const forged = frame();
    forged.view.setUint32(8, i);
    countFrame(counters, HOME, forged);
  }
  countFrame(counters, HOME, frame());
  expect([counters.all().length, counters.all()[0]?.upPackets]).toEqual([1024, 2]);
});
