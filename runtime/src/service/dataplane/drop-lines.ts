import { formatIPv4 } from "../../addr/ipv4.ts";
import { type DropReason, reasonOf } from "../../nat/drops.ts";
import { ASSOCIATION_NAMES, TRANSPORT_NAMES, transportOf } from "../../nat/transport.ts";
import {
  destinationAddress,
  headerLength,
  MIN_IPV4_HEADER,
  PROTOCOL_ICMP,
  protocol,
  sourceAddress,
} from "../../wire/ipv4.ts";
import { destinationPort, sourcePort } from "../../wire/udp.ts";
import type { Log } from "../log.ts";

const WORDS: Record<DropReason, string> = {
  malformed: "it is malformed",
  "unsupported-protocol": "its protocol cannot be translated",
  "source-not-local": "its sender's address is none of the home's",
  "ports-exhausted": "no external port is left for it",
  "host-limit": "its sender has as many external ports as one device may have",
  "fast-path-refused": "the kernel refused its translation",
  "error-without-binding": "it is an ICMP error about nothing that was let in",
  "protocol-in-use": "another device uses this protocol with this address, and only one can at a time",
  "associations-exhausted": "too many devices use protocols without ports",
};

/** Says which packet was dropped and why, one line a minute for each reason. */
export function logDrop(log: Log, code: number, view: DataView, packet: number, available: number): void {
  const reason = reasonOf(code);
  if (reason === undefined) return;
  log.limited(reason, `dropped ${describe(view, packet, available)}: ${WORDS[reason]} (${reason})`);
}

/** "GRE from 192.168.77.11 to 203.0.113.80"; ports where it has any. */
function describe(view: DataView, packet: number, available: number): string {
  const PORTS = 4;
  if (available < MIN_IPV4_HEADER) return "a packet on its way out";
  const carried = protocol(view, packet);
  const header = headerLength(view, packet, available);
  const hasPorts = isPorted(carried) && header > 0 && available >= header + PORTS;
  const from = hasPorts ? `:${sourcePort(view, packet + header)}` : "";
  const to = hasPorts ? `:${destinationPort(view, packet + header)}` : "";
  const [source, destination] = [sourceAddress(view, packet), destinationAddress(view, packet)].map(
    formatIPv4,
  );
  return `${nameOf(carried)} from ${source}${from} to ${destination}${to}`;
}

function isPorted(carried: number): boolean {
  return carried !== PROTOCOL_ICMP && transportOf(carried) !== -1;
}

function nameOf(carried: number): string {
  const transport = transportOf(carried);
  const name = transport === -1 ? ASSOCIATION_NAMES.get(carried) : TRANSPORT_NAMES[transport];
  return name?.toUpperCase() ?? `IP protocol ${carried}`;
}
