import type { IPv4 } from "../../addr/ipv4.ts";
import { checksum, sum } from "../../wire/checksum.ts";
import { ECHO_REPLY, ECHO_REQUEST, ICMP_HEADER, IDENTIFIER, identifier, type } from "../../wire/icmp.ts";
import { MIN_IPV4_HEADER } from "../../wire/ipv4.ts";
import { bind, close, sendTo, setsockopt, socket } from "../ffi/libc.ts";
import { receive } from "../ffi/receiver.ts";
import { inetAddress } from "./socket-address.ts";

const AF_INET = 2;
const SOCK_RAW = 3;
const IPPROTO_ICMP = 1;
const SOL_SOCKET = 1;
const SO_BINDTODEVICE = 25;
const SOL_RAW = 255;
const ICMP_FILTER = 1;
const SEQUENCE = 6;

/** Pings by one interface, whatever the routing table prefers. */
export interface EchoSocket {
  /** Sends one echo request (RFC 792). Throws SystemError, ENETUNREACH without a route there by this interface. */
  ask(target: IPv4, sequence: number): void;
  close(): void;
}

/**
 * Opens a socket whose pings leave by `interfaceName` and have `id`, 16 bits, as their identifier. Each answer to it goes to
 * `onAnswer`; a socket error after that to `onError`, which ends the receiving. Throws SystemError, ENODEV without the interface.
 */
export function openEcho(
  interfaceName: string,
  id: number,
  onAnswer: (source: IPv4, sequence: number) => void,
  onError: (error: Error) => void,
): EchoSocket {
  const fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  try {
    setsockopt(
      fd,
      SOL_SOCKET,
      SO_BINDTODEVICE,
      new TextEncoder().encode(`${interfaceName}\0`),
      "SO_BINDTODEVICE",
    );
    // A set bit keeps a type out.
    setsockopt(fd, SOL_RAW, ICMP_FILTER, ~(1 << ECHO_REPLY), "ICMP_FILTER");
    bind(fd, inetAddress(0, 0));
  } catch (error) {
    close(fd);
    throw error;
  }
  const receiver = receive(
    fd,
    MAX_HEADER + ICMP_HEADER,
    (bytes) => {
      const answer = readAnswer(bytes);
      if (answer?.id === id) onAnswer(answer.source, answer.sequence);
    },
    onError,
  );
  return {
    ask: (target, sequence) => void sendTo(fd, echoRequest(id, sequence), inetAddress(target, 0)),
    close: () => receiver.stop(),
  };
}

const MAX_HEADER = 60;

/** An echo request without data. */
export function echoRequest(id: number, sequence: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(ICMP_HEADER));
  view.setUint8(0, ECHO_REQUEST);
  view.setUint16(IDENTIFIER, id);
  view.setUint16(SEQUENCE, sequence);
  view.setUint16(2, checksum(sum(view, 0, ICMP_HEADER)));
  return new Uint8Array(view.buffer);
}

/** What a raw socket received: a whole IPv4 packet; undefined for anything but an echo reply. */
export function readAnswer(bytes: Uint8Array): { source: IPv4; id: number; sequence: number } | undefined {
  if (bytes.length < MIN_IPV4_HEADER) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const message = (view.getUint8(0) & 0x0f) * 4;
  if (message < MIN_IPV4_HEADER || bytes.length < message + ICMP_HEADER) return undefined;
  if (type(view, message) !== ECHO_REPLY) return undefined;
  return {
    source: view.getUint32(12),
    id: identifier(view, message),
    sequence: view.getUint16(message + SEQUENCE),
  };
}
