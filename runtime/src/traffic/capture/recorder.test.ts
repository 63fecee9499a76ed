import { expect, test } from "bun:test";
import { parseMac } from "../../addr/mac.ts";
import { OUTBOUND } from "../../wire/capture/frame.ts";
import { ALICE, BOB, CAROL, contents, expected, read, record } from "./capture.fixture.ts";
import { CaptureCursor } from "./cursor.ts";
import { deviceOf } from "./device-index.ts";
import {
  type CaptureMemory,
  captureMemoryLength,
  formatCaptureMemory,
  openCaptureMemory,
  ringAt,
} from "./memory.ts";
import { CaptureRecorder } from "./recorder.ts";
import { FOUND } from "./ring-reader.ts";

function empty(rings = 2, ringLength = 1024): CaptureMemory {
  return formatCaptureMemory(new ArrayBuffer(captureMemoryLength(rings, ringLength)), ringLength);
}

const ids = (memory: CaptureMemory, device?: number) =>
  contents(memory, device === undefined ? {} : { device }).map(({ id }) => id);

test("a frame comes back with all that was said of it", () => {
  const memory = empty();
  const recorder = new CaptureRecorder(memory);
  recorder.append(ALICE, 0xfedcba98, 999_999_999, OUTBOUND, Uint8Array.of(9, 1, 2, 3, 9), 1, 3, 1514);
  const cursor = new CaptureCursor(memory);
  expect(cursor.next()).toBe(FOUND);
  const { device, seconds, nanoseconds, direction, bytes, offset, capturedLength, originalLength } = cursor;
  expect({ device, seconds, nanoseconds, direction, capturedLength, originalLength }).toEqual({
    device: ALICE,
    seconds: 0xfedcba98,
    nanoseconds: 999_999_999,
    direction: OUTBOUND,
    capturedLength: 3,
    originalLength: 1514,
  });
  expect(bytes.subarray(offset, offset + 3).toHex()).toBe("010203");
});

test("the oldest frames go first, and only the device's own", () => {
  const memory = empty();
  const recorder = new CaptureRecorder(memory);
  record(recorder, BOB, 0, 200);
  for (let id = 1; id <= 20; id++) record(recorder, ALICE, id, 232);
  // 256 bytes with their heads: four to a ring of 1024.
  expect([ids(memory, ALICE), ids(memory, BOB), ids(memory)]).toEqual([
    [17, 18, 19, 20],
    [0],
    [0, 17, 18, 19, 20],
  ]);
});

test("frames of all devices come in the order of their times", () => {
  const memory = empty(3);
  const recorder = new CaptureRecorder(memory);
  const devices = [BOB, ALICE, ALICE, CAROL, BOB, ALICE];
  devices.forEach((device, id) => {
    record(recorder, device, id, 60);
  });
  expect(contents(memory)).toEqual(devices.map((device, id) => expected(device, id, 60)));
});

test("the device whose last frame is longest ago gives way", () => {
  const memory = empty();
  const recorder = new CaptureRecorder(memory);
  record(recorder, ALICE, 0, 60);
  record(recorder, BOB, 1, 60);
  record(recorder, ALICE, 2, 60);
  record(recorder, CAROL, 3, 60);
  expect([ids(memory, ALICE), ids(memory, BOB), ids(memory, CAROL)]).toEqual([[0, 2], [], [3]]);
  record(new CaptureRecorder(memory), BOB, 4, 60);
  expect([ids(memory, ALICE), ids(memory, BOB), ids(memory, CAROL)]).toEqual([[], [4], [3]]);
});

test("what is longer than half a ring is cut, and its length kept", () => {
  const memory = empty(1, 1024);
  record(new CaptureRecorder(memory), ALICE, 1, 5000);
  const cursor = new CaptureCursor(memory);
  cursor.next();
  expect([cursor.capturedLength, cursor.originalLength]).toEqual([488, 5004]);
});

test("a cursor that is at the end goes on with what comes", () => {
  const memory = empty();
  const recorder = new CaptureRecorder(memory);
  const cursor = new CaptureCursor(memory, { device: ALICE });
  expect(read(cursor)).toEqual([]);
  for (let id = 0; id < 100; id++) {
    record(recorder, ALICE, id, id * 4);
    record(recorder, BOB, id, 100);
    expect(read(cursor)).toEqual([expected(ALICE, id, id * 4)]);
  }
  expect(cursor.lost).toBe(0);
});

test("a cursor that was overtaken goes on at the oldest frame and tells how many it lost", () => {
  const memory = empty();
  const recorder = new CaptureRecorder(memory);
  const cursor = new CaptureCursor(memory);
  for (let id = 0; id < 3; id++) record(recorder, ALICE, id, 232);
  expect(read(cursor, 1)).toEqual([expected(ALICE, 0, 232)]);
  for (let id = 3; id < 10; id++) record(recorder, ALICE, id, 232);
  expect([read(cursor).map(({ id }) => id), cursor.lost]).toEqual([[6, 7, 8, 9], 5]);
});

test("a cursor follows its device from ring to ring", () => {
  const memory = empty();
  const recorder = new CaptureRecorder(memory);
  record(recorder, ALICE, 0, 60);
  const cursor = new CaptureCursor(memory, { device: ALICE });
  record(recorder, BOB, 1, 60);
  record(recorder, CAROL, 2, 60);
  expect([read(cursor), cursor.lost]).toEqual([[], 1]);
  record(recorder, ALICE, 3, 60);
  expect([read(cursor), cursor.lost]).toEqual([[expected(ALICE, 3, 60)], 1]);
});

test("what is forgotten is gone from the memory, too", () => {
  const memory = empty();
  const recorder = new CaptureRecorder(memory);
  record(recorder, BOB, 0, 60);
  record(recorder, ALICE, 1, 60);
  recorder.forget(ALICE);
  recorder.forget(CAROL);
  expect([ids(memory), memory.bytes.subarray(ringAt(memory, 1)).every((byte) => byte === 0)]).toEqual([
    [0],
    true,
  ]);
  record(recorder, ALICE, 2, 60);
  expect(ids(memory)).toEqual([0, 2]);
});

test("nothing is recorded for the address of zeros", () => {
  const memory = empty();
  const recorder = new CaptureRecorder(memory);
  for (const device of [0, ALICE, 0, BOB, 0]) record(recorder, device, 1, 60);
  expect(contents(memory).map(({ device }) => device)).toEqual([ALICE, BOB]);
});

test("a device's number is its address", () => {
  expect(deviceOf(parseMac("02:00:5e:00:00:0a")!)).toBe(ALICE);
  expect(deviceOf(parseMac("fe:dc:ba:98:76:54")!)).toBe(0xfedcba987654);
});

test("memory of another version, cut short or without captures is not opened", () => {
  const memory = empty(2, 1024);
  record(new CaptureRecorder(memory), ALICE, 1, 60);
  const copy = (change: (view: DataView) => void, length?: number) => {
    const bytes = memory.bytes.slice(0, length);
    change(new DataView(bytes.buffer));
    return openCaptureMemory(bytes.buffer);
  };
  const opened = copy(() => {});
  expect([opened?.ringCount, opened?.ringLength, contents(opened!)]).toEqual([
    2,
    1024,
    [expected(ALICE, 1, 60)],
  ]);
  expect([
    copy((view) => view.setUint32(0, 0)),
    copy((view) => view.setUint32(4, 2, true)),
    copy((view) => view.setUint32(8, 3, true)),
    copy((view) => view.setUint32(8, 0, true)),
    copy((view) => view.setUint32(12, 1023, true)),
    copy(() => {}, memory.bytes.length - 1),
    copy(() => {}, 63),
  ]).toEqual(Array(7).fill(undefined));
});

test("a ring that something damaged is emptied by the next writer, and skipped by readers", () => {
  const memory = empty();
  const recorder = new CaptureRecorder(memory);
  for (let id = 0; id < 5; id++) record(recorder, ALICE, id, 60);
  record(recorder, BOB, 5, 60);
  const cursor = new CaptureCursor(memory);
  memory.view.setUint32(ringAt(memory, 0) + 2 * 88, 0xfffffff0, true);
  expect([ids(memory), read(cursor).map(({ id }) => id), cursor.lost]).toEqual([[0, 1, 5], [0, 1, 5], 3]);
  const next = new CaptureRecorder(memory);
  record(next, ALICE, 6, 60);
  expect(ids(memory)).toEqual([5, 6]);
});

test("forgetting all leaves no byte of any frame, of a damaged ring neither", () => {
  const memory = empty();
  const recorder = new CaptureRecorder(memory);
  for (let id = 0; id < 5; id++) record(recorder, id % 2 === 0 ? ALICE : BOB, id, 60);
  memory.view.setUint32(ringAt(memory, 0), 0xfffffff0, true);
  new CaptureRecorder(memory).forgetAll();
  const records = memory.bytes.subarray(ringAt(memory, 0));
  expect([ids(memory), records.findIndex((byte) => byte !== 0)]).toEqual([[], -1]);
});

test("memory too small for a ring is refused", () => {
  expect(() => formatCaptureMemory(new ArrayBuffer(1000), 1024)).toThrow(RangeError);
  expect(() => formatCaptureMemory(new ArrayBuffer(1000), 100)).toThrow(RangeError);
});
