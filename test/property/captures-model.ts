/** A frame as the model keeps it: `start` and `end` are where its record lies in its ring. */
export interface ModelFrame {
  device: number;
  id: number;
  length: number;
  start: number;
  end: number;
}

interface Ring {
  device: number | null;
  frames: ModelFrame[];
  head: number;
  lastUse: number;
  /** How often it changed hands. */
  handovers: number;
}

const RECORD_HEADER = 24;
const ALIGNMENT = 8;
const roundUp = (length: number) => Math.ceil(length / ALIGNMENT) * ALIGNMENT;

/** What is in the rings, in arrays: a record lies behind the last one or, where it does not fit there, at the start. */
export class CaptureModel {
  readonly longest: number;
  /** Every frame ever recorded. */
  readonly recorded: ModelFrame[] = [];
  readonly #rings: Ring[];
  readonly #ringLength: number;
  #uses = 0;

  constructor(rings: number, ringLength: number) {
    this.#ringLength = ringLength;
    this.longest = Math.floor(ringLength / 2 / ALIGNMENT) * ALIGNMENT - RECORD_HEADER;
    this.#rings = Array.from({ length: rings }, () => ({
      device: null,
      frames: [],
      head: 0,
      lastUse: 0,
      handovers: 0,
    }));
  }

  /** The frames there are, in the order they came. */
  get frames(): ModelFrame[] {
    return this.#rings.flatMap(({ frames }) => frames).sort((a, b) => a.id - b.id);
  }

  get handovers(): number[] {
    return this.#rings.map((ring) => ring.handovers);
  }

  append(device: number, id: number, length: number): void {
    const ring = this.#ringOf(device);
    const size = roundUp(RECORD_HEADER + Math.min(length, this.longest));
    const wraps = ring.head + size > this.#ringLength;
    const start = wraps ? 0 : ring.head;
    const frame = { device, id, length, start, end: start + size };
    const isInTheWay = (old: ModelFrame) =>
      (wraps && old.start >= ring.head) || (old.start < frame.end && old.end > frame.start);
    // Oldest first: what is in the way goes, and what is older than that.
    ring.frames = ring.frames.slice(ring.frames.findLastIndex(isInTheWay) + 1);
    ring.frames.push(frame);
    ring.head = frame.end;
    ring.lastUse = ++this.#uses;
    this.recorded.push(frame);
  }

  forget(device: number): void {
    const ring = this.#rings.find((one) => one.device === device);
    if (ring !== undefined) hand(ring, null);
  }

  #ringOf(device: number): Ring {
    const own = this.#rings.find((ring) => ring.device === device);
    if (own !== undefined) return own;
    const ring = this.#rings.reduce((oldest, one) => (one.lastUse < oldest.lastUse ? one : oldest));
    hand(ring, device);
    return ring;
  }
}

function hand(ring: Ring, device: number | null): void {
  Object.assign(ring, { device, frames: [], lastUse: 0, handovers: ring.handovers + 1 });
}

/** What a cursor opened now is to find. */
export class CursorModel {
  readonly device: number | null;
  lost = 0;
  /** Whether the cursor can know how many it lost: with one device's it cannot once a ring changed hands twice between two reads. */
  isExact = true;
  readonly #captures: CaptureModel;
  /** Of the frames recorded since the cursor was opened, and those there were then: neither read nor lost yet. */
  #pending: Set<ModelFrame>;
  #seen: number;
  #handovers: readonly number[];

  constructor(captures: CaptureModel, device: number | null) {
    this.#captures = captures;
    this.device = device;
    this.#pending = new Set(captures.frames.filter(this.#isWanted));
    this.#seen = captures.recorded.length;
    this.#handovers = captures.handovers;
  }

  read(limit: number): ModelFrame[] {
    if (limit === 0) return [];
    const { recorded } = this.#captures;
    for (const frame of recorded.slice(this.#seen).filter(this.#isWanted)) this.#pending.add(frame);
    this.#seen = recorded.length;
    const { handovers } = this.#captures;
    const isClear = handovers.every((count, ring) => count <= (this.#handovers[ring] ?? 0) + 1);
    this.isExact &&= this.device === null || isClear;
    this.#handovers = handovers;
    const there = new Set(this.#captures.frames);
    for (const frame of [...this.#pending].filter((frame) => !there.has(frame))) {
      this.#pending.delete(frame);
      this.lost++;
    }
    const read = [...this.#pending].slice(0, limit);
    for (const frame of read) this.#pending.delete(frame);
    return read;
  }

  readonly #isWanted = (frame: ModelFrame) => this.device === null || frame.device === this.device;
}
