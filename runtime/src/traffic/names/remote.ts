import type { IPv4 } from "../../addr/ipv4.ts";

/** An address outside the home: IPv4 as a number, IPv6 as 32 small hexadecimal digits, so that each has one spelling. */
export type Remote = IPv4 | string;

/** The IPv6 address whose sixteen octets are at `offset`. */
export function remoteOfIPv6(view: DataView, offset: number): Remote {
  let text = "";
  for (let word = 0; word < 16; word += 4)
    text += view
      .getUint32(offset + word)
      .toString(16)
      .padStart(8, "0");
  return text;
}
