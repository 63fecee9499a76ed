import { type IPv4, parseIPv4 } from "../../../addr/ipv4.ts";
import { broadcast, contains, network, type Prefix } from "../../../addr/prefix.ts";
import type { Complain, Lan } from "./configuration.ts";

/** The address of one host; undefined, and a fault, for anything else. */
export function parseHostAddress(field: string, text: string, complain: Complain): IPv4 | undefined {
  const FIRST_MULTICAST = 0xe0000000;
  const address = parseIPv4(text);
  if (address !== undefined && address !== 0 && address < FIRST_MULTICAST) return address;
  complain(field, `"${text}" is no address of a host`);
  return undefined;
}

/** The address of a host of the home that is not the router; undefined, and a fault, for anything else. */
export function parseHomeHost(
  field: string,
  text: string,
  lans: readonly Lan[],
  complain: Complain,
): IPv4 | undefined {
  const address = parseHostAddress(field, text, complain);
  if (address === undefined) return undefined;
  const lan = lans.find(({ prefix }) => contains(prefix, address));
  if (lan !== undefined && isHost(lan.prefix, address)) return address;
  if (lan === undefined) complain(field, `${text} lies in none of the home's networks`);
  else if (address === lan.prefix.address) complain(field, `${text} is the router's own address`);
  else complain(field, `${text} is the address of a network, not of a host`);
  return undefined;
}

function isHost(prefix: Prefix, address: IPv4): boolean {
  if (address === prefix.address) return false;
  // Networks of two addresses have no other than hosts' (RFC 3021).
  return prefix.length > 30 || (address !== network(prefix) && address !== broadcast(prefix));
}
