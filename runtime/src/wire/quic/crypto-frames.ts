import type { HelloBuffer } from "../tls/hello-buffer.ts";
import { varint, varintLength } from "./varint.ts";

/** The frames an Initial packet may carry (RFC 9000 sections 12.4 and 19). */
const PADDING = 0x00;
const PING = 0x01;
const ACK = 0x02;
const ACK_ECN = 0x03;
const CRYPTO = 0x06;

/** Writes what CRYPTO frames among `frames` carry into `buffer`, up to the first frame that is malformed or ends the connection. */
export function collectCrypto(frames: Uint8Array, buffer: HelloBuffer): void {
  for (let at = 0; at >= 0 && at < frames.length; ) {
    const type = frames[at]!;
    if (type === PADDING || type === PING) at++;
    else if (type === CRYPTO) at = collectFrame(frames, at + 1, buffer);
    else if (type === ACK || type === ACK_ECN) at = ackEnd(frames, at + 1, type === ACK_ECN);
    else return;
  }
}

/** Offset after the CRYPTO frame whose fields start at `at`, or -1. */
function collectFrame(frames: Uint8Array, at: number, buffer: HelloBuffer): number {
  const lengthAt = varintsEnd(frames, at, 1);
  const data = varintsEnd(frames, lengthAt, 1);
  if (data < 0) return -1;
  const end = data + varint(frames, lengthAt);
  if (end > frames.length) return -1;
  buffer.write(varint(frames, at), frames.subarray(data, end));
  return end;
}

/** Offset after the ACK frame whose fields start at `at`, or -1: largest, delay, count of ranges, first range, ranges of two, counts. */
function ackEnd(frames: Uint8Array, at: number, hasCounts: boolean): number {
  const count = varintsEnd(frames, at, 2);
  const ranges = varintsEnd(frames, count, 2);
  return ranges < 0 ? -1 : varintsEnd(frames, ranges, 2 * varint(frames, count) + (hasCounts ? 3 : 0));
}

/** Offset after `count` integers from `at` on; -1 when they are not all there or `at` is -1. */
function varintsEnd(bytes: Uint8Array, at: number, count: number): number {
  let end = at;
  for (let left = count; left > 0 && end >= 0; left--) {
    const width = varintLength(bytes, end);
    end = width === 0 ? -1 : end + width;
  }
  return end;
}
