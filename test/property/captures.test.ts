import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  contents,
  expected,
  read,
  record,
  type Sighting,
} from "../../runtime/src/traffic/capture/capture.fixture.ts";
import { CaptureCursor } from "../../runtime/src/traffic/capture/cursor.ts";
import {
  captureMemoryLength,
  formatCaptureMemory,
  openCaptureMemory,
} from "../../runtime/src/traffic/capture/memory.ts";
import { CaptureRecorder } from "../../runtime/src/traffic/capture/recorder.ts";
import { CaptureModel, CursorModel } from "./captures-model.ts";

const device = fc.integer({ min: 1, max: 4 }).map((i) => 0x02005e000000 + i);
const action = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant("append" as const), device, length: fc.nat(500) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("read" as const), cursor: fc.nat(9), limit: fc.nat(6) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("open" as const), device: fc.option(device) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("forget" as const), device }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const) }) },
);
const size = fc.record({
  rings: fc.integer({ min: 1, max: 3 }),
  ringLength: fc.integer({ min: 256, max: 900 }),
});

interface Pair {
  cursor: CaptureCursor;
  model: CursorModel;
}

/** Memory, its writer and its readers, each beside its model. */
class Scene {
  readonly #buffer: ArrayBuffer;
  readonly #model: CaptureModel;
  readonly #pairs: Pair[] = [];
  #recorder: CaptureRecorder;
  #nextId = 0;

  constructor(rings: number, ringLength: number) {
    this.#buffer = new ArrayBuffer(captureMemoryLength(rings, ringLength));
    this.#recorder = new CaptureRecorder(formatCaptureMemory(this.#buffer, ringLength));
    this.#model = new CaptureModel(rings, ringLength - (ringLength % 8));
  }

  get memory() {
    return openCaptureMemory(this.#buffer)!;
  }

  append(from: number, length: number): void {
    const id = this.#nextId++;
    record(this.#recorder, from, id, length);
    this.#model.append(from, id, length);
  }

  forget(whose: number): void {
    this.#recorder.forget(whose);
    this.#model.forget(whose);
  }

  restart(): void {
    this.#recorder = new CaptureRecorder(this.memory);
  }

  open(whose: number | null): void {
    const cursor = new CaptureCursor(this.memory, whose === null ? {} : { device: whose });
    this.#pairs.push({ cursor, model: new CursorModel(this.#model, whose) });
  }

  read(which: number, limit: number): void {
    const pair = this.#pairs[which % this.#pairs.length];
    if (pair !== undefined) this.#compare(pair, limit);
  }

  readAll(): void {
    for (const pair of this.#pairs) this.#compare(pair, Number.POSITIVE_INFINITY);
  }

  #compare({ cursor, model }: Pair, limit: number): void {
    const frames = model.read(limit);
    expect(read(cursor, limit)).toEqual(frames.map(this.#sighting));
    if (limit > 0 && model.isExact) expect(cursor.lost).toBe(model.lost);
  }

  check(): void {
    expect(contents(this.memory)).toEqual(this.#model.frames.map(this.#sighting));
  }

  readonly #sighting = (frame: { device: number; id: number; length: number }): Sighting => {
    const whole = expected(frame.device, frame.id, frame.length);
    return { ...whole, bytes: whole.bytes.slice(0, this.#model.longest * 2) };
  };
}

test("recorder and cursors do what the model does, whatever comes in whatever order", () => {
  fc.assert(
    fc.property(size, fc.array(action, { maxLength: 120 }), ({ rings, ringLength }, actions) => {
      const scene = new Scene(rings, ringLength);
      scene.open(null);
      for (const each of actions) {
        if (each.kind === "append") scene.append(each.device, each.length);
        else if (each.kind === "read") scene.read(each.cursor, each.limit);
        else if (each.kind === "open") scene.open(each.device);
        else if (each.kind === "forget") scene.forget(each.device);
        else scene.restart();
      }
      scene.check();
      scene.readAll();
    }),
    { numRuns: 1000 },
  );
});
