import { NAME_RECORD, PACKET_RECORD, SUMS_WORDS } from "./layout.ts";

/**
 * The memory through which the tap tells what it sees: everything is in these bytes, so that a process that maps them reads
 * along, and a writer that starts anew goes on. Numbers are in the machine's byte order, little-endian wherever this runs.
 *
 *     0  header     magic, version, then how many sums, packets and names there is room for (u32 each), zeros up to 64
 *    64  ticks      ordinal of the oldest tick, ordinal of the tick to come (u32 each, atomic), zeros up to 128
 *   128  packets    count of records claimed, count of records published (u32 each, atomic), zeros up to 192
 *   192  names      the same, zeros up to 256
 *   256  entries    TICKS of 32 bytes, one per tick: tick (f64), index of its first sums, how many, frames, dropped (u32 each)
 *        sums       records of 44 bytes, one after the other and round again: the tick's rows (SUMS_WORDS)
 *        packets    records of 48 bytes
 *        names      records of 304 bytes
 *
 * Ticks are given up, for all to see, before their sums are overwritten, and told of when all of it is there. The other rings
 * have fixed records: record n lies at n modulo the ring's length, a power of two; it is whole once published is above n, and
 * until claimed is above n plus the length. Counts and ordinals are modulo 2^32.
 */
const MAGIC = 0x46544847; // "GHTF"
const VERSION = 1;

const MAGIC_WORD = 0;
const VERSION_WORD = 1;
const SUMS_WORD = 2;
const PACKETS_WORD = 3;
const NAMES_WORD = 4;
export const OLDEST_TICK_WORD = 16;
export const NEXT_TICK_WORD = 17;
const PACKETS_CLAIMED_WORD = 32;
const NAMES_CLAIMED_WORD = 48;
const HEADER = 256;

/** 102 seconds. */
export const TICKS = 1024;
export const TICK_ENTRY = 32;

/** Half a minute of 2000 pairs at once, and more than a second of 200 000 packets a second: 41 MB. */
const DEFAULT_CAPACITY: FeedCapacity = { sums: 640_000, packets: 1 << 18, names: 1 << 11 };
const MIN_SUMS = 64;
const MAX_LENGTH = 2 ** 31 - 1;

/** Records that there is room for; packets and names are rounded down to a power of two, at least 16. */
export interface FeedCapacity {
  readonly sums: number;
  readonly packets: number;
  readonly names: number;
}

/** Where a ring of fixed records is. */
export interface RecordRingPlace {
  /** Index of the word that counts records claimed; the next one counts those published. */
  readonly claimedWord: number;
  /** Byte offset of the first record. */
  readonly start: number;
  readonly recordLength: number;
  /** Records, a power of two. */
  readonly capacity: number;
}

/** Memory with a feed: views of the whole, and where its parts are. */
export interface Feed {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly view: DataView;
  /** Byte offset of the sums and how many there is room for. */
  readonly sumsStart: number;
  readonly sumsCapacity: number;
  readonly packets: RecordRingPlace;
  readonly names: RecordRingPlace;
}

/** Bytes that a feed takes. */
export function feedLength(capacity: FeedCapacity = DEFAULT_CAPACITY): number {
  const { sums, packets, names } = rounded(capacity);
  const length = HEADER + TICKS * TICK_ENTRY + sums * SUMS_WORDS * 4;
  return Math.ceil((length + packets * PACKET_RECORD + names * NAME_RECORD) / 8) * 8;
}

/**
 * Makes `buffer`, of at least `feedLength` bytes, an empty feed and overwrites all that was in it. Ordinals of ticks start
 * at `firstTick`: where it is above those of the feed before, no reader takes its place there for one here. Throws
 * RangeError when the feed does not fit or has room for fewer than 64 sums.
 */
export function formatFeed(buffer: ArrayBufferLike, capacity = DEFAULT_CAPACITY, firstTick = 0): Feed {
  const length = feedLength(capacity);
  const room = rounded(capacity);
  if (room.sums < MIN_SUMS || length > buffer.byteLength || length > MAX_LENGTH)
    throw new RangeError(`feed: ${buffer.byteLength} bytes cannot hold ${JSON.stringify(capacity)}`);
  const feed = feedIn(buffer, room);
  const { words } = feed;
  // Without the magic nobody takes it for a feed until it is whole.
  Atomics.store(words, MAGIC_WORD, 0);
  feed.bytes.fill(0);
  words[VERSION_WORD] = VERSION;
  words[SUMS_WORD] = room.sums;
  words[PACKETS_WORD] = room.packets;
  words[NAMES_WORD] = room.names;
  words[OLDEST_TICK_WORD] = firstTick;
  words[NEXT_TICK_WORD] = firstTick;
  // As after a lap: no record from before is there.
  words[PACKETS_CLAIMED_WORD] = room.packets;
  words[NAMES_CLAIMED_WORD] = room.names;
  Atomics.store(words, MAGIC_WORD, MAGIC);
  return feed;
}

/** The feed in `buffer`; undefined when there is none, of another version, or not all of it. Only reads. */
export function openFeed(buffer: ArrayBufferLike): Feed | undefined {
  if (buffer.byteLength < HEADER || buffer.byteLength > MAX_LENGTH) return undefined;
  const words = new Int32Array(buffer, 0, HEADER / 4);
  if (Atomics.load(words, MAGIC_WORD) !== MAGIC || words[VERSION_WORD] !== VERSION) return undefined;
  const capacity = {
    sums: words[SUMS_WORD] ?? 0,
    packets: words[PACKETS_WORD] ?? 0,
    names: words[NAMES_WORD] ?? 0,
  };
  const room = rounded(capacity);
  const isSound =
    capacity.sums >= MIN_SUMS && room.packets === capacity.packets && room.names === capacity.names;
  return isSound && feedLength(capacity) <= buffer.byteLength ? feedIn(buffer, capacity) : undefined;
}

/** Whether the feed has room for that much, no more and no less. */
export function hasCapacity(feed: Feed, capacity: FeedCapacity): boolean {
  const { sums, packets, names } = rounded(capacity);
  return feed.sumsCapacity === sums && feed.packets.capacity === packets && feed.names.capacity === names;
}

/** A feed of about `bytes`, at most the usual one. */
export function capacityWithin(bytes: number): FeedCapacity {
  const share = Math.min(1, bytes / feedLength(DEFAULT_CAPACITY));
  return {
    sums: Math.floor(DEFAULT_CAPACITY.sums * share),
    packets: Math.floor(DEFAULT_CAPACITY.packets * share),
    names: Math.floor(DEFAULT_CAPACITY.names * share),
  };
}

/** Where the tick with this ordinal has its entry. */
export function tickEntryAt(ordinal: number): number {
  return HEADER + (ordinal & (TICKS - 1)) * TICK_ENTRY;
}

function feedIn(buffer: ArrayBufferLike, { sums, packets, names }: FeedCapacity): Feed {
  const sumsStart = HEADER + TICKS * TICK_ENTRY;
  const packetsStart = sumsStart + sums * SUMS_WORDS * 4;
  const namesStart = packetsStart + packets * PACKET_RECORD;
  return {
    bytes: new Uint8Array(buffer),
    // Atomics want whole words; what is behind the last one is not used.
    words: new Int32Array(buffer, 0, Math.floor(buffer.byteLength / 4)),
    view: new DataView(buffer),
    sumsStart,
    sumsCapacity: sums,
    packets: {
      claimedWord: PACKETS_CLAIMED_WORD,
      start: packetsStart,
      recordLength: PACKET_RECORD,
      capacity: packets,
    },
    names: { claimedWord: NAMES_CLAIMED_WORD, start: namesStart, recordLength: NAME_RECORD, capacity: names },
  };
}

function rounded({ sums, packets, names }: FeedCapacity): FeedCapacity {
  return { sums: Math.floor(sums), packets: powerOfTwo(packets), names: powerOfTwo(names) };
}

function powerOfTwo(records: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(16, records)));
}
