import type { IPv4 } from "../../addr/ipv4.ts";

const AF_INET = 2;

/** struct sockaddr_in: the family in host order, port and address in network order. */
export function inetAddress(address: IPv4, port: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  view.setUint16(0, AF_INET, true);
  view.setUint16(2, port);
  view.setUint32(4, address);
  return new Uint8Array(view.buffer);
}
