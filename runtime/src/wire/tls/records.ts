import { HANDSHAKE_HEADER, type HelloFault, helloLength } from "./client-hello.ts";

/** Record header (RFC 8446 section 5.1): content type, legacy version, length. */
const RECORD_HEADER = 5;
const HANDSHAKE = 22;
const LEGACY_MAJOR = 3;
const MAX_FRAGMENT = 16_384;
const CLIENT_HELLO = 1;

/**
 * Whether TCP payload of `length` octets at `payload` begins as a ClientHello does; from fewer than six octets, whether it may.
 * A few compares, for every segment: what encrypted connections carry later starts with another content type.
 */
export function startsClientHello(view: DataView, payload: number, length: number): boolean {
  if (length < 1 || view.getUint8(payload) !== HANDSHAKE) return false;
  if (length > 1 && view.getUint8(payload + 1) !== LEGACY_MAJOR) return false;
  return length <= RECORD_HEADER || view.getUint8(payload + RECORD_HEADER) === CLIENT_HELLO;
}

/**
 * The ClientHello, header included, in the records that `stream` starts with. It lies in `stream` itself where one record holds
 * it; else it is put together from its fragments.
 */
export function helloInRecords(stream: Uint8Array): Uint8Array | HelloFault {
  const header = new Uint8Array(HANDSHAKE_HEADER);
  const begun = copyFragments(stream, header);
  if (begun < 0) return "not a ClientHello";
  const length = helloLength(header.subarray(0, begun));
  if (typeof length === "string") return length;
  if (stream.length < RECORD_HEADER + length) return "incomplete";
  if (fragmentLength(stream, 0) >= length) return stream.subarray(RECORD_HEADER, RECORD_HEADER + length);
  const message = new Uint8Array(length);
  const copied = copyFragments(stream, message);
  if (copied < 0) return "malformed";
  return copied < length ? "incomplete" : message;
}

/** Fills `target` from the fragments of the handshake records of `stream`; the octets there were, or -1 at another record. */
function copyFragments(stream: Uint8Array, target: Uint8Array): number {
  let copied = 0;
  for (let at = 0; at < stream.length && copied < target.length; ) {
    if (stream[at] !== HANDSHAKE || (stream[at + 1] ?? LEGACY_MAJOR) !== LEGACY_MAJOR) return -1;
    if (at + RECORD_HEADER > stream.length) break;
    const length = fragmentLength(stream, at);
    // An empty fragment of a handshake message is not allowed.
    if (length === 0 || length > MAX_FRAGMENT) return -1;
    const start = at + RECORD_HEADER;
    const fragment = stream.subarray(start, start + Math.min(length, target.length - copied));
    target.set(fragment, copied);
    copied += fragment.length;
    at = start + length;
  }
  return copied;
}

function fragmentLength(stream: Uint8Array, record: number): number {
  return (stream[record + 3]! << 8) | stream[record + 4]!;
}
