import type { IPv4 } from "../../addr/ipv4.ts";
import { type Mac, macAt, macBytes } from "../../addr/mac.ts";
import { emitOptions, Option, type Options, octetOption, parseOptions } from "./options.ts";

export const DHCP_SERVER_PORT = 67;
export const DHCP_CLIENT_PORT = 68;

/** Who sends the message: field `op` (RFC 2131 §2). */
export const Op = { request: 1, reply: 2 } as const;

/** A DHCP message on Ethernet; fields are named as in RFC 2131 §2. */
export interface DhcpMessage {
  op: number;
  hops: number;
  /** Transaction id, 32 bits. */
  xid: number;
  /** Seconds since the client began, 16 bits. */
  secs: number;
  /** The client cannot yet receive unicast (flag B). */
  broadcast: boolean;
  ciaddr: IPv4;
  yiaddr: IPv4;
  siaddr: IPv4;
  giaddr: IPv4;
  chaddr: Mac;
  options: Options;
}

/** Why bytes are no DHCP message this codec reads. */
export type DhcpFault = "short" | "not Ethernet" | "no magic cookie" | "option past the end" | "bad overload";

const HTYPE_ETHERNET = 1;
const MAGIC_COOKIE = 0x63825363;
const FLAG_BROADCAST = 0x8000;
const OPTIONS_OFFSET = 240;
const Field = {
  xid: 4,
  secs: 8,
  flags: 10,
  ciaddr: 12,
  yiaddr: 16,
  siaddr: 20,
  giaddr: 24,
  cookie: 236,
} as const;
const CHADDR_OFFSET = 28;
const SNAME = { offset: 44, length: 64 } as const;
const FILE = { offset: 108, length: 128 } as const;

/** Clients accept at least this many bytes of UDP payload: 576 less IPv4 and UDP headers (RFC 2131 §2). */
export const MINIMUM_CAPACITY = 548;
/** Old relays and clients drop anything shorter (RFC 1542 §2.1). */
const MINIMUM_LENGTH = 300;

/** Reads the UDP payload `bytes`; the name of the fault when it is not a well-formed message. Never throws. */
export function parseDhcp(bytes: Uint8Array): DhcpMessage | DhcpFault {
  if (bytes.length < OPTIONS_OFFSET) return "short";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[1] !== HTYPE_ETHERNET || bytes[2] !== 6) return "not Ethernet";
  if (view.getUint32(Field.cookie) !== MAGIC_COOKIE) return "no magic cookie";
  const options = parseAllOptions(bytes);
  if (typeof options === "string") return options;
  return {
    op: bytes[0]!,
    hops: bytes[3]!,
    xid: view.getUint32(Field.xid),
    secs: view.getUint16(Field.secs),
    broadcast: (view.getUint16(Field.flags) & FLAG_BROADCAST) !== 0,
    ciaddr: view.getUint32(Field.ciaddr),
    yiaddr: view.getUint32(Field.yiaddr),
    siaddr: view.getUint32(Field.siaddr),
    giaddr: view.getUint32(Field.giaddr),
    chaddr: macAt(bytes, CHADDR_OFFSET),
    options,
  };
}

/**
 * Writes `message`, padded to the length old relays expect. Options that would make it longer than `capacity`
 * bytes (at least 548) are left out, the last ones first.
 */
export function emitDhcp(message: DhcpMessage, capacity: number = MINIMUM_CAPACITY): Uint8Array {
  const bytes = new Uint8Array(Math.max(capacity, MINIMUM_CAPACITY));
  const view = new DataView(bytes.buffer);
  bytes[0] = message.op;
  bytes[1] = HTYPE_ETHERNET;
  bytes[2] = 6;
  bytes[3] = message.hops;
  view.setUint32(Field.xid, message.xid);
  view.setUint16(Field.secs, message.secs);
  view.setUint16(Field.flags, message.broadcast ? FLAG_BROADCAST : 0);
  for (const field of ["ciaddr", "yiaddr", "siaddr", "giaddr"] as const) {
    view.setUint32(Field[field], message[field]);
  }
  bytes.set(macBytes(message.chaddr), CHADDR_OFFSET);
  view.setUint32(Field.cookie, MAGIC_COOKIE);
  const length = OPTIONS_OFFSET + emitOptions(message.options, bytes.subarray(OPTIONS_OFFSET));
  return bytes.subarray(0, Math.max(length, MINIMUM_LENGTH));
}

/** The options field, then as option 52 says the file and sname fields (RFC 2132 §9.3, order: RFC 3396 §5). */
function parseAllOptions(bytes: Uint8Array): Options | DhcpFault {
  const options: Options = new Map();
  if (!parseOptions(bytes.subarray(OPTIONS_OFFSET), options)) return "option past the end";
  if (!options.has(Option.overload)) return options;
  const overload = octetOption(options, Option.overload) ?? 0;
  if (overload < 1 || overload > 3) return "bad overload";
  options.delete(Option.overload);
  for (const [bit, { offset, length }] of [
    [1, FILE],
    [2, SNAME],
  ] as const) {
    if ((overload & bit) !== 0 && !parseOptions(bytes.subarray(offset, offset + length), options)) {
      return "option past the end";
    }
  }
  return options;
}
