import { afterEach, expect, mock, spyOn, test } from "bun:test";
import { ALICE, BOB, CAROL, contents, expected, record, type Sighting } from "./capture.fixture.ts";
import { captureMemoryLength, formatCaptureMemory, openCaptureMemory } from "./memory.ts";
import { CaptureRecorder } from "./recorder.ts";

/** One write to the memory; a word that is atomic is there or is not, other writes may be done in part. */
interface Write {
  at: number;
  bytes: Uint8Array;
  isAtomic: boolean;
}

/** Every way of writing that the recorder uses; the test finds out if it uses another. */
function watchWrites(memory: Uint8Array, writes: Write[]): void {
  const note = (at: number, length: number, isAtomic = false) =>
    writes.push({ at, bytes: memory.slice(at, at + length), isAtomic });
  const isMemory = (view: ArrayBufferView) => view.buffer === memory.buffer;
  for (const [method, length] of [
    ["setInt32", 4],
    ["setUint32", 4],
    ["setFloat64", 8],
  ] as const) {
    const original = DataView.prototype[method];
    spyOn(DataView.prototype, method).mockImplementation(function (this: DataView, at, value, isLittle) {
      original.call(this, at, value, isLittle);
      if (isMemory(this)) note(at, length);
    });
  }
  const copy = Buffer.prototype.copy;
  spyOn(Buffer.prototype, "copy").mockImplementation(function (
    this: Buffer,
    to: Uint8Array,
    at?: number,
    start?: number,
    end?: number,
  ) {
    const length = copy.call(this, to, at, start, end);
    if (isMemory(to)) note(at!, length);
    return length;
  });
  const fill = Uint8Array.prototype.fill;
  spyOn(Uint8Array.prototype, "fill").mockImplementation(function (this: Uint8Array, value, start, end) {
    fill.call(this, value, start, end);
    if (isMemory(this)) note(start!, end! - start!);
    return this;
  });
  const store = Atomics.store as (words: Int32Array, index: number, value: number) => number;
  spyOn(Atomics, "store").mockImplementation(((words: Int32Array, index: number, value: number) => {
    store(words, index, value);
    if (isMemory(words)) note(index * 4, 4, true);
    return value;
  }) as typeof Atomics.store);
}

afterEach(() => mock.restore());

/** The writes of `action`, from the image before it to the one after it. */
function writesOf(memory: Uint8Array, action: () => void): Write[] {
  const before = memory.slice();
  const writes: Write[] = [];
  watchWrites(memory, writes);
  action();
  mock.restore();
  for (const { at, bytes } of writes) before.set(bytes, at);
  expect(before.toHex()).toBe(memory.toHex());
  return writes;
}

/** The memory as it may be at each moment of the writes: every byte a moment, within a write from its front or its back. */
function* moments(before: Uint8Array, writes: readonly Write[]): Generator<Uint8Array> {
  const image = before.slice();
  for (const { at, bytes, isAtomic } of writes) {
    for (let part = 1; part < bytes.length && !isAtomic; part++) {
      const front = image.slice();
      front.set(bytes.subarray(0, part), at);
      yield front;
      const back = image.slice();
      back.set(bytes.subarray(part), at + part);
      yield back;
    }
    image.set(bytes, at);
    yield image.slice();
  }
}

/** What a new writer finds in the image; before that it must be able to go on with it. */
function found(image: Uint8Array): Sighting[] {
  const memory = openCaptureMemory(image.buffer as ArrayBuffer)!;
  const recorder = new CaptureRecorder(memory);
  const there = contents(memory);
  record(recorder, CAROL, 1_000_000, 70);
  const last = contents(memory).at(-1);
  if (last?.id !== 1_000_000) throw new Error("the new writer's frame is not the last one");
  return there;
}

const ACTIONS: [string, (recorder: CaptureRecorder) => void][] = [
  ["the first frame", (recorder) => record(recorder, ALICE, 100, 60)],
  ["a frame for which others make room", (recorder) => record(recorder, ALICE, 100, 150)],
  ["a frame that takes half the ring", (recorder) => record(recorder, ALICE, 100, 230)],
  ["a frame of a device that takes another's ring", (recorder) => record(recorder, CAROL, 100, 60)],
  ["forgetting a device", (recorder) => recorder.forget(ALICE)],
];

for (const earlier of [0, 1, 4, 5, 6, 7, 8]) {
  test.each(ACTIONS)(
    `killed at any byte of %s, after ${earlier} others: frames are whole or not there`,
    (_, act) => {
      const memory = formatCaptureMemory(new ArrayBuffer(captureMemoryLength(2, 512)), 512);
      const recorder = new CaptureRecorder(memory);
      for (let id = 0; id < earlier; id++) record(recorder, id % 3 === 1 ? BOB : ALICE, id, 40 + id * 9);
      const before = memory.bytes.slice();
      const framesBefore = contents(memory);
      const writes = writesOf(memory.bytes, () => act(recorder));
      const framesAfter = contents(memory);
      const staying = framesBefore.filter(({ id }) => framesAfter.some((frame) => frame.id === id));
      const allowed = new Set([framesBefore, staying, framesAfter].map((frames) => JSON.stringify(frames)));
      let count = 0;
      for (const image of moments(before, writes)) {
        count++;
        const frames = JSON.stringify(found(image));
        if (!allowed.has(frames)) throw new Error(`after ${count} moments there is ${frames}`);
      }
      expect(framesAfter.filter(({ id }) => id === 100).length).toBe(
        writes.length > 0 && act !== ACTIONS[4]![1] ? 1 : 0,
      );
      expect(count).toBeGreaterThanOrEqual(writes.length);
      for (const { device, id, bytes } of framesAfter) {
        expect({ device, id, bytes }).toEqual(expected(device, id, bytes.length / 2));
      }
    },
  );
}
