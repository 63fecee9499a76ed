import type { Instant } from "./frame.ts";
import type { CaptureOutput } from "./output.ts";
import { writeTimestamp } from "./timestamp.ts";

/** Bytes of opt_endofopt, which closes every list of options that is not empty. */
export const END_OF_OPTIONS = 4;

const OPTION_HEADER = 4;
const MAX_OPTION = 0xffff;
const encoder = new TextEncoder();

/** `length` rounded up to the 32 bits that everything in pcapng is padded to. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}

/** Bytes of `text`, as many whole characters as an option can hold. */
export function utf8(text: string): Uint8Array {
  // UTF-8 has at most three bytes for each unit of UTF-16.
  const bytes = new Uint8Array(Math.min(text.length * 3, MAX_OPTION));
  return bytes.subarray(0, encoder.encodeInto(text, bytes).written);
}

/** Bytes that an option with this value takes. */
export function optionLength(value: Uint8Array): number {
  return OPTION_HEADER + padded(value.byteLength);
}

/** Writes one option; where it ends. */
export function writeBytesOption(out: CaptureOutput, at: number, code: number, value: Uint8Array): number {
  const end = at + optionLength(value);
  out.view.setUint16(at, code, true);
  out.view.setUint16(at + 2, value.byteLength, true);
  out.bytes.set(value, at + OPTION_HEADER);
  out.bytes.fill(0, at + OPTION_HEADER + value.byteLength, end);
  return end;
}

/** The options of a block that is written seldom. */
export class OptionList {
  readonly #options: { code: number; value: Uint8Array }[] = [];

  add(code: number, value: Uint8Array): void {
    this.#options.push({ code, value });
  }

  text(code: number, text: string | undefined): void {
    if (text !== undefined && text !== "") this.add(code, utf8(text));
  }

  instant(code: number, instant: Instant | undefined): void {
    if (instant === undefined) return;
    const value = new Uint8Array(8);
    writeTimestamp(new DataView(value.buffer), 0, instant.seconds, instant.nanoseconds);
    this.add(code, value);
  }

  /** A 64-bit number below 2^53. */
  count(code: number, count: number): void {
    const value = new Uint8Array(8);
    new DataView(value.buffer).setBigUint64(0, BigInt(count), true);
    this.add(code, value);
  }

  /** Bytes of all options and their end. */
  get length(): number {
    if (this.#options.length === 0) return 0;
    return this.#options.reduce((sum, { value }) => sum + optionLength(value), END_OF_OPTIONS);
  }

  write(out: CaptureOutput, start: number): void {
    if (this.#options.length === 0) return;
    let at = start;
    for (const { code, value } of this.#options) at = writeBytesOption(out, at, code, value);
    out.view.setUint32(at, 0, true);
  }
}
