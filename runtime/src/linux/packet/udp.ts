import type { IPv4 } from "../../addr/ipv4.ts";
import type { Mac } from "../../addr/mac.ts";

/** A DHCP server's socket on one interface. */
export interface DhcpSocket {
  /** To 255.255.255.255 port 68 on the interface. */
  broadcast(bytes: Uint8Array): void;
  /** Through the routing table and ARP, to a host (or relay agent) that has its address. */
  sendTo(address: IPv4, port: number, bytes: Uint8Array): void;
  /** To port 68 of a client that has not taken `address` yet and so would not answer ARP (RFC 2131 section 4.1). */
  sendToNeighbour(mac: Mac, sourceAddress: IPv4, address: IPv4, bytes: Uint8Array): void;
  close(): void;
}

/**
 * Opens UDP port 67 on `interfaceName`. Each message, cut at 1500 bytes, goes to `onMessage` with its sender.
 * A socket error after that (the interface went away) goes to `onError` and ends the receiving. Throws SystemError.
 */
export declare function openDhcpSocket(
  interfaceName: string,
  onMessage: (bytes: Uint8Array, sourceAddress: IPv4, sourcePort: number) => void,
  onError: (error: Error) => void,
): DhcpSocket;
