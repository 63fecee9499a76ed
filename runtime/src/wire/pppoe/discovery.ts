/** PPPoE's discovery stage (RFC 2516): what follows the Ethernet header of a frame of type 0x8863. */
export const ETHERTYPE_PPPOE_DISCOVERY = 0x8863;

export const Code = {
  initiation: 0x09,
  offer: 0x07,
  request: 0x19,
  confirmation: 0x65,
  termination: 0xa7,
} as const;

/** Tags used here (RFC 2516, appendix A). */
export const Tag = {
  end: 0x0000,
  serviceName: 0x0101,
  acName: 0x0102,
  hostUniq: 0x0103,
  serviceNameError: 0x0201,
  acSystemError: 0x0202,
  genericError: 0x0203,
} as const;

/** A discovery packet; tags in the order of the wire, values as they stand there. */
export interface Discovery {
  code: number;
  /** 0 until the session is confirmed. */
  session: number;
  tags: [type: number, value: Uint8Array][];
}

/** Why bytes are no discovery packet. */
export type DiscoveryFault = "short" | "not version 1" | "longer than its frame" | "tag past the end";

const HEADER = 6;
const TAG_HEADER = 4;
const VERSION_AND_TYPE = 0x11;

/** Reads what follows the Ethernet header; padding behind the packet is passed over. Never throws. */
export function parseDiscovery(bytes: Uint8Array): Discovery | DiscoveryFault {
  if (bytes.length < HEADER) return "short";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(0) !== VERSION_AND_TYPE) return "not version 1";
  const end = HEADER + view.getUint16(4);
  if (end > bytes.length) return "longer than its frame";
  const tags: Discovery["tags"] = [];
  for (let at = HEADER; at < end; ) {
    if (at + TAG_HEADER > end) return "tag past the end";
    const type = view.getUint16(at);
    const next = at + TAG_HEADER + view.getUint16(at + 2);
    if (next > end) return "tag past the end";
    if (type === Tag.end) break;
    tags.push([type, bytes.slice(at + TAG_HEADER, next)]);
    at = next;
  }
  return { code: view.getUint8(1), session: view.getUint16(2), tags };
}

/** Writes `packet`, without padding to Ethernet's minimum, which the kernel's drivers add. */
export function emitDiscovery({ code, session, tags }: Discovery): Uint8Array {
  const length = tags.reduce((sum, [, value]) => sum + TAG_HEADER + value.length, 0);
  const bytes = new Uint8Array(HEADER + length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, VERSION_AND_TYPE);
  view.setUint8(1, code);
  view.setUint16(2, session);
  view.setUint16(4, length);
  let at = HEADER;
  for (const [type, value] of tags) {
    view.setUint16(at, type);
    view.setUint16(at + 2, value.length);
    bytes.set(value, at + TAG_HEADER);
    at += TAG_HEADER + value.length;
  }
  return bytes;
}

/** The value of the first tag of that type. */
export function tagOf({ tags }: Discovery, type: number): Uint8Array | undefined {
  return tags.find(([each]) => each === type)?.[1];
}
