import { checksum, sum } from "../../runtime/src/wire/checksum.ts";

/** Who sends a flood to whom. Addresses are numbers, ports are where a kind has a fixed one. */
export interface FloodTarget {
  sourceMac: Uint8Array;
  /** The router's port on that wire. */
  destinationMac: Uint8Array;
  source: number;
  /** As many consecutive source addresses take turns. */
  sources: number;
  destination: number;
  port: number;
}

/** Writes frame number `i` of a flood at the start of `view`; its length. */
type WriteFrame = (view: DataView, target: FloodTarget, i: number) => number;

/** The longest frame that is written. */
export const FRAME_LENGTH = 128;

const ETHERNET = 14;
const IP = 20;
const L4 = ETHERNET + IP;
const [ICMP, TCP, UDP] = [1, 6, 17];
const MORE_FRAGMENTS = 0x2000;
/** Ports of 1024 and above, none of them held back for long. */
const PORTS = 64512;

const EVERYTHING: readonly FloodKind[] = [
  "udp-flows",
  "tcp-syns",
  "protocols",
  "first-fragments",
  "last-fragments",
  "icmp-errors",
];

/** What the last frame of a capture says. */
export const CANARY = "that was all of it";

export type FloodKind =
  | "udp-flows"
  | "tcp-syns"
  | "syns-to-all-ports"
  | "syns-to-one-port"
  | "protocols"
  | "first-fragments"
  | "last-fragments"
  | "icmp-errors"
  | "arp"
  | "everything"
  | "canary";

/** Kinds of floods. None needs an answer. */
export const FLOODS: Record<FloodKind, WriteFrame> = {
  /** Each a flow of its own until the ports have all been used; then the next source has its turn. */
  "udp-flows": (view, target, i) => {
    ip(view, target, i, UDP, 8, hostOf(target, i));
    return udp(view, 1024 + (i % PORTS), target.port);
  },
  "tcp-syns": (view, target, i) => {
    ip(view, target, i, TCP, 20, hostOf(target, i));
    return syn(view, target, hostOf(target, i), 1024 + (i % PORTS), target.port);
  },
  /** To every port in turn. */
  "syns-to-all-ports": (view, target, i) => {
    const source = target.source + (scramble(i) % target.sources);
    ip(view, target, i, TCP, 20, source);
    return syn(view, target, source, 1024 + (scramble(i) % PORTS), i & 0xffff);
  },
  /** To one port, each from an endpoint of its own. */
  "syns-to-one-port": (view, target, i) => {
    const source = target.source + (scramble(i) % target.sources);
    ip(view, target, i, TCP, 20, source);
    return syn(view, target, source, 1024 + (scramble(i >>> 8) % PORTS), target.port);
  },
  /** Every protocol number with garbage behind the IP header. */
  protocols: (view, target, i) => {
    ip(view, target, i, i & 0xff, 40);
    return garbage(view, L4, 40, i);
  },
  "first-fragments": (view, target, i) => {
    ip(view, target, i, UDP, 40, target.source, MORE_FRAGMENTS);
    udp(view, 1024 + (i % PORTS), target.port);
    return L4 + 40;
  },
  "last-fragments": (view, target, i) => {
    ip(view, target, i, UDP, 40, target.source, 185);
    return garbage(view, L4, 40, i);
  },
  /** Half quote garbage, half a packet that never was; types and codes vary. */
  "icmp-errors": (view, target, i) => {
    ip(view, target, i, ICMP, 36);
    garbage(view, L4, 36, i);
    view.setUint8(L4, [3, 11, 12, 3][i & 3]!);
    view.setUint8(L4 + 1, i & 3);
    if (i & 4) quote(view, L4 + 8, target, i);
    return finishIcmp(view, 36);
  },
  /** ARP requests for and from everybody, to everybody. */
  arp: (view, target, i) => {
    ethernet(view, target, 0x0806);
    for (let at = 0; at < 6; at++) view.setUint8(at, 0xff);
    view.setUint32(14, 0x00010800);
    view.setUint32(18, 0x06040001);
    mac(view, 22, target.sourceMac);
    view.setUint32(28, target.source);
    view.setUint32(32, 0);
    view.setUint16(36, 0);
    view.setUint32(38, ((target.source & 0xffffff00) | (i & 0xff)) >>> 0);
    return 42;
  },
  /** One of everything that a host could send without being asked. */
  everything: (view, target, i) => {
    const write = FLOODS[EVERYTHING[i % EVERYTHING.length]!];
    return write(view, target, Math.floor(i / EVERYTHING.length));
  },
  /** With the private address that nothing else may show. */
  canary: (view, target, i) => {
    ip(view, target, i, UDP, 8 + CANARY.length);
    udp(view, 9, 9, CANARY.length);
    for (let at = 0; at < CANARY.length; at++) view.setUint8(L4 + 8 + at, CANARY.charCodeAt(at));
    return L4 + 8 + CANARY.length;
  },
};

function hostOf({ source, sources }: FloodTarget, i: number): number {
  return source + (Math.floor(i / PORTS) % sources);
}

function ethernet(view: DataView, { sourceMac, destinationMac }: FloodTarget, type: number): void {
  mac(view, 0, destinationMac);
  mac(view, 6, sourceMac);
  view.setUint16(12, type);
}

function mac(view: DataView, offset: number, address: Uint8Array): void {
  for (let at = 0; at < 6; at++) view.setUint8(offset + at, address[at]!);
}

function ip(
  view: DataView,
  target: FloodTarget,
  i: number,
  protocol: number,
  payload: number,
  source = target.source,
  fragment = 0,
): void {
  ethernet(view, target, 0x0800);
  header(view, ETHERNET, i, protocol, payload, source, target.destination, fragment);
}

function header(
  view: DataView,
  at: number,
  id: number,
  protocol: number,
  payload: number,
  source: number,
  destination: number,
  fragment: number,
): void {
  view.setUint16(at, 0x4500);
  view.setUint16(at + 2, IP + payload);
  view.setUint16(at + 4, id & 0xffff);
  view.setUint16(at + 6, fragment);
  view.setUint8(at + 8, 64);
  view.setUint8(at + 9, protocol);
  view.setUint16(at + 10, 0);
  view.setUint32(at + 12, source);
  view.setUint32(at + 16, destination);
  view.setUint16(at + 10, checksum(sum(view, at, IP)));
}

/** Without a checksum (RFC 768). */
function udp(view: DataView, source: number, destination: number, payload = 0): number {
  view.setUint16(L4, source);
  view.setUint16(L4 + 2, destination);
  view.setUint16(L4 + 4, 8 + payload);
  view.setUint16(L4 + 6, 0);
  return L4 + 8 + payload;
}

function syn(view: DataView, target: FloodTarget, source: number, from: number, to: number): number {
  view.setUint16(L4, from);
  view.setUint16(L4 + 2, to);
  view.setUint32(L4 + 4, 1);
  view.setUint32(L4 + 8, 0);
  view.setUint16(L4 + 12, 0x5002);
  view.setUint16(L4 + 14, 65535);
  view.setUint32(L4 + 16, 0);
  const pseudo = (source >>> 16) + (source & 0xffff) + TCP + 20;
  const addresses = pseudo + (target.destination >>> 16) + (target.destination & 0xffff);
  view.setUint16(L4 + 16, checksum(sum(view, L4, 20, addresses)));
  return L4 + 20;
}

function quote(view: DataView, at: number, target: FloodTarget, i: number): void {
  header(view, at, i, UDP, 8, target.destination, target.source, 0);
  view.setUint16(at + IP, target.port);
  view.setUint16(at + IP + 2, scramble(i) & 0xffff);
  view.setUint32(at + IP + 4, 0x00080000);
}

function finishIcmp(view: DataView, length: number): number {
  view.setUint16(L4 + 2, 0);
  view.setUint16(L4 + 2, checksum(sum(view, L4, length)));
  return L4 + length;
}

function garbage(view: DataView, offset: number, length: number, i: number): number {
  for (let at = 0; at < length; at += 4) view.setUint32(offset + at, scramble(i + at * 65537));
  return offset + length;
}

/** A number that looks like chance and is the same in every run (murmur3's finalizer). */
function scramble(i: number): number {
  let h = i + 0x9e3779b1;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
