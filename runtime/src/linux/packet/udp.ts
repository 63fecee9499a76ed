import type { IPv4 } from "../../addr/ipv4.ts";
import { type Mac, macBytes } from "../../addr/mac.ts";
import { bind, close, interfaceIndex, sendTo, setsockopt, socket } from "../ffi/libc.ts";
import { receive } from "../ffi/receiver.ts";
import { udpPacket } from "./datagram.ts";
import { inetAddress } from "./socket-address.ts";

const AF_INET = 2;
const AF_PACKET = 17;
const SOCK_DGRAM = 2;
const SOL_SOCKET = 1;
const ETHERTYPE_IPV4 = 0x0800;

const SERVER_PORT = 67;
const CLIENT_PORT = 68;
const LIMITED_BROADCAST: IPv4 = 0xffffffff;

// A DHCP message is one unfragmented packet on Ethernet; what is longer is cut and then refused by its parser.
const MAX_MESSAGE_LENGTH = 1500;

/**
 * A DHCP server's socket on one interface. All methods throw SystemError, ENODEV or ENETDOWN when the interface
 * is gone.
 */
export interface DhcpSocket {
  /** To 255.255.255.255 port 68 on the interface. */
  broadcast(bytes: Uint8Array): void;
  /** Through the routing table and ARP, to a host (or relay agent) that has its address. */
  sendTo(address: IPv4, port: number, bytes: Uint8Array): void;
  /**
   * To port 68 of a client that has not taken `address` yet and so would not answer ARP (RFC 2131 section 4.1).
   * The packet is built here and sent below IP, rather than after writing an entry into the ARP table: an offer
   * that the client turns down then leaves nothing behind, and no address conflict is hidden.
   */
  sendToNeighbour(mac: Mac, sourceAddress: IPv4, address: IPv4, bytes: Uint8Array): void;
  close(): void;
}

/**
 * Opens UDP port 67 on `interfaceName`. Each message, cut at 1500 bytes, goes to `onMessage` with its sender. A
 * socket error after that goes to `onError` and ends the receiving; an interface that is removed and made again
 * needs a new socket. Throws SystemError.
 */
export function openDhcpSocket(
  interfaceName: string,
  onMessage: (bytes: Uint8Array, sourceAddress: IPv4, sourcePort: number) => void,
  onError: (error: Error) => void,
): DhcpSocket {
  const index = interfaceIndex(interfaceName);
  const fd = openUdp(interfaceName);
  // Protocol 0: it only sends, no frame is queued for it.
  const packetFd = socket(AF_PACKET, SOCK_DGRAM, 0);
  const receiver = receive(
    fd,
    MAX_MESSAGE_LENGTH,
    (bytes, source) => {
      const view = new DataView(source.buffer);
      onMessage(bytes, view.getUint32(4), view.getUint16(2));
    },
    onError,
  );
  return {
    broadcast: (bytes) => void sendTo(fd, bytes, inetAddress(LIMITED_BROADCAST, CLIENT_PORT)),
    sendTo: (address, port, bytes) => void sendTo(fd, bytes, inetAddress(address, port)),
    sendToNeighbour: (mac, sourceAddress, address, bytes) => {
      const source = { address: sourceAddress, port: SERVER_PORT };
      const packet = udpPacket(source, { address, port: CLIENT_PORT }, bytes);
      sendTo(packetFd, packet, linkAddress(index, mac));
    },
    close: () => {
      receiver.stop();
      close(packetFd);
    },
  };
}

function openUdp(interfaceName: string): number {
  const fd = socket(AF_INET, SOCK_DGRAM, 0);
  try {
    // A server that starts while its predecessor still closes its socket, and other interfaces' sockets on the
    // same port.
    setsockopt(fd, SOL_SOCKET, 2, 1, "SO_REUSEADDR");
    setsockopt(fd, SOL_SOCKET, 6, 1, "SO_BROADCAST");
    // Requests of the WAN side must not reach it, and broadcasts must leave on this interface only.
    setsockopt(fd, SOL_SOCKET, 25, new TextEncoder().encode(`${interfaceName}\0`), "SO_BINDTODEVICE");
    bind(fd, inetAddress(0, SERVER_PORT));
  } catch (error) {
    close(fd);
    throw error;
  }
  return fd;
}

/** struct sockaddr_ll of one station on the link. */
function linkAddress(index: number, mac: Mac): Uint8Array {
  const view = new DataView(new ArrayBuffer(20));
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, ETHERTYPE_IPV4);
  view.setInt32(4, index, true);
  view.setUint8(11, 6);
  const bytes = new Uint8Array(view.buffer);
  bytes.set(macBytes(mac), 12);
  return bytes;
}
