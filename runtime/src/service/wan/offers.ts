import type { IPv4 } from "../../addr/ipv4.ts";
import { type Mac, macAt, macBytes } from "../../addr/mac.ts";
import { udpPacket } from "../../linux/packet/datagram.ts";
import {
  DHCP_CLIENT_PORT,
  DHCP_SERVER_PORT,
  type DhcpMessage,
  emitDhcp,
  Op,
  parseDhcp,
} from "../../wire/dhcp/message.ts";
import { addressOption, MessageType, Option, octetOption } from "../../wire/dhcp/options.ts";
import { ETHERNET_HEADER, ETHERTYPE_IPV4, etherType, SOURCE } from "../../wire/ethernet.ts";
import { MIN_IPV4_HEADER } from "../../wire/ipv4.ts";
import {
  Code,
  ETHERTYPE_PPPOE_DISCOVERY,
  emitDiscovery,
  parseDiscovery,
  Tag,
  tagOf,
} from "../../wire/pppoe/discovery.ts";
import { UDP_HEADER } from "../../wire/udp.ts";

/** What somebody on the wire offers. `from` is who sent it. */
export type Offer = { from: Mac } & (
  | { kind: "dhcp"; server: IPv4; address: IPv4 }
  | { kind: "pppoe"; concentrator: string }
);

/** How the answers to our own questions are known: DHCP's transaction, and PPPoE's tag for the host (RFC 2516, appendix A). */
export interface Question {
  mac: Mac;
  /** 32 bits. */
  id: number;
}

/** Frames that ask everybody on the wire for an address and for a PPPoE server; nothing is taken of what is offered. */
export function questions({ mac, id }: Question): Uint8Array[] {
  return [
    frame(mac, ETHERTYPE_IPV4, discover(mac, id)),
    frame(mac, ETHERTYPE_PPPOE_DISCOVERY, initiation(id)),
  ];
}

const BROADCAST = "ff:ff:ff:ff:ff:ff" as Mac;

function frame(source: Mac, type: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(ETHERNET_HEADER + payload.length);
  bytes.set(macBytes(BROADCAST));
  bytes.set(macBytes(source), SOURCE);
  new DataView(bytes.buffer).setUint16(12, type);
  bytes.set(payload, ETHERNET_HEADER);
  return bytes;
}

function discover(mac: Mac, xid: number): Uint8Array {
  const message: DhcpMessage = {
    op: Op.request,
    hops: 0,
    xid,
    secs: 0,
    // A server that sends to the address it offers reaches us all the same, but some bridges would not pass it on.
    broadcast: true,
    ciaddr: 0,
    yiaddr: 0,
    siaddr: 0,
    giaddr: 0,
    chaddr: mac,
    options: new Map([[Option.messageType, Uint8Array.of(MessageType.discover)]]),
  };
  const nobody = { address: 0, port: DHCP_CLIENT_PORT };
  return udpPacket(nobody, { address: 0xffffffff, port: DHCP_SERVER_PORT }, emitDhcp(message));
}

function initiation(id: number): Uint8Array {
  return emitDiscovery({
    code: Code.initiation,
    session: 0,
    tags: [
      [Tag.serviceName, new Uint8Array()],
      [Tag.hostUniq, hostTag(id)],
    ],
  });
}

function hostTag(id: number): Uint8Array {
  const tag = new DataView(new ArrayBuffer(4));
  tag.setUint32(0, id);
  return new Uint8Array(tag.buffer);
}

/** What the frame offers in answer to the question; undefined for any other frame. Never throws. */
export function readOffer(bytes: Uint8Array, { id }: Question): Offer | undefined {
  if (bytes.length < ETHERNET_HEADER) return undefined;
  const type = etherType(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0);
  const payload = bytes.subarray(ETHERNET_HEADER);
  const from = macAt(bytes, SOURCE);
  if (type === ETHERTYPE_PPPOE_DISCOVERY) return readConcentrator(payload, from, id);
  return type === ETHERTYPE_IPV4 ? readServer(payload, from, id) : undefined;
}

function readConcentrator(bytes: Uint8Array, from: Mac, id: number): Offer | undefined {
  const packet = parseDiscovery(bytes);
  if (typeof packet === "string" || packet.code !== Code.offer) return undefined;
  if (tagOf(packet, Tag.hostUniq)?.toHex() !== hostTag(id).toHex()) return undefined;
  const name = tagOf(packet, Tag.acName) ?? new Uint8Array();
  return { kind: "pppoe", from, concentrator: new TextDecoder().decode(name) };
}

function readServer(bytes: Uint8Array, from: Mac, id: number): Offer | undefined {
  const header = ((bytes[0] ?? 0) & 0x0f) * 4;
  if (header < MIN_IPV4_HEADER) return undefined;
  const message = parseDhcp(bytes.subarray(header + UDP_HEADER));
  if (typeof message === "string" || message.op !== Op.reply || message.xid !== id) return undefined;
  if (octetOption(message.options, Option.messageType) !== MessageType.offer) return undefined;
  const server = addressOption(message.options, Option.serverIdentifier);
  return server === undefined ? undefined : { kind: "dhcp", from, server, address: message.yiaddr };
}
