import { isIpv4, type Remote, remoteKey } from "../../../traffic/history/pair-table.ts";
import { MAX_VARINT, VarintReader, writeDifference, writeVarint } from "../../../traffic/history/varint.ts";

/*
 * A sheet: what one device exchanged in a period, by remote and step. Each entry is a byte that tells the remote's length (4 for an IPv4
 * address, 16 for IPv6; 0 in a sheet of sums over all remotes), the remote in network byte order, the bytes of its cells as a varint, and the
 * cells in order of time. A cell is five varints: steps since the cell before (the first: since the period's begin), packets up, packets
 * down, bytes up, bytes down; bytes as the zigzag difference from packets times the mean frame of the cell before in that direction.
 * Varints are those of `varint.ts`.
 */
const IPV4 = 4;
const IPV6 = 16;
const NO_REMOTE = 0;
/** Fields of a cell in memory: step, bytes up, bytes down, packets up, packets down. */
const FIELDS = 5;
const MAX_SIZE = 65535;
/** Past this, a product with a mean size might not be exact. */
const MAX_PREDICTED = 2 ** 32;

/** What a number of packets is expected to have, from the mean frame of the cell before. */
function predicted(packets: number, size: number): number {
  return packets < MAX_PREDICTED ? packets * size : 0;
}

/** The mean frame that the next cell is predicted from. */
function meanSize(bytes: number, packets: number, before: number): number {
  return packets > 0 ? Math.min(MAX_SIZE, Math.round(bytes / packets)) : before;
}

function isSum(value: number): boolean {
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

/** Cells that grow, in any order; those of one step are added up. */
export class Cells {
  #fields: number[] = [];
  #isInOrder = true;

  add(step: number, upBytes: number, downBytes: number, upPackets: number, downPackets: number): void {
    const fields = this.#fields;
    const last = fields.length - FIELDS;
    if (last >= 0 && fields[last] === step) {
      fields[last + 1]! += upBytes;
      fields[last + 2]! += downBytes;
      fields[last + 3]! += upPackets;
      fields[last + 4]! += downPackets;
      return;
    }
    if (last >= 0 && step < fields[last]!) this.#isInOrder = false;
    fields.push(step, upBytes, downBytes, upPackets, downPackets);
  }

  /** Step, bytes up, bytes down, packets up, packets down of each cell, each step once, in order. */
  inOrder(): readonly number[] {
    if (this.#isInOrder) return this.#fields;
    const cells = Array.from({ length: this.#fields.length / FIELDS }, (_, i) =>
      this.#fields.slice(i * FIELDS, (i + 1) * FIELDS),
    );
    this.#fields = [];
    this.#isInOrder = true;
    for (const [step, ...sums] of cells.sort((a, b) => a[0]! - b[0]!)) {
      this.add(step!, ...(sums as [number, number, number, number]));
    }
    return this.#fields;
  }
}

/** A sheet that is being made up. */
export class SheetBuilder {
  readonly #entries = new Map<number | string, { remote: Remote; cells: Cells }>();

  /** The cells of a remote, which is copied. */
  cellsOf(remote: Remote): Cells {
    const key = remoteKey(remote);
    const entry = this.#entries.get(key);
    if (entry !== undefined) return entry.cells;
    const cells = new Cells();
    this.#entries.set(key, { remote: remote.slice(), cells });
    return cells;
  }

  encode(): Uint8Array {
    const writer = new SheetWriter();
    for (const { remote, cells } of this.#entries.values()) writer.entry(remote, cells.inOrder());
    return writer.take();
  }

  /** The sheet of sums over all remotes. */
  encodeSums(): Uint8Array {
    const all = new Cells();
    for (const { cells } of this.#entries.values()) {
      const fields = cells.inOrder();
      for (let at = 0; at < fields.length; at += FIELDS) {
        all.add(fields[at]!, fields[at + 1]!, fields[at + 2]!, fields[at + 3]!, fields[at + 4]!);
      }
    }
    const writer = new SheetWriter();
    writer.entry(undefined, all.inOrder());
    return writer.take();
  }
}

class SheetWriter {
  readonly #sheet = new Bytes();
  /** Those of the entry, the length of which stands before them. */
  readonly #cells = new Bytes();

  take(): Uint8Array {
    return this.#sheet.written().slice();
  }

  entry(remote: Remote | undefined, fields: readonly number[]): void {
    this.#writeCells(fields);
    this.#writeRemote(remote);
    const cells = this.#cells.written();
    this.#sheet.varint(cells.length);
    this.#sheet.bytes(cells);
  }

  #writeRemote(remote: Remote | undefined): void {
    const words = remote === undefined ? [] : isIpv4(remote) ? remote.subarray(3) : remote;
    this.#sheet.byte(words.length * 4);
    for (const word of words) for (let shift = 24; shift >= 0; shift -= 8) this.#sheet.byte(word >>> shift);
  }

  #writeCells(fields: readonly number[]): void {
    const cells = this.#cells;
    cells.clear();
    let [step, upSize, downSize] = [0, 0, 0];
    for (let at = 0; at < fields.length; at += FIELDS) {
      const [upBytes, downBytes] = [fields[at + 1]!, fields[at + 2]!];
      const [upPackets, downPackets] = [fields[at + 3]!, fields[at + 4]!];
      cells.varint(fields[at]! - step);
      cells.varint(upPackets);
      cells.varint(downPackets);
      cells.difference(upBytes - predicted(upPackets, upSize));
      cells.difference(downBytes - predicted(downPackets, downSize));
      step = fields[at]!;
      upSize = meanSize(upBytes, upPackets, upSize);
      downSize = meanSize(downBytes, downPackets, downSize);
    }
  }
}

/** Bytes that grow. */
class Bytes {
  #bytes = new Uint8Array(1024);
  #length = 0;

  clear(): void {
    this.#length = 0;
  }

  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#length++] = value;
  }

  bytes(values: Uint8Array): void {
    this.#room(values.length);
    this.#bytes.set(values, this.#length);
    this.#length += values.length;
  }

  difference(value: number): void {
    this.#room(MAX_VARINT);
    this.#length = writeDifference(this.#bytes, this.#length, value);
  }

  varint(value: number): void {
    this.#room(MAX_VARINT);
    this.#length = writeVarint(this.#bytes, this.#length, value);
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = new Uint8Array((this.#length + bytes) * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** Reads a sheet: `nextEntry`, then `nextCell` until false. Bytes that are no sheet's end it early; they never throw. */
export class SheetReader {
  /** Of the entry; one object for all. Zeros in a sheet of sums. */
  readonly remote: Remote = new Uint32Array(4);
  /** Of the cell. */
  step = 0;
  upBytes = 0;
  downBytes = 0;
  upPackets = 0;
  downPackets = 0;
  readonly #numbers = new VarintReader();
  #entryEnd = 0;
  #upSize = 0;
  #downSize = 0;

  open(bytes: Uint8Array): void {
    this.#numbers.bytes = bytes;
    this.#numbers.at = this.#entryEnd = 0;
  }

  /** Goes to the next entry, past what is left of this one. */
  nextEntry(): boolean {
    const numbers = this.#numbers;
    numbers.at = this.#entryEnd;
    const length = numbers.bytes[numbers.at++];
    if (length !== IPV4 && length !== IPV6 && length !== NO_REMOTE) return false;
    this.#readRemote(length);
    const cells = numbers.varint();
    this.#entryEnd = numbers.at + cells;
    this.step = this.#upSize = this.#downSize = 0;
    return this.#entryEnd <= numbers.bytes.length;
  }

  nextCell(): boolean {
    const numbers = this.#numbers;
    if (numbers.at >= this.#entryEnd) return false;
    this.step += numbers.varint();
    this.upPackets = numbers.varint();
    this.downPackets = numbers.varint();
    this.upBytes = predicted(this.upPackets, this.#upSize) + numbers.difference();
    this.downBytes = predicted(this.downPackets, this.#downSize) + numbers.difference();
    this.#upSize = meanSize(this.upBytes, this.upPackets, this.#upSize);
    this.#downSize = meanSize(this.downBytes, this.downPackets, this.#downSize);
    return numbers.at <= this.#entryEnd && isSum(this.upBytes) && isSum(this.downBytes);
  }

  #readRemote(length: number): void {
    const numbers = this.#numbers;
    this.remote.fill(0);
    if (length === IPV4) this.remote[2] = 0xffff;
    const first = 4 - length / 4;
    for (let i = 0; i < length; i++) {
      const word = first + (i >> 2);
      this.remote[word] = (this.remote[word]! << 8) | numbers.bytes[numbers.at + i]!;
    }
    numbers.at += length;
  }
}
