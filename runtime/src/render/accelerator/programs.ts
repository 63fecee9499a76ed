import type { IPv4 } from "../../addr/ipv4.ts";
import { netmask, network, type Prefix } from "../../addr/prefix.ts";
import { PROTOCOL_TCP, PROTOCOL_UDP } from "../../wire/ipv4.ts";
import { Assembler, FRAME, type Program, R0, R1, R2, R3, R4, R5, R6, R7, R8, R9 } from "./assembler.ts";
import { CARRIED_IN, CARRIED_OUT, swap16, swap32 } from "./layout.ts";

/** What the programs are made for. Interfaces are indexes of the kernel. */
export interface AcceleratorInput {
  wan: { interface: number; address: IPv4; mtu: number };
  lans: readonly { interface: number; prefix: Prefix }[];
  /** Further external addresses, of hosts that have one of their own. */
  mapped: readonly IPv4[];
  /** The maps' descriptors; see layout.ts. */
  maps: { bound: number; renumbered: number; carried: number };
}

// struct __sk_buff
const SKB = { length: 0, packetType: 4, protocol: 16, vlan: 20, data: 76, end: 80, segmentSize: 176 };
const PACKET_HOST = 0;
const ETHERTYPE_IPV4 = 0x0800;

// A frame: Ethernet, an IP header without options, then TCP or UDP.
const IP = 14;
const TYPE_OF_SERVICE = IP + 1;
const TOTAL_LENGTH = IP + 2;
const FRAGMENT = IP + 6;
const TIME_TO_LIVE = IP + 8;
const PROTOCOL = IP + 9;
const IP_CHECKSUM = IP + 10;
const SOURCE = IP + 12;
const DESTINATION = IP + 16;
const SOURCE_PORT = IP + 20;
const DESTINATION_PORT = IP + 22;
const UDP_CHECKSUM = IP + 26;
const TCP_DATA_OFFSET = IP + 32;
const TCP_FLAGS = IP + 33;
const TCP_CHECKSUM = IP + 36;
const UDP_FRAME = IP + 28;
const TCP_FRAME = IP + 40;
/** What Ethernet's smallest frame holds; shorter packets have padding behind them. */
const SMALLEST_PAYLOAD = 46;
const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS_AND_OFFSET = 0x3fff;
const SYN = 2;
const HOME_MTU = 1500;
const MULTICAST = 224;
const LOOPBACK = 127;

/** The only place on the stack: for the program's own index among the values of `carried`. */
const KEY = -4;
// A value of `carried`: what a program writes there is not slowed down as it is on the stack, where the verifier puts a barrier
// behind each first store of a process that may not see all of the kernel (CAP_PERFMON).
const COUNT = 0;
/** The internal endpoint: address, port, and for a lookup the transport. */
const ENDPOINT = 8;
const ENDPOINT_PORT = ENDPOINT + 4;
const TRANSPORT = ENDPOINT + 6;
/** An index of `bound`. */
const INDEX = 16;
/** The port that is translated, as it was and as it will be. */
const FORMER_PORT = 20;
const NEW_PORT = 22;
/** struct bpf_fib_lookup, 64 bytes. */
const ROUTE = 24;
const ROUTE_SIZE = 64;
const ROUTE_FAMILY = ROUTE;
const ROUTE_PROTOCOL = ROUTE + 1;
const ROUTE_SOURCE_PORT = ROUTE + 2;
const ROUTE_DESTINATION_PORT = ROUTE + 4;
const ROUTE_LENGTH = ROUTE + 6;
const ROUTE_INTERFACE = ROUTE + 8;
const ROUTE_TYPE_OF_SERVICE = ROUTE + 12;
const ROUTE_SOURCE = ROUTE + 16;
const ROUTE_DESTINATION = ROUTE + 32;
/** struct bpf_redir_neigh, of which only the first eight bytes are ever written. */
const NEXT_HOP = 88;
const NEXT_HOP_SIZE = 20;
const AF_INET = 2;

// Flags of bpf_l4_csum_replace: a port is two bytes, an address four that the pseudo-header has, too.
const PORT_SUM = 2;
const ADDRESS_SUM = 4 | 0x10;
/** UDP's "no checksum" stays, and no other becomes it. */
const MANGLED_0 = 0x20;

/** TCX_NEXT: the packet goes on as if there were no program. */
const PASS = -1;
/** TC_ACT_SHOT: the packet was changed in part. */
const DROP = 2;

/**
 * For the ingress of the home's side `lan`: carries what leaves by open bindings. As in every program r6 holds the context, r7
 * the frame, r8 the transport, and r9 the value of `carried`.
 */
export function outboundProgram(input: AcceleratorInput, lan: AcceleratorInput["lans"][number]): Program {
  const { wan, mapped, maps } = input;
  const asm = new Assembler();
  receive(asm, CARRIED_OUT, maps.carried);
  // Those that may be fragmented get numbers that only nft gives out (RFC 6864).
  asm.load(16, R2, R7, FRAGMENT).whenWord(R2, "!=", swap16(DONT_FRAGMENT), "pass");
  readTransport(asm, wan.mtu);
  describeRoute(asm, lan.interface);
  asm.load(32, R2, R7, SOURCE).alu(R3, "=", R2);
  inPrefix(asm, R3, lan.prefix, "!=");
  asm.load(32, R3, R7, DESTINATION).store(32, R9, ROUTE_DESTINATION, R3).store(32, R9, ROUTE_SOURCE, R2);
  for (const own of [wan.address, ...mapped]) asm.whenWord(R3, "==", swap32(own), "pass");
  unicast(asm, R3);
  asm
    .load(16, R4, R7, SOURCE_PORT)
    .store(16, R9, ROUTE_SOURCE_PORT, R4)
    .store(16, R9, FORMER_PORT, R4)
    .store(16, R9, NEW_PORT, R4)
    .store(32, R9, ENDPOINT, R2)
    .store(16, R9, ENDPOINT_PORT, R4)
    .store(16, R9, TRANSPORT, 0);
  lookUpBound(asm, R4, maps.bound);
  asm
    // Most have their own port outside.
    .load(64, R1, R0, 0)
    .load(64, R2, R9, ENDPOINT)
    .when(R1, "==", R2, "bound")
    .store(16, R9, TRANSPORT, R8)
    .map(R1, "renumbered", maps.renumbered)
    .alu(R2, "=", R9)
    .alu(R2, "+=", ENDPOINT)
    .call("map_lookup_elem")
    .whenZero(R0, "pass")
    .load(16, R1, R0, 0)
    .store(16, R9, NEW_PORT, R1)
    .label("bound");
  route(asm, [wan.interface]);
  const internal = () => asm.load(32, R3, R9, ENDPOINT).constant(R4, swap32(wan.address));
  fixChecksums(asm, internal);
  rewrite(asm, { address: SOURCE, port: SOURCE_PORT, from: null, to: wan.address });
  return send(asm);
}

/** For the ingress of the provider's side: carries what comes in for open bindings. */
export function inboundProgram({ wan, lans, maps }: AcceleratorInput): Program {
  const asm = new Assembler();
  receive(asm, CARRIED_IN, maps.carried);
  asm.load(32, R2, R7, DESTINATION).whenWord(R2, "!=", swap32(wan.address), "pass");
  asm
    .load(16, R2, R7, FRAGMENT)
    .alu(R2, "&=", swap16(MORE_FRAGMENTS_AND_OFFSET))
    .whenWord(R2, "!=", 0, "pass");
  readTransport(asm, wan.mtu);
  describeRoute(asm, wan.interface);
  // The kernel does not see where these come from: nobody outside has an address of the home, or ours.
  asm
    .load(32, R2, R7, SOURCE)
    .store(32, R9, ROUTE_SOURCE, R2)
    .whenWord(R2, "==", swap32(wan.address), "pass");
  for (const { prefix } of lans) {
    asm.alu(R3, "=", R2);
    inPrefix(asm, R3, prefix, "==");
  }
  unicast(asm, R2);
  asm.load(16, R4, R7, SOURCE_PORT).store(16, R9, ROUTE_SOURCE_PORT, R4);
  asm.load(16, R4, R7, DESTINATION_PORT).store(16, R9, FORMER_PORT, R4);
  lookUpBound(asm, R4, maps.bound);
  asm
    .load(64, R1, R0, 0)
    .whenZero(R1, "pass")
    .store(64, R9, ENDPOINT, R1)
    .store(32, R9, ROUTE_DESTINATION, R1)
    .alu(R1, ">>=", 32)
    .store(16, R9, NEW_PORT, R1)
    .store(16, R9, ROUTE_DESTINATION_PORT, R1);
  route(
    asm,
    lans.map((lan) => lan.interface),
  );
  const external = () => asm.constant(R3, swap32(wan.address)).load(32, R4, R9, ENDPOINT);
  fixChecksums(asm, external);
  rewrite(asm, { address: DESTINATION, port: DESTINATION_PORT, from: wan.address, to: null });
  return send(asm);
}

/** Lets pass what is not an IPv4 packet without options, untagged, to this router. Afterwards r3 is its length. */
function receive(asm: Assembler, index: number, carried: number): void {
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
function readTransport(asm: Assembler, mtu: number): void {
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
function describeRoute(asm: Assembler, from: number): void {
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
function inPrefix(asm: Assembler, register: typeof R3, prefix: Prefix, condition: "==" | "!="): void {
  asm
    .alu(register, "&=", swap32(netmask(prefix.length)))
    .whenWord(register, condition, swap32(network(prefix)), "pass");
}

/** Lets pass what has an address in `register` that is no single host's, or the host's own. */
function unicast(asm: Assembler, register: typeof R2): void {
  asm
    .alu(R4, "=", register)
    .alu(R4, "&=", 0xff)
    .whenWord(R4, "==", 0, "pass")
    .whenWord(R4, "==", LOOPBACK, "pass")
    .whenWord(R4, ">=", MULTICAST, "pass");
}

/** Points r0 to the internal endpoint of the external port in `port`, which it spoils. */
function lookUpBound(asm: Assembler, port: typeof R4, map: number): void {
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
function route(asm: Assembler, interfaces: readonly number[]): void {
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
function fixChecksums(asm: Assembler, addresses: () => void): void {
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
function rewrite(asm: Assembler, { address, port, from, to }: Rewrite): void {
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
function send(asm: Assembler): Program {
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
