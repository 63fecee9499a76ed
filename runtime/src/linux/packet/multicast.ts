import type { IPv4 } from "../../addr/ipv4.ts";
import { bind, close, interfaceIndex, sendTo, setsockopt, socket } from "../ffi/libc.ts";
import { receive } from "../ffi/receiver.ts";
import { inetAddress } from "./socket-address.ts";

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_BROADCAST = 6;
const SO_REUSEPORT = 15;
const SO_BINDTODEVICE = 25;
const IPPROTO_IP = 0;
const IP_MULTICAST_IF = 32;
const IP_MULTICAST_TTL = 33;
const IP_MULTICAST_LOOP = 34;
const IP_ADD_MEMBERSHIP = 35;

/** A UDP port on one interface that hears a multicast group. */
export interface MulticastSocket {
  /** To the group. Throws SystemError, ENODEV or ENETUNREACH when the interface is gone or has no address. */
  send(bytes: Uint8Array): void;
  close(): void;
}

export interface MulticastOptions {
  interface: string;
  group: IPv4;
  port: number;
  /** Of what is sent. */
  timeToLive: number;
  /** Longer datagrams are cut. */
  maxLength: number;
  onMessage(bytes: Uint8Array, source: { address: IPv4; port: number }): void;
  /** After this nothing more is heard; an interface made anew needs a new socket. */
  onError(error: Error): void;
}

/** Hears a group on one interface; what it sends itself it does not hear. Throws SystemError. */
export function openMulticast(options: MulticastOptions): MulticastSocket {
  const fd = openSocket(options);
  const group = inetAddress(options.group, options.port);
  const receiver = receive(
    fd,
    options.maxLength,
    (bytes, source) => {
      const view = new DataView(source.buffer);
      options.onMessage(bytes, { address: view.getUint32(4), port: view.getUint16(2) });
    },
    options.onError,
  );
  return { send: (bytes) => void sendTo(fd, bytes, group), close: () => receiver.stop() };
}

function openSocket({ interface: name, group, port, timeToLive }: MulticastOptions): number {
  const membership = ipMreqn(group, interfaceIndex(name));
  const fd = socket(AF_INET, SOCK_DGRAM, 0);
  try {
    // One socket for each interface on the same port; others of this machine may hear the group, too.
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT");
    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, new TextEncoder().encode(`${name}\0`), "SO_BINDTODEVICE");
    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, membership, "IP_MULTICAST_IF");
    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, timeToLive, "IP_MULTICAST_TTL");
    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0, "IP_MULTICAST_LOOP");
    // To the group's address: what is sent to the router itself is none of its business.
    bind(fd, inetAddress(group, port));
    setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership, "IP_ADD_MEMBERSHIP");
  } catch (error) {
    close(fd);
    throw error;
  }
  return fd;
}

/** struct ip_mreqn: group, no address of ours, interface. */
function ipMreqn(group: IPv4, index: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(12));
  view.setUint32(0, group);
  view.setInt32(8, index, true);
  return new Uint8Array(view.buffer);
}

/** Sends one datagram to everybody on an interface. Throws SystemError. */
export function broadcast(interfaceName: string, port: number, bytes: Uint8Array): void {
  const LIMITED_BROADCAST: IPv4 = 0xffffffff;
  const fd = socket(AF_INET, SOCK_DGRAM, 0);
  try {
    setsockopt(fd, SOL_SOCKET, SO_BROADCAST, 1, "SO_BROADCAST");
    const name = new TextEncoder().encode(`${interfaceName}\0`);
    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, "SO_BINDTODEVICE");
    sendTo(fd, bytes, inetAddress(LIMITED_BROADCAST, port));
  } finally {
    close(fd);
  }
}
