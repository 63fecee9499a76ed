/**
 * Netlink messages (RFC 3549 section 2.2, linux/netlink.h): built one after another into one buffer, and read
 * in place. Integers are in host order, which is little-endian on every machine that Bun runs on, unless a name
 * says Be.
 */
export const NLMSG_HEADER_LENGTH = 16;
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLM_F_REQUEST = 0x1;
export const NLM_F_ACK = 0x4;
export const NLM_F_DUMP = 0x300;
export const NLM_F_CREATE = 0x400;
/** A dump that missed a change made meanwhile: ask again. */
export const NLM_F_DUMP_INTR = 0x10;

const NLA_HEADER_LENGTH = 4;
const NLA_F_NESTED = 0x8000;
const NLA_TYPE_MASK = 0x3fff;

const ascii = new TextEncoder();

/** Messages and attributes are padded to four bytes. */
export function aligned(length: number): number {
  return (length + 3) & ~3;
}

/** Gathers messages in a buffer of fixed size. Writing past its end throws RangeError. */
export class MessageBuilder {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #length = 0;
  #start = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Bytes used by the messages so far. */
  get length(): number {
    return this.#length;
  }

  get room(): number {
    return this.bytes.byteLength - this.#length;
  }

  /** The sequence number of the first message; there must be one. */
  get firstSequence(): number {
    return this.#view.getUint32(8, true);
  }

  /** Forgets all messages. */
  reset(): this {
    this.#length = 0;
    return this;
  }

  /** Starts a message; its payload follows, then `end`. */
  begin(type: number, flags: number, sequence: number): this {
    this.#start = this.#length;
    return this.u32(0).u16(type).u16(flags).u32(sequence).u32(0);
  }

  /** Sets `flags` in the message last begun. */
  addFlags(flags: number): this {
    const at = this.#start + 6;
    this.#view.setUint16(at, this.#view.getUint16(at, true) | flags, true);
    return this;
  }

  /** Writes the length of the message that `begin` started. */
  end(): this {
    this.#view.setUint32(this.#start, this.#length - this.#start, true);
    return this;
  }

  u8(value: number): this {
    this.#view.setUint8(this.#length, value);
    this.#length += 1;
    return this;
  }

  u16(value: number): this {
    this.#view.setUint16(this.#length, value, true);
    this.#length += 2;
    return this;
  }

  u32(value: number): this {
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
    return this;
  }

  u16Be(value: number): this {
    this.#view.setUint16(this.#length, value);
    this.#length += 2;
    return this;
  }

  u32Be(value: number): this {
    this.#view.setUint32(this.#length, value);
    this.#length += 4;
    return this;
  }

  /** Copies `bytes` and pads with zeros to four bytes. */
  append(bytes: Uint8Array): this {
    const end = this.#length + bytes.byteLength;
    this.bytes.set(bytes, this.#length);
    this.#length = aligned(end);
    this.bytes.fill(0, end, this.#length);
    return this;
  }

  attribute(type: number, value: Uint8Array): this {
    return this.u16(NLA_HEADER_LENGTH + value.byteLength)
      .u16(type)
      .append(value);
  }

  /** A string attribute with the terminating zero that the kernel asks for. */
  attributeText(type: number, text: string): this {
    return this.attribute(type, ascii.encode(`${text}\0`));
  }

  attributeU32(type: number, value: number): this {
    return this.u16(8).u16(type).u32(value);
  }

  attributeU32Be(type: number, value: number): this {
    return this.u16(8).u16(type).u32Be(value);
  }

  /** Starts an attribute that holds attributes; give the result to `closeNest`. */
  openNest(type: number): number {
    const start = this.#length;
    this.u16(0).u16(type | NLA_F_NESTED);
    return start;
  }

  closeNest(start: number): this {
    this.#view.setUint16(start, this.#length - start, true);
    return this;
  }
}

/**
 * Walks the attributes between two offsets of a buffer, without allocating; stops at the first malformed one.
 */
export class AttributeCursor {
  /** Of the current attribute: its type without flags, and where its value lies. */
  type = 0;
  offset = 0;
  length = 0;
  readonly #view: DataView;
  #next = 0;
  #end = 0;

  constructor(view: DataView) {
    this.#view = view;
  }

  /** Starts over on the attributes in `from` .. `to`. */
  over(from: number, to: number): this {
    this.#next = from;
    this.#end = to;
    return this;
  }

  /** A new cursor on the attributes nested in the current one. */
  nested(): AttributeCursor {
    return new AttributeCursor(this.#view).over(this.offset, this.offset + this.length);
  }

  next(): boolean {
    if (this.#next + NLA_HEADER_LENGTH > this.#end) return false;
    const length = this.#view.getUint16(this.#next, true);
    if (length < NLA_HEADER_LENGTH || this.#next + length > this.#end) return false;
    this.type = this.#view.getUint16(this.#next + 2, true) & NLA_TYPE_MASK;
    this.offset = this.#next + NLA_HEADER_LENGTH;
    this.length = length - NLA_HEADER_LENGTH;
    this.#next += aligned(length);
    return true;
  }

  /** The value as an integer; 0 where it is too short for one. */
  u32(): number {
    return this.length < 4 ? 0 : this.#view.getUint32(this.offset, true);
  }

  u32Be(): number {
    return this.length < 4 ? 0 : this.#view.getUint32(this.offset);
  }

  u16Be(): number {
    return this.length < 2 ? 0 : this.#view.getUint16(this.offset);
  }

  u8(): number {
    return this.length < 1 ? 0 : this.#view.getUint8(this.offset);
  }

  /** The value as a view into the buffer. */
  bytes(): Uint8Array {
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + this.offset, this.length);
  }

  /** The value as text up to its terminating zero. */
  text(): string {
    const bytes = this.bytes();
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
  }
}

/** Walks the messages of one datagram, without allocating; stops at the first malformed one. */
export class MessageCursor {
  /** Of the current message: header fields, and where its payload lies. */
  type = 0;
  flags = 0;
  sequence = 0;
  offset = 0;
  end = 0;
  #next = 0;
  #to = 0;

  constructor(readonly view: DataView) {}

  /** Starts over on the messages in `from` .. `to`. */
  over(from: number, to: number): this {
    this.#next = from;
    this.#to = to;
    return this;
  }

  next(): boolean {
    if (this.#next + NLMSG_HEADER_LENGTH > this.#to) return false;
    const length = this.view.getUint32(this.#next, true);
    if (length < NLMSG_HEADER_LENGTH || this.#next + length > this.#to) return false;
    this.type = this.view.getUint16(this.#next + 4, true);
    this.flags = this.view.getUint16(this.#next + 6, true);
    this.sequence = this.view.getUint32(this.#next + 8, true);
    this.offset = this.#next + NLMSG_HEADER_LENGTH;
    this.end = this.#next + length;
    this.#next += aligned(length);
    return true;
  }
}
