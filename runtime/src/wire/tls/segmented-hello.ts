import { type ClientHello, type HelloFault, MAX_HELLO, parseClientHello } from "./client-hello.ts";
import type { HelloBuffer } from "./hello-buffer.ts";
import { helloInRecords } from "./records.ts";

/** Reads the ClientHello that the TCP payload `stream` starts with. */
export function readHello(stream: Uint8Array): ClientHello | HelloFault {
  const hello = helloInRecords(stream);
  return typeof hello === "string" ? hello : parseClientHello(hello);
}

/** A ClientHello that comes in several TCP segments, in any order after the first. */
export class SegmentedHello {
  #first = 0;

  constructor(private readonly buffer: HelloBuffer) {}

  /** Begins anew with the stream whose octet of sequence number `first` opens the ClientHello. */
  start(first: number): void {
    this.#first = first;
    this.buffer.clear();
  }

  /** Whether a segment with this sequence number can be part of it. */
  covers(sequence: number): boolean {
    return (sequence - this.#first) >>> 0 < MAX_HELLO;
  }

  /** Takes a segment's payload, whose first octet has the sequence number `sequence` (unsigned, 32 bits, wraps). */
  push(sequence: number, payload: Uint8Array): ClientHello | HelloFault {
    this.buffer.write((sequence - this.#first) >>> 0, payload);
    const hello = readHello(this.buffer.start);
    return hello === "incomplete" && this.buffer.isFull ? "too long" : hello;
  }
}
