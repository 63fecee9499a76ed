import type { IPv4 } from "../../addr/ipv4.ts";
import { netmask, network, type Prefix } from "../../addr/prefix.ts";
import { ETHERTYPE_IPV4 } from "../../wire/ethernet.ts";
import { PROTOCOL_TCP, PROTOCOL_UDP } from "../../wire/ipv4.ts";
import { type Assembler, FRAME, type Program, R0, R1, R2, R3, R4, R5, R6, R7, R8, R9 } from "./assembler.ts";
import { swap16, swap32 } from "./layout.ts";
import {
  COUNT,
  DESTINATION_PORT,
  ENDPOINT,
  FORMER_PORT,
  INDEX,
  IP,
  IP_CHECKSUM,
  NEW_PORT,
  NEXT_HOP,
  NEXT_HOP_SIZE,
  PROTOCOL,
  ROUTE,
  ROUTE_DESTINATION,
  ROUTE_DESTINATION_PORT,
  ROUTE_FAMILY,
  ROUTE_INTERFACE,
  ROUTE_LENGTH,
  ROUTE_PROTOCOL,
  ROUTE_SIZE,
  ROUTE_TYPE_OF_SERVICE,
  SKB,
  SMALLEST_PAYLOAD,
  TCP_CHECKSUM,
  TCP_DATA_OFFSET,
  TCP_FLAGS,
  TCP_FRAME,
  TIME_TO_LIVE,
  TOTAL_LENGTH,
  TYPE_OF_SERVICE,
  UDP_CHECKSUM,
  UDP_FRAME,
} from "./offsets.ts";

const PACKET_HOST = 0;
const SYN = 2;
const HOME_MTU = 1500;
const MULTICAST = 224;
const LOOPBACK = 127;
const AF_INET = 2;
/** The only place on the stack: for the program's own index among the values of `carried`. */
const KEY = -4;

// Flags of bpf_l4_csum_replace: a port is two bytes, an address four that the pseudo-header has, too.
const PORT_SUM = 2;
const ADDRESS_SUM = 4 | 0x10;
/** UDP's "no checksum" stays, and no other becomes it. */
const MANGLED_0 = 0x20;

/** TCX_NEXT: the packet goes on as if there were no program. */
const PASS = -1;
/** TC_ACT_SHOT: the packet was changed in part. */
const DROP = 2;

/** Lets pass what is not an IPv4 packet without options, untagged, to this router. Afterwards r3 is its length. */
export function receive(asm: Assembler, index: number, carried: number): void {
  const frame = () => asm.load(32, R7, R6, SKB.data).load(32, R8, R6, SKB.end).alu(R2, "=", R7);
  asm
    .alu(R6, "=", R1)
    .load(32, R2, R6, SKB.packetType)
    .whenWord(R2, "!=", PACKET_HOST, "pass")
    .load(32, R2, R6, SKB.protocol)
    .whenWord(R2, "!=", swap16(ETHERTYPE_IPV4), "pass")
    .load(32, R2, R6, SKB.vlan)
    .whenWord(R2, "!=", 0, "pass");
  frame().alu(R2, "+=", TCP_FRAME).when(R2, "<=", R8, "linear");
  asm
    // Some drivers leave headers in fragments of the buffer.
    .alu(R1, "=", R6)
    .load(32, R2, R6, SKB.length)
    .whenWord(R2, "<=", TCP_FRAME, "pull")
    .constant(R2, TCP_FRAME)
    .label("pull")
    .call("skb_pull_data")
    .whenWord(R0, "!=", 0, "pass");
  frame().alu(R2, "+=", UDP_FRAME).when(R2, ">", R8, "pass").label("linear");
  asm
    .load(8, R2, R7, IP)
    .whenWord(R2, "!=", 0x45, "pass")
    .load(8, R2, R7, TIME_TO_LIVE)
    .whenWord(R2, "<=", 1, "pass")
    .store(32, FRAME, KEY, index)
    .map(R1, "carried", carried)
    .alu(R2, "=", FRAME)
    .alu(R2, "+=", KEY)
    .call("map_lookup_elem")
    .whenZero(R0, "pass")
    .alu(R9, "=", R0)
    .load(16, R3, R7, TOTAL_LENGTH)
    .swap16(R3)
    .load(32, R4, R6, SKB.length)
    .alu(R4, "-=", IP)
    .when(R3, "==", R4, "whole")
    .when(R3, ">", R4, "pass")
    .whenWord(R4, ">", SMALLEST_PAYLOAD, "pass")
    .label("whole");
}

/** Lets pass all but TCP and UDP. Afterwards r2 is the protocol and r3 the length of the longest packet on the wire. */
export function readTransport(asm: Assembler, mtu: number): void {
  asm
    .load(32, R4, R6, SKB.segmentSize)
    .load(8, R2, R7, PROTOCOL)
    .whenWord(R2, "!=", PROTOCOL_UDP, "tcp")
    .whenWord(R3, "<", UDP_FRAME - IP, "pass")
    // A super-packet of datagrams may be a tunnel's, whose headers are not told.
    .whenWord(R4, "!=", 0, "pass")
    .alu(R8, "=", 1)
    .goto("known")
    .label("tcp")
    .whenWord(R2, "!=", PROTOCOL_TCP, "pass")
    .whenWord(R3, "<", TCP_FRAME - IP, "pass")
    .alu(R5, "=", R7)
    .alu(R5, "+=", TCP_FRAME)
    .when(R5, ">", R8, "pass")
    .alu(R8, "=", 0);
  // nft lowers the maximum segment size of what begins a connection.
  if (mtu < HOME_MTU) asm.load(8, R5, R7, TCP_FLAGS).alu(R5, "&=", SYN).whenWord(R5, "!=", 0, "pass");
  asm
    .whenWord(R4, "==", 0, "known")
    .load(8, R3, R7, TCP_DATA_OFFSET)
    .alu(R3, ">>=", 4)
    .alu(R3, "<<=", 2)
    .alu(R3, "+=", 20)
    .alu(R3, "+=", R4)
    .whenWord(R3, ">", 0xffff, "pass")
    .label("known");
}

/** Says which route to ask for, the one that the kernel would; addresses and the source port are put in by the caller. */
export function describeRoute(asm: Assembler, from: number): void {
  asm
    .store(8, R9, ROUTE_FAMILY, AF_INET)
    .store(8, R9, ROUTE_PROTOCOL, R2)
    .store(16, R9, ROUTE_LENGTH, R3)
    .store(32, R9, ROUTE_INTERFACE, from)
    .load(8, R2, R7, TYPE_OF_SERVICE)
    .store(32, R9, ROUTE_TYPE_OF_SERVICE, R2)
    .load(16, R2, R7, DESTINATION_PORT)
    .store(16, R9, ROUTE_DESTINATION_PORT, R2);
}

/** Lets pass what the address in `register`, which it spoils, lies in the prefix for; or, with "!=", does not. */
export function inPrefix(asm: Assembler, register: typeof R3, prefix: Prefix, condition: "==" | "!="): void {
  asm
    .alu(register, "&=", swap32(netmask(prefix.length)))
    .whenWord(register, condition, swap32(network(prefix)), "pass");
}

/** Lets pass what has an address in `register` that is no single host's, or the host's own. */
export function unicast(asm: Assembler, register: typeof R2): void {
  asm
    .alu(R4, "=", register)
    .alu(R4, "&=", 0xff)
    .whenWord(R4, "==", 0, "pass")
    .whenWord(R4, "==", LOOPBACK, "pass")
    .whenWord(R4, ">=", MULTICAST, "pass");
}

/** Points r0 to the internal endpoint of the external port in `port`, which it spoils. */
export function lookUpBound(asm: Assembler, port: typeof R4, map: number): void {
  asm
    .swap16(port)
    .alu(R5, "=", R8)
    .alu(R5, "<<=", 16)
    .alu(port, "|=", R5)
    .store(32, R9, INDEX, port)
    .map(R1, "bound", map)
    .alu(R2, "=", R9)
    .alu(R2, "+=", INDEX)
    .call("map_lookup_elem")
    .whenZero(R0, "pass");
}

/** Lets pass what does not go, as it is, out of one of the interfaces to a neighbour that is known. */
export function route(asm: Assembler, interfaces: readonly number[]): void {
  asm
    .alu(R1, "=", R6)
    .alu(R2, "=", R9)
    .alu(R2, "+=", ROUTE)
    .constant(R3, ROUTE_SIZE)
    .constant(R4, 0)
    .call("fib_lookup")
    .whenWord(R0, "!=", 0, "pass")
    .load(8, R1, R9, ROUTE_FAMILY)
    .whenWord(R1, "!=", AF_INET, "pass")
    .load(32, R1, R9, ROUTE_INTERFACE);
  for (const index of interfaces) asm.whenWord(R1, "==", index, "routed");
  asm.goto("pass").label("routed");
}

/** Writes the transport's checksum; `addresses` puts the former address into r3 and the new one into r4. */
export function fixChecksums(asm: Assembler, addresses: () => void): void {
  const fix = (checksum: number, flags: number) => {
    asm.alu(R1, "=", R6).constant(R2, checksum);
    addresses();
    asm
      .constant(R5, ADDRESS_SUM | flags)
      .call("l4_csum_replace")
      .whenWord(R0, "!=", 0, "drop")
      .load(16, R3, R9, FORMER_PORT)
      .load(16, R4, R9, NEW_PORT)
      .when(R3, "==", R4, "rewrite")
      .alu(R1, "=", R6)
      .constant(R2, checksum)
      .constant(R5, PORT_SUM | flags)
      .call("l4_csum_replace")
      .whenWord(R0, "!=", 0, "drop");
  };
  asm.whenWord(R8, "!=", 0, "udp");
  fix(TCP_CHECKSUM, 0);
  asm.goto("rewrite").label("udp");
  fix(UDP_CHECKSUM, MANGLED_0);
  asm.label("rewrite");
}

/** Where the translated address and port are; null for the internal address, which is in `carried`. */
interface Rewrite {
  address: number;
  port: number;
  from: IPv4 | null;
  to: IPv4 | null;
}

/** Writes address, port and time to live, and updates the IP header's checksum (RFC 1624, equation 3). */
export function rewrite(asm: Assembler, { address, port, from, to }: Rewrite): void {
  const halves = (word: number) => (word & 0xffff) + (word >>> 16);
  const known = from === null ? halves(swap32(to ?? 0)) : halves(~swap32(from));
  // One less to live is, in the byte order of this machine, one less in the word: the ones' complement of 1.
  const difference = known + 0xfffe;
  asm
    .load(32, R7, R6, SKB.data)
    .load(32, R2, R6, SKB.end)
    .alu(R1, "=", R7)
    .alu(R1, "+=", UDP_FRAME)
    .when(R1, ">", R2, "drop")
    .load(32, R2, R9, ENDPOINT)
    .alu(R3, "=", R2)
    .alu(R4, "=", R2)
    .alu(R3, "&=", 0xffff)
    .alu(R4, ">>=", 16);
  if (from === null) asm.alu(R3, "^=", 0xffff).alu(R4, "^=", 0xffff);
  asm
    .load(16, R1, R7, IP_CHECKSUM)
    .alu(R1, "^=", 0xffff)
    .alu(R1, "+=", R3)
    .alu(R1, "+=", R4)
    .alu(R1, "+=", difference);
  for (let fold = 0; fold < 2; fold++) {
    asm.alu(R3, "=", R1).alu(R3, ">>=", 16).alu(R1, "&=", 0xffff).alu(R1, "+=", R3);
  }
  asm.alu(R1, "^=", 0xffff).store(16, R7, IP_CHECKSUM, R1);
  asm.load(8, R1, R7, TIME_TO_LIVE).alu(R1, "-=", 1).store(8, R7, TIME_TO_LIVE, R1);
  if (to !== null) asm.constant(R2, swap32(to));
  asm.store(32, R7, address, R2).load(16, R1, R9, NEW_PORT).store(16, R7, port, R1);
}

/** Counts the packet and hands it to the route's neighbour; and the ends that the other parts jump to. */
export function send(asm: Assembler): Program {
  return (
    asm
      .load(64, R1, R9, COUNT)
      .alu(R1, "+=", 1)
      .store(64, R9, COUNT, R1)
      .store(32, R9, NEXT_HOP, AF_INET)
      .load(32, R1, R9, ROUTE_DESTINATION)
      .store(32, R9, NEXT_HOP + 4, R1)
      .load(32, R1, R9, ROUTE_INTERFACE)
      .alu(R2, "=", R9)
      .alu(R2, "+=", NEXT_HOP)
      .constant(R3, NEXT_HOP_SIZE)
      .constant(R4, 0)
      // Not a plain redirection: the kernel is to notice that the neighbour is there no more.
      .call("redirect_neigh")
      .exit()
      .label("drop")
      .alu(R0, "=", DROP)
      .exit()
      .label("pass")
      .alu(R0, "=", PASS)
      .exit()
      .finish()
  );
}
