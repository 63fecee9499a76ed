/**
 * The memory that captures live in: everything is in these bytes, so that a process that maps them later, or beside the
 * writer, finds all frames. Numbers are little-endian.
 *
 *     0  header        magic, version, number of rings, bytes of one ring (u32 each), zeros up to 64
 *    64  ring headers  per ring: a publication count (u32, atomic), zeros up to 64, then two copies of the ring's state
 *                      (RingState), of which the count's lowest bit names the one in force
 *        rings         per ring: records, each at a multiple of 8
 *
 * A record is captured length, original length, seconds, nanoseconds with the direction in the top two bits (u32 each),
 * the frame's sequence number in the ring (f64), then the frame, padded to a multiple of 8. Records do not wrap: where
 * one does not fit before the ring's end, END_OF_LAP stands in place of its captured length.
 */
const MAGIC = 0x4d434847; // "GHCM"
const VERSION = 1;

const MAGIC_AT = 0;
const VERSION_AT = 4;
const RINGS_AT = 8;
const RING_LENGTH_AT = 12;
const HEADER = 64;

const RING_HEADER = 192;
const STATE = 64;

export const CAPTURED_LENGTH = 0;
export const ORIGINAL_LENGTH = 4;
export const SECONDS = 8;
export const NANOSECONDS = 12;
export const SEQUENCE = 16;
export const RECORD_HEADER = 24;
/** Where a captured length would be. Lengths are read as signed numbers, which stay integers to the compiler. */
export const END_OF_LAP = -1;
/** The direction's place in the word of the nanoseconds, which take 30 bits. */
export const DIRECTION_SHIFT = 30;

/** 5 MB: some seconds of a busy device, days of a quiet one. */
export const DEFAULT_RING_LENGTH = 5_000_000;
const MIN_RING_LENGTH = 256;
const MAX_LENGTH = 2 ** 31 - 1;

/** Memory with captures: what is in the header, and views of the whole. */
export interface CaptureMemory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly words: Int32Array;
  readonly ringCount: number;
  /** Bytes of one ring, a multiple of 8. */
  readonly ringLength: number;
}

/** Bytes of memory that hold `ringCount` rings. */
export function captureMemoryLength(ringCount: number, ringLength = DEFAULT_RING_LENGTH): number {
  return HEADER + ringCount * (RING_HEADER + ringLength);
}

/**
 * Makes `buffer` hold as many empty rings as fit. `ringLength`, at least 256, is rounded down to a multiple of 8. Bytes of
 * frames that were there stay in place, out of reach. Throws RangeError when not one ring fits, and
 * above 2 GiB: offsets are 31 bits.
 */
export function formatCaptureMemory(
  buffer: ArrayBufferLike,
  ringLength = DEFAULT_RING_LENGTH,
): CaptureMemory {
  const length = ringLength - (ringLength % 8);
  const ringCount = Math.floor((buffer.byteLength - HEADER) / (RING_HEADER + length));
  if (length < MIN_RING_LENGTH || ringCount < 1 || buffer.byteLength > MAX_LENGTH) {
    throw new RangeError(`capture memory: ${buffer.byteLength} bytes cannot hold rings of ${ringLength}`);
  }
  const memory = viewsOf(buffer, ringCount, length);
  const { words, view, bytes } = memory;
  // Without the magic nobody takes it for memory with captures until it is whole.
  Atomics.store(words, MAGIC_AT / 4, 0);
  bytes.fill(0, VERSION_AT, HEADER + ringCount * RING_HEADER);
  view.setUint32(VERSION_AT, VERSION, true);
  view.setUint32(RINGS_AT, ringCount, true);
  view.setUint32(RING_LENGTH_AT, length, true);
  Atomics.store(words, MAGIC_AT / 4, MAGIC);
  return memory;
}

/** The captures in `buffer`; undefined when it holds none of this version. */
export function openCaptureMemory(buffer: ArrayBufferLike): CaptureMemory | undefined {
  if (buffer.byteLength < HEADER || buffer.byteLength > MAX_LENGTH) return undefined;
  const words = new Int32Array(buffer, 0, HEADER / 4);
  const view = new DataView(buffer);
  if (Atomics.load(words, MAGIC_AT / 4) !== MAGIC || view.getUint32(VERSION_AT, true) !== VERSION)
    return undefined;
  const ringCount = view.getUint32(RINGS_AT, true);
  const ringLength = view.getUint32(RING_LENGTH_AT, true);
  const isWhole = captureMemoryLength(ringCount, ringLength) <= buffer.byteLength;
  if (ringCount < 1 || ringLength < MIN_RING_LENGTH || ringLength % 8 !== 0 || !isWhole) return undefined;
  return viewsOf(buffer, ringCount, ringLength);
}

function viewsOf(buffer: ArrayBufferLike, ringCount: number, ringLength: number): CaptureMemory {
  const bytes = new Uint8Array(buffer);
  // Atomics want whole words; what is behind the last one is not used.
  const words = new Int32Array(buffer, 0, Math.floor(buffer.byteLength / 4));
  return { bytes, view: new DataView(buffer), words, ringCount, ringLength };
}

/** Which of `words` counts how often the ring's state was published. */
export function publicationWord(ring: number): number {
  return (HEADER + ring * RING_HEADER) / 4;
}

/** Where the copy of the ring's state is that the publication count `count` names. */
export function stateAt(ring: number, count: number): number {
  return HEADER + ring * RING_HEADER + STATE * (1 + (count & 1));
}

/** Where the ring's records start. */
export function ringAt(memory: CaptureMemory, ring: number): number {
  return HEADER + memory.ringCount * RING_HEADER + ring * memory.ringLength;
}

/** Bytes of the record of a frame. */
export function recordLength(capturedLength: number): number {
  return (RECORD_HEADER + capturedLength + 7) & ~7;
}

/** Bytes captured of one frame at most: two records always fit, so that making room for one never takes the whole ring. */
export function longestCapture(ringLength: number, limit: number): number {
  return Math.min(limit, ((ringLength >>> 4) << 3) - RECORD_HEADER);
}
