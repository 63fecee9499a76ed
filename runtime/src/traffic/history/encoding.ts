import { CHUNK_BYTES, type ChunkPool, HEADER_BYTES, PAYLOAD_BYTES } from "./chunk-pool.ts";
import { VarintReader, writeDifference, writeVarint } from "./varint.ts";

/*
 * A bin's bytes. The head: bits 7-6 how the distance to the bin before is told, bits 5-3 packets up, bits 2-0 packets down (0 to 6;
 * 7: a varint of what exceeds 6 follows). Distances count bins of the level. Then, in this order and where needed: distance, packets
 * up, packets down, bytes up, bytes down. Bytes are told where there are packets, as the difference from packets times the mean frame
 * size of the bin before in that direction: most bins of a stream are one or two bytes off. The plain form (sums past what is
 * predicted exactly, bytes without packets) is five varints (`varint.ts`).
 */
const NEXT_BIN = 0;
const BIN_AFTER_NEXT = 1;
const DISTANT = 2;
const PLAIN = 3;
const MANY = 7;
const MAX_SIZE = 65535;
/** Products and differences below these are exact integers. */
const MAX_PREDICTED_BYTES = 2 ** 50;
const MAX_PREDICTED_PACKETS = 2 ** 32;

/** Mean bytes of a frame, as encoder and reader both round it. */
function meanSize(bytes: number, packets: number): number {
  const size = bytes / packets;
  return size < MAX_SIZE ? (size + 0.5) | 0 : MAX_SIZE;
}

/** Writes bins behind those of a chunk. */
export class BinWriter {
  readonly #pool: ChunkPool;
  /** One bin; it is copied to the chunk when it is known to fit. */
  readonly #bin = new Uint8Array(64);
  #length = 0;

  constructor(pool: ChunkPool) {
    this.#pool = pool;
  }

  /** False, and nothing is written, when the chunk is full. `distance` is in bins from the chunk's last; 1 for its first. */
  append(
    chunk: number,
    tick: number,
    distance: number,
    upBytes: number,
    downBytes: number,
    upPackets: number,
    downPackets: number,
  ): boolean {
    const pool = this.#pool;
    const upSize = pool.upSize(chunk);
    const downSize = pool.downSize(chunk);
    this.#length = 0;
    if (isOdd(upBytes, upPackets) || isOdd(downBytes, downPackets)) {
      this.#plain(distance, upBytes, downBytes, upPackets, downPackets);
    } else {
      this.#head(distance, upPackets, downPackets);
      if (upPackets > 0) this.#difference(upBytes - upPackets * upSize);
      if (downPackets > 0) this.#difference(downBytes - downPackets * downSize);
    }
    const used = pool.used(chunk);
    if (used + this.#length > PAYLOAD_BYTES) return false;
    const to = chunk * CHUNK_BYTES + HEADER_BYTES + used;
    for (let i = 0; i < this.#length; i++) pool.bytes[to + i] = this.#bin[i]!;
    pool.setEnd(
      chunk,
      tick,
      used + this.#length,
      upPackets > 0 ? meanSize(upBytes, upPackets) : upSize,
      downPackets > 0 ? meanSize(downBytes, downPackets) : downSize,
    );
    pool.addSums(chunk, upBytes, downBytes, upPackets, downPackets);
    return true;
  }

  #plain(distance: number, upBytes: number, downBytes: number, upPackets: number, downPackets: number): void {
    this.#bin[this.#length++] = PLAIN << 6;
    this.#varint(distance);
    this.#varint(upBytes);
    this.#varint(downBytes);
    this.#varint(upPackets);
    this.#varint(downPackets);
  }

  #head(distance: number, upPackets: number, downPackets: number): void {
    const how = distance === 1 ? NEXT_BIN : distance === 2 ? BIN_AFTER_NEXT : DISTANT;
    const up = Math.min(upPackets, MANY);
    const down = Math.min(downPackets, MANY);
    this.#bin[this.#length++] = (how << 6) | (up << 3) | down;
    if (how === DISTANT) this.#varint(distance);
    if (up === MANY) this.#varint(upPackets - MANY);
    if (down === MANY) this.#varint(downPackets - MANY);
  }

  #difference(value: number): void {
    this.#length = writeDifference(this.#bin, this.#length, value);
  }

  #varint(value: number): void {
    this.#length = writeVarint(this.#bin, this.#length, value);
  }
}

function isOdd(bytes: number, packets: number): boolean {
  return packets === 0 ? bytes > 0 : bytes > MAX_PREDICTED_BYTES || packets > MAX_PREDICTED_PACKETS;
}

/** Reads a chunk's bins, oldest first: `next` puts one into the fields. */
export class BinReader {
  tick = 0;
  upBytes = 0;
  downBytes = 0;
  upPackets = 0;
  downPackets = 0;
  readonly #pool: ChunkPool;
  readonly #numbers = new VarintReader();
  #end = 0;
  #ticks = 1;
  #upSize = 0;
  #downSize = 0;

  constructor(pool: ChunkPool) {
    this.#pool = pool;
    this.#numbers.bytes = pool.bytes;
  }

  /** Starts over at the first bin of `chunk`, whose bins last `ticks`. */
  open(chunk: number, ticks: number): void {
    this.#numbers.at = chunk * CHUNK_BYTES + HEADER_BYTES;
    this.#end = this.#numbers.at + this.#pool.used(chunk);
    this.#ticks = ticks;
    this.tick = this.#pool.first(chunk) - ticks;
    this.#upSize = 0;
    this.#downSize = 0;
  }

  next(): boolean {
    const numbers = this.#numbers;
    if (numbers.at >= this.#end) return false;
    const head = numbers.bytes[numbers.at++]!;
    const how = head >> 6;
    if (how === PLAIN) {
      this.#readPlain();
      return true;
    }
    this.tick += (how === DISTANT ? numbers.varint() : how + 1) * this.#ticks;
    const up = (head >> 3) & 7;
    const down = head & 7;
    this.upPackets = up === MANY ? numbers.varint() + MANY : up;
    this.downPackets = down === MANY ? numbers.varint() + MANY : down;
    this.upBytes = up === 0 ? 0 : this.upPackets * this.#upSize + numbers.difference();
    this.downBytes = down === 0 ? 0 : this.downPackets * this.#downSize + numbers.difference();
    this.#predict();
    return true;
  }

  #readPlain(): void {
    const numbers = this.#numbers;
    this.tick += numbers.varint() * this.#ticks;
    this.upBytes = numbers.varint();
    this.downBytes = numbers.varint();
    this.upPackets = numbers.varint();
    this.downPackets = numbers.varint();
    this.#predict();
  }

  #predict(): void {
    if (this.upPackets > 0) this.#upSize = meanSize(this.upBytes, this.upPackets);
    if (this.downPackets > 0) this.#downSize = meanSize(this.downBytes, this.downPackets);
  }
}
