import type { IPv4 } from "../../addr/ipv4.ts";
import type { Transport } from "../../nat/transport.ts";

/**
 * What the accelerator's maps hold. In memory their numbers are those of a packet: most significant byte first. TCP is
 * transport 0 and UDP transport 1.
 */

/** An array of internal endpoints by transport and external port; all zero where there is none. */
export const BOUND_ENTRIES = 2 * 65536;
/** The index of an external endpoint in it. */
export const boundIndex = (transport: Transport, externalPort: number): number =>
  (transport << 16) | externalPort;
/** Its value, as one little-endian number: written at once, it is never seen half. */
export const endpointWord = (address: IPv4, port: number): bigint =>
  (BigInt(swap16(port)) << 32n) | BigInt(swap32(address));

/** The external endpoint of an index, and the internal one of a value. */
export const endpointAt = (index: number): { transport: Transport; externalPort: number } => ({
  transport: (index >>> 16) as Transport,
  externalPort: index & 0xffff,
});
export const endpointOf = (word: bigint): { address: IPv4; port: number } => ({
  address: swap32(Number(word & 0xffffffffn)),
  port: swap16(Number(word >> 32n)),
});

/** A hash of external ports by internal endpoint, of bindings whose port is not the host's own. */
export const RENUMBERED_ENTRIES = 131072;
export const renumberedKey = (transport: Transport, address: IPv4, port: number): bigint =>
  (BigInt(transport) << 48n) | endpointWord(address, port);
export const renumberedValue = (externalPort: number): number => swap16(externalPort);

/**
 * For each processor, of the programs out and in: the number of packets carried since the maps were made, eight bytes, and the
 * program's working memory (see programs.ts).
 */
export const CARRIED = { entries: 2, valueSize: 112 };
export const CARRIED_OUT = 0;
export const CARRIED_IN = 1;

/** A number of the network as the processor reads it from memory. */
export function swap16(value: number): number {
  return ((value & 0xff) << 8) | (value >>> 8);
}

/** An address as the processor reads it from memory. */
export function swap32(value: number): number {
  return ((swap16(value & 0xffff) << 16) | swap16(value >>> 16)) >>> 0;
}
