import type { IPv4 } from "../../addr/ipv4.ts";
import type { Prefix } from "../../addr/prefix.ts";
import { Assembler, type Program, R0, R1, R2, R3, R4, R5, R7, R8, R9 } from "./assembler.ts";
import { CARRIED_IN, CARRIED_OUT, swap16, swap32 } from "./layout.ts";
import {
  DESTINATION,
  DESTINATION_PORT,
  ENDPOINT,
  FORMER_PORT,
  FRAGMENT,
  NEW_PORT,
  ROUTE_DESTINATION,
  ROUTE_DESTINATION_PORT,
  ROUTE_SOURCE,
  ROUTE_SOURCE_PORT,
  SOURCE,
  SOURCE_PORT,
  TRANSPORT,
} from "./offsets.ts";
import {
  describeRoute,
  fixChecksums,
  inPrefix,
  lookUpBound,
  readTransport,
  receive,
  rewrite,
  route,
  send,
  unicast,
} from "./steps.ts";

/** What the programs are made for. Interfaces are indexes of the kernel. */
export interface AcceleratorInput {
  wan: { interface: number; address: IPv4; mtu: number };
  lans: readonly { interface: number; prefix: Prefix }[];
  /** Further external addresses, of hosts that have one of their own. */
  mapped: readonly IPv4[];
  /** The maps' descriptors; see layout.ts. */
  maps: { bound: number; renumbered: number; carried: number };
}

const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS_AND_OFFSET = 0x3fff;

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
    .alu(R5, "=", R4)
    .alu(R5, "<<=", 32)
    .alu(R5, "|=", R2)
    .store(64, R9, ENDPOINT, R5);
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
