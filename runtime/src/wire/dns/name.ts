/** A domain name in wire format: length-prefixed labels up to and including the empty root label, uncompressed. */
export type WireName = Uint8Array;

/** Octets in the longest name, its length octets and the root label included (RFC 1035 §2.3.4). */
export const MAX_NAME_LENGTH = 255;
export const MAX_LABEL_LENGTH = 63;

const POINTER = 0xc0;
const MESSAGE_HEADER_LENGTH = 12;
/** One for each label the longest name can have; more only point to pointers. */
const MAX_JUMPS = 127;

/**
 * Skips the possibly compressed name at `offset`; the offset after it, or -1 when it is malformed: past the end, a
 * label type that is not in use, too long in all, or a pointer that does not point back before the part it is in.
 * Each name takes a bounded number of steps however its pointers are laid.
 */
export function skipName(bytes: Uint8Array, offset: number): number {
  let end = -1;
  let length = 1;
  let jumps = 0;
  let partStart = offset;
  let at = offset;
  while (length <= MAX_NAME_LENGTH && jumps <= MAX_JUMPS) {
    const octet = bytes[at];
    if (octet === undefined) return -1;
    if (octet === 0) return end === -1 ? at + 1 : end;
    if (octet <= MAX_LABEL_LENGTH) {
      length += 1 + octet;
      at += 1 + octet;
      continue;
    }
    const low = bytes[at + 1];
    if (octet < POINTER || low === undefined) return -1;
    const target = (octet - POINTER) * 256 + low;
    if (target >= partStart || target < MESSAGE_HEADER_LENGTH) return -1;
    if (end === -1) end = at + 2;
    jumps++;
    partStart = target;
    at = target;
  }
  return -1;
}

/** The possibly compressed name at `offset`, uncompressed; undefined where `skipName` finds it malformed. */
export function expandName(bytes: Uint8Array, offset: number): WireName | undefined {
  if (skipName(bytes, offset) < 0) return undefined;
  const name: number[] = [];
  let at = offset;
  for (let octet = bytes[at]!; octet !== 0; octet = bytes[at]!) {
    if (octet >= POINTER) at = (octet - POINTER) * 256 + bytes[at + 1]!;
    else {
      name.push(...bytes.subarray(at, at + 1 + octet));
      at += 1 + octet;
    }
  }
  return Uint8Array.of(...name, 0);
}

/**
 * `name` as text without a final dot, lower-case; "" is the root. Octets that are not printable ASCII, dots and
 * backslashes inside a label are escaped as \DDD (RFC 1035 §5.1), so that two names never share a text.
 */
export function nameText(name: WireName): string {
  const labels: string[] = [];
  for (let at = 0; at < name.length && name[at] !== 0; at += 1 + name[at]!) {
    let label = "";
    for (const octet of name.subarray(at + 1, at + 1 + name[at]!)) label += octetText(octet);
    labels.push(label.toLowerCase());
  }
  return labels.join(".");
}

function octetText(octet: number): string {
  const plain = octet > 0x20 && octet < 0x7f && octet !== 0x2e && octet !== 0x5c;
  return plain ? String.fromCharCode(octet) : `\\${octet.toString().padStart(3, "0")}`;
}

/** Whether the two are the same name (RFC 4343: ASCII letters without regard to case). */
export function sameName(a: WireName, b: WireName): boolean {
  return a.length === b.length && a.every((octet, i) => lower(octet) === lower(b[i]!));
}

function lower(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet;
}
