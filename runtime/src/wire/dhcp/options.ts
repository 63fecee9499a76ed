import type { IPv4 } from "../../addr/ipv4.ts";

/** Option codes used here (RFC 2132; 81: RFC 4702; 82: RFC 3046). */
export const Option = {
  pad: 0,
  subnetMask: 1,
  router: 3,
  domainNameServer: 6,
  hostName: 12,
  domainName: 15,
  broadcastAddress: 28,
  requestedAddress: 50,
  leaseTime: 51,
  overload: 52,
  messageType: 53,
  serverIdentifier: 54,
  message: 56,
  maximumMessageSize: 57,
  renewalTime: 58,
  rebindingTime: 59,
  vendorClass: 60,
  clientIdentifier: 61,
  clientFqdn: 81,
  relayAgentInformation: 82,
  end: 255,
} as const;

/** DHCP message types, the value of option 53 (RFC 2132 §9.6). */
export const MessageType = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  ack: 5,
  nak: 6,
  release: 7,
  inform: 8,
} as const;

/** Options by code; the insertion order is the order on the wire. Values are the bytes after the length octet. */
export type Options = Map<number, Uint8Array>;

/**
 * Reads the options in `bytes` into `options`. An option that comes in parts is joined in the order of the parts
 * (RFC 3396 §7). A missing end option is tolerated, as some clients leave it out when the field is full.
 * False when an option runs past the end.
 */
export function parseOptions(bytes: Uint8Array, options: Options): boolean {
  let offset = 0;
  while (offset < bytes.length) {
    const code = bytes[offset++]!;
    if (code === Option.pad) continue;
    if (code === Option.end) return true;
    const length = bytes[offset++];
    if (length === undefined || offset + length > bytes.length) return false;
    const part = bytes.subarray(offset, offset + length);
    offset += length;
    const former = options.get(code);
    options.set(code, former === undefined ? part.slice() : joined(former, part));
  }
  return true;
}

/**
 * Writes `options` and the end option into `into`; the number of bytes written. An option longer than 255 bytes is
 * split (RFC 3396 §5). One that does not fit is left out, so essential options go first.
 */
export function emitOptions(options: Options, into: Uint8Array): number {
  let offset = 0;
  for (const [code, value] of options) {
    const parts = Math.max(1, Math.ceil(value.length / 255));
    const END_LENGTH = 1;
    if (offset + value.length + 2 * parts + END_LENGTH > into.length) continue;
    for (let part = 0; part < parts; part++) {
      const bytes = value.subarray(part * 255, (part + 1) * 255);
      into[offset] = code;
      into[offset + 1] = bytes.length;
      into.set(bytes, offset + 2);
      offset += 2 + bytes.length;
    }
  }
  into[offset++] = Option.end;
  return offset;
}

/** The option's value as one octet; undefined when it is absent or of another length. */
export function octetOption(options: Options, code: number): number | undefined {
  const value = options.get(code);
  return value?.length === 1 ? value[0] : undefined;
}

/** The option's value as a 16-bit number; undefined when it is absent or of another length. */
export function shortOption(options: Options, code: number): number | undefined {
  const value = options.get(code);
  return value?.length === 2 ? value[0]! * 256 + value[1]! : undefined;
}

/** The option's value as one address; undefined when it is absent or of another length. */
export function addressOption(options: Options, code: number): IPv4 | undefined {
  const value = options.get(code);
  if (value?.length !== 4) return undefined;
  return new DataView(value.buffer, value.byteOffset).getUint32(0);
}

/** The option's value as the client's text, which may be anything: the decoder puts U+FFFD for what is not UTF-8. */
export function textOption(options: Options, code: number): string | undefined {
  const value = options.get(code);
  return value === undefined ? undefined : new TextDecoder().decode(value);
}

/** Addresses, or 32-bit numbers such as seconds, one after the other in network byte order. */
export function words(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    view.setUint32(4 * i, value);
  });
  return bytes;
}

/** Text in UTF-8 without a terminator (RFC 2132 §2). */
export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}
