import { parseIPv4 } from "../../addr/ipv4.ts";
import {
  fragmentOffset,
  headerLength,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  protocol,
  totalLength,
} from "../../wire/ipv4.ts";
import { startsLongHeader } from "../../wire/quic/long-header.ts";
import { dataOffset, flags, MIN_TCP_HEADER, SYN } from "../../wire/tcp.ts";
import type { ClientHello, HelloFault } from "../../wire/tls/client-hello.ts";
import { startsClientHello } from "../../wire/tls/records.ts";
import { readHello } from "../../wire/tls/segmented-hello.ts";
import { UDP_HEADER } from "../../wire/udp.ts";
import { displayableName } from "./displayable.ts";
import { FLOW_WORDS, type PendingHello, PendingHellos } from "./pending-hellos.ts";

/** The server's name that a device sent in clear. */
export interface SeenServerName {
  /** Displayable, never empty, no address. */
  readonly name: string;
  readonly transport: "tls" | "quic";
  /** An encrypted ClientHello came along: the name may be that of the server's host. */
  readonly maybeOuter: boolean;
}

const IPV6_HEADER = 40;
const IPV6_ADDRESSES = 8;
const IPV4_ADDRESSES = 12;
const TCP_SEQUENCE = 4;

/**
 * Datagrams that are decrypted at once and per second. Each takes up to a tenth of a millisecond, and a device could send no end of
 * them; a browser opens a few dozen connections at a time.
 */
const BURST = 128;
const PER_SECOND = 256;

/**
 * Finds the server's name in what devices send: TLS over TCP and QUIC over UDP on any port. Most packets cost a few compares and
 * no memory; what is not whole yet is kept for a bounded number of flows.
 */
export class ServerNames {
  readonly #pending: PendingHellos;
  readonly #key = new Int32Array(FLOW_WORDS);
  #credit = BURST;
  #creditAt = 0;
  /** Datagrams left unread because there were too many. */
  skipped = 0;

  constructor(flows = 64) {
    this.#pending = new PendingHellos(flows);
  }

  /**
   * Looks at the IP packet at `packet`, of which `available` octets are there, on its way from a device; `now` is ms. Fragments and
   * IPv6 packets with extension headers tell nothing.
   */
  read(view: DataView, packet: number, available: number, now: number): SeenServerName | undefined {
    // None with a name is smaller, and what is larger has the whole of an IPv6 header.
    if (available < IPV6_HEADER) return undefined;
    const isIPv6 = view.getUint8(packet) >>> 4 === 6;
    const header = isIPv6 ? IPV6_HEADER : headerLength(view, packet, available);
    if (header < 0) return undefined;
    const carried = isIPv6 ? view.getUint8(packet + 6) : protocol(view, packet);
    const captured = packet + available;
    if (carried === PROTOCOL_TCP) return this.#readSegment(view, packet, packet + header, captured);
    if (carried !== PROTOCOL_UDP) return undefined;
    return this.#readDatagram(view, packet, packet + header, captured, now);
  }

  #readSegment(
    view: DataView,
    packet: number,
    segment: number,
    captured: number,
  ): SeenServerName | undefined {
    if (segment + MIN_TCP_HEADER >= captured) return undefined;
    const offset = dataOffset(view, segment);
    const payload = segment + offset;
    if (offset < 0 || payload >= captured) return undefined;
    const ports = view.getInt32(segment);
    const mayContinue = this.#pending.mayHold(ports);
    // The first octet alone, as padding of the frame may follow it.
    if (!mayContinue && !startsClientHello(view, payload, 1)) return undefined;
    const end = endOf(view, packet, captured);
    if (payload >= end) return undefined;
    const octets = octetsOf(view, payload, end);
    this.#setKey(view, packet, PROTOCOL_TCP, ports);
    const sequence = (view.getUint32(segment + TCP_SEQUENCE) + (flags(view, segment) & SYN ? 1 : 0)) >>> 0;
    const pending = mayContinue ? this.#pending.find(this.#key) : undefined;
    if (pending?.segmented.covers(sequence)) return this.#continue(pending, sequence, octets);
    return startsClientHello(view, payload, octets.length)
      ? this.#begin(pending, sequence, octets)
      : undefined;
  }

  #begin(
    pending: PendingHello | undefined,
    sequence: number,
    octets: Uint8Array,
  ): SeenServerName | undefined {
    const hello = readHello(octets);
    if (hello === "incomplete") {
      const place = pending ?? this.#pending.open(this.#key);
      place.segmented.start(sequence);
      place.segmented.push(sequence, octets);
    } else if (pending !== undefined) this.#pending.close(pending);
    return seen(hello, "tls");
  }

  #continue(pending: PendingHello, sequence: number, octets: Uint8Array): SeenServerName | undefined {
    const hello = pending.segmented.push(sequence, octets);
    if (hello !== "incomplete") this.#pending.close(pending);
    return seen(hello, "tls");
  }

  #readDatagram(
    view: DataView,
    packet: number,
    datagram: number,
    captured: number,
    now: number,
  ): SeenServerName | undefined {
    const payload = datagram + UDP_HEADER;
    if (!startsLongHeader(view, payload, captured - payload)) return undefined;
    const end = endOf(view, packet, captured);
    if (payload >= end) return undefined;
    const ports = view.getInt32(datagram);
    this.#setKey(view, packet, PROTOCOL_UDP, ports);
    const known = this.#pending.mayHold(ports) ? this.#pending.find(this.#key) : undefined;
    if (known?.done || !this.#afford(now)) return undefined;
    const pending = known ?? this.#pending.open(this.#key);
    if (known === undefined) pending.initial.start();
    const hello = pending.initial.push(octetsOf(view, payload, end));
    // The flow keeps its place: what else its client sends need not be decrypted.
    pending.done = hello !== "incomplete";
    return seen(hello, "quic");
  }

  #afford(now: number): boolean {
    this.#credit = Math.min(BURST, this.#credit + (Math.max(0, now - this.#creditAt) * PER_SECOND) / 1000);
    this.#creditAt = now;
    if (this.#credit < 1) {
      this.skipped++;
      return false;
    }
    this.#credit--;
    return true;
  }

  #setKey(view: DataView, packet: number, carried: number, ports: number): void {
    const isIPv6 = view.getUint8(packet) >>> 4 === 6;
    const addresses = packet + (isIPv6 ? IPV6_ADDRESSES : IPV4_ADDRESSES);
    this.#key.fill(0);
    this.#key[0] = carried | (isIPv6 ? 0x100 : 0);
    this.#key[1] = ports;
    for (let word = 0; word < (isIPv6 ? 8 : 2); word++)
      this.#key[2 + word] = view.getInt32(addresses + 4 * word);
  }
}

/** Where the packet's payload ends, before any padding of its frame; where it starts for a fragment that is not the first. */
function endOf(view: DataView, packet: number, captured: number): number {
  const isIPv6 = view.getUint8(packet) >>> 4 === 6;
  if (!isIPv6 && fragmentOffset(view, packet) !== 0) return packet;
  const stated = isIPv6 ? view.getUint16(packet + 4) : totalLength(view, packet);
  // A super-packet over 64 KB has no length of its own.
  return stated === 0 ? captured : Math.min(packet + (isIPv6 ? IPV6_HEADER : 0) + stated, captured);
}

function octetsOf(view: DataView, from: number, to: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + from, to - from);
}

function seen(hello: ClientHello | HelloFault, transport: "tls" | "quic"): SeenServerName | undefined {
  if (typeof hello === "string" || hello.serverName === undefined) return undefined;
  const name = displayableName(hello.serverName);
  // Addresses are no names (RFC 6066 section 3), though some programs send them.
  return name === "" || parseIPv4(name) !== undefined
    ? undefined
    : { name, transport, maybeOuter: hello.encryptedHello };
}
