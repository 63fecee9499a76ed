import type { IPv4 } from "../../addr/ipv4.ts";
import { type Mac, macAt } from "../../addr/mac.ts";
import type { Prefix } from "../../addr/prefix.ts";
import { AttributeCursor, type MessageCursor } from "./message.ts";

// rtnetlink (linux/rtnetlink.h): the request to dump each kind of object, and the message each object comes in.
export const RTM_NEWLINK = 16;
export const RTM_GETLINK = 18;
export const RTM_NEWADDR = 20;
export const RTM_GETADDR = 22;
export const RTM_NEWROUTE = 24;
export const RTM_GETROUTE = 26;
export const RTM_NEWNEIGH = 28;
export const RTM_GETNEIGH = 30;

export const AF_INET = 2;
export const AF_BRIDGE = 7;
export const RT_TABLE_MAIN = 254;

/** Lengths of the fixed parts before the attributes: struct ifinfomsg, ifaddrmsg, rtmsg and ndmsg. */
export const IFINFOMSG_LENGTH = 16;
export const IFADDRMSG_LENGTH = 8;
export const RTMSG_LENGTH = 12;
export const NDMSG_LENGTH = 12;

const ARPHRD_ETHER = 1;
const IFF_UP = 1;
const IFF_LOWER_UP = 0x10000;
export const RTN_UNICAST = 1;
const NUD_REACHABLE = 0x02;
const NUD_PERMANENT = 0x80;
// Those, and NUD_STALE, DELAY and PROBE; the others have no answer or need none.
export const NUD_ANSWERED = 0x9e;

export interface Link {
  index: number;
  name: string;
  /** The kernel's kind of a virtual link ("bridge", "veth", "vlan", "wireguard"); empty for hardware. */
  kind: string;
  /** A port of its own on a device (PCI, USB, virtio), a radio's interface, or neither. */
  medium: "ethernet" | "radio" | "virtual";
  /** undefined where the link has no Ethernet address. */
  mac: Mac | undefined;
  /** The one it was built with, whatever it was given since; undefined where it was built with none, as virtual links are. */
  permanentMac: Mac | undefined;
  /** Administratively up (IFF_UP). */
  up: boolean;
  /** Up, and a signal on the medium. */
  carrier: boolean;
  /** Index of the bridge or bond it belongs to, 0 for none. */
  master: number;
  /** The longest packet it carries, in bytes from the IP header on. */
  mtu: number;
}

export interface LinkAddress {
  link: number;
  prefix: Prefix;
}

export interface DefaultRoute {
  link: number;
  /** 0 for a route without one (point-to-point). */
  gateway: IPv4;
  /** The lower, the sooner it is taken. */
  metric: number;
}

export interface Neighbour {
  link: number;
  address: IPv4;
  mac: Mac;
  /** Heard from lately (NUD_REACHABLE) or set by hand (NUD_PERMANENT). */
  confirmed: boolean;
}

/** Where a bridge has learnt a MAC address. */
export interface BridgePort {
  bridge: number;
  port: number;
  mac: Mac;
}

/** A link; `isRadio` tells of an interface's name what rtnetlink does not. */
export function readLink(message: MessageCursor, isRadio: (name: string) => boolean): Link | undefined {
  const { view, offset, end } = message;
  if (message.type !== RTM_NEWLINK || offset + IFINFOMSG_LENGTH > end) return undefined;
  const isEthernet = view.getUint16(offset + 2, true) === ARPHRD_ETHER;
  const attributes = attributesByType(message, IFINFOMSG_LENGTH);
  const IFLA_ADDRESS = 1;
  const IFLA_IFNAME = 3;
  const IFLA_MTU = 4;
  const IFLA_MASTER = 10;
  const IFLA_LINKINFO = 18;
  const IFLA_PERM_ADDRESS = 54;
  const IFLA_PARENT_DEV_NAME = 56;
  const flags = view.getUint32(offset + 8, true);
  const name = attributes.get(IFLA_IFNAME)?.text() ?? "";
  const isPort = isEthernet && attributes.has(IFLA_PARENT_DEV_NAME);
  return {
    index: view.getInt32(offset + 4, true),
    name,
    kind: kindIn(attributes.get(IFLA_LINKINFO)),
    medium: isRadio(name) ? "radio" : isPort ? "ethernet" : "virtual",
    mac: isEthernet ? macOf(attributes.get(IFLA_ADDRESS)) : undefined,
    permanentMac: isEthernet ? macOf(attributes.get(IFLA_PERM_ADDRESS)) : undefined,
    up: (flags & IFF_UP) !== 0,
    carrier: (flags & IFF_LOWER_UP) !== 0,
    master: attributes.get(IFLA_MASTER)?.u32() ?? 0,
    mtu: attributes.get(IFLA_MTU)?.u32() ?? 0,
  };
}

export function readAddress(message: MessageCursor): LinkAddress | undefined {
  const { view, offset, end } = message;
  if (message.type !== RTM_NEWADDR || offset + IFADDRMSG_LENGTH > end) return undefined;
  const IFA_ADDRESS = 1;
  const IFA_LOCAL = 2;
  const attributes = attributesByType(message, IFADDRMSG_LENGTH);
  // On a point-to-point link IFA_ADDRESS is the peer's.
  const address = (attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS))?.u32Be();
  if (view.getUint8(offset) !== AF_INET || address === undefined) return undefined;
  const link = view.getUint32(offset + 4, true);
  return { link, prefix: { address, length: view.getUint8(offset + 1) } };
}

/** A default route of the main table through one link; undefined for any other route. */
export function readDefaultRoute(message: MessageCursor): DefaultRoute | undefined {
  const { view, offset, end } = message;
  if (message.type !== RTM_NEWROUTE || offset + RTMSG_LENGTH > end) return undefined;
  const RTA_OIF = 4;
  const RTA_GATEWAY = 5;
  const RTA_PRIORITY = 6;
  const isDefault = view.getUint8(offset) === AF_INET && view.getUint8(offset + 1) === 0;
  const isMain = view.getUint8(offset + 4) === RT_TABLE_MAIN;
  const attributes = attributesByType(message, RTMSG_LENGTH);
  const link = attributes.get(RTA_OIF)?.u32();
  if (!isDefault || !isMain || view.getUint8(offset + 7) !== RTN_UNICAST || link === undefined)
    return undefined;
  const gateway = attributes.get(RTA_GATEWAY)?.u32Be() ?? 0;
  return { link, gateway, metric: attributes.get(RTA_PRIORITY)?.u32() ?? 0 };
}

/** An entry of the ARP table that has an answer. */
export function readNeighbour(message: MessageCursor): Neighbour | undefined {
  const { view, offset, end } = message;
  if (message.type !== RTM_NEWNEIGH || offset + NDMSG_LENGTH > end) return undefined;
  const NDA_DST = 1;
  const NDA_LLADDR = 2;
  const attributes = attributesByType(message, NDMSG_LENGTH);
  const address = attributes.get(NDA_DST)?.u32Be();
  const mac = macOf(attributes.get(NDA_LLADDR));
  const state = view.getUint16(offset + 8, true);
  if (view.getUint8(offset) !== AF_INET || (state & NUD_ANSWERED) === 0) return undefined;
  if (address === undefined || mac === undefined) return undefined;
  const confirmed = (state & (NUD_REACHABLE | NUD_PERMANENT)) !== 0;
  return { link: view.getInt32(offset + 4, true), address, mac, confirmed };
}

/** A bridge's forwarding entry that was learnt; its own ports' addresses are permanent entries and left out. */
export function readBridgePort(message: MessageCursor): BridgePort | undefined {
  const { view, offset, end } = message;
  if (message.type !== RTM_NEWNEIGH || offset + NDMSG_LENGTH > end) return undefined;
  const NDA_LLADDR = 2;
  const NDA_MASTER = 9;
  const attributes = attributesByType(message, NDMSG_LENGTH);
  const mac = macOf(attributes.get(NDA_LLADDR));
  const bridge = attributes.get(NDA_MASTER)?.u32();
  const isOwn = (view.getUint16(offset + 8, true) & NUD_PERMANENT) !== 0;
  if (view.getUint8(offset) !== AF_BRIDGE || isOwn || mac === undefined || bridge === undefined)
    return undefined;
  return { bridge, port: view.getInt32(offset + 4, true), mac };
}

/** Every attribute after the fixed part, each on a cursor of its own. */
export function attributesByType(
  { view, offset, end }: MessageCursor,
  fixedLength: number,
): Map<number, AttributeCursor> {
  const all = new Map<number, AttributeCursor>();
  const walk = new AttributeCursor(view).over(offset + fixedLength, end);
  while (walk.next()) {
    const one = new AttributeCursor(view).over(walk.offset - 4, walk.offset + walk.length);
    one.next();
    all.set(walk.type, one);
  }
  return all;
}

export function macOf(attribute: AttributeCursor | undefined): Mac | undefined {
  return attribute?.length === 6 ? macAt(attribute.bytes(), 0) : undefined;
}

function kindIn(linkInfo: AttributeCursor | undefined): string {
  const IFLA_INFO_KIND = 1;
  const attribute = linkInfo?.nested();
  while (attribute?.next()) if (attribute.type === IFLA_INFO_KIND) return attribute.text();
  return "";
}
