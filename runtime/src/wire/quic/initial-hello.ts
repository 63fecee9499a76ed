import { type ClientHello, type HelloFault, parseClientHello } from "../tls/client-hello.ts";
import type { HelloBuffer } from "../tls/hello-buffer.ts";
import { collectCrypto } from "./crypto-frames.ts";
import { type InitialKeys, initialKeys } from "./initial-keys.ts";
import { type LongPacket, parseLongPacket } from "./long-header.ts";
import { unprotect } from "./protection.ts";

/** Packets looked at in one datagram; a first flight coalesces two or three. */
const MAX_COALESCED = 4;

/** The ClientHello in the Initial packets of one QUIC connection's client, from CRYPTO frames in any order and any packet. */
export class InitialHello {
  #keys: InitialKeys | undefined;

  constructor(private readonly buffer: HelloBuffer) {}

  /** Begins anew, with another connection. */
  start(): void {
    this.#keys = undefined;
    this.buffer.clear();
  }

  /**
   * Takes a datagram the client sent. "incomplete" also when it told nothing. Never throws; removes the protection of at most four
   * packets, each with two keys.
   */
  push(datagram: Uint8Array): ClientHello | HelloFault {
    let at = 0;
    for (let packets = 0; packets < MAX_COALESCED && at < datagram.length; packets++) {
      const packet = parseLongPacket(datagram, at);
      if (packet === undefined) break;
      const frames = packet.isInitial ? this.#open(datagram, packet) : undefined;
      if (frames !== undefined) collectCrypto(frames, this.buffer);
      at = packet.end;
    }
    const hello = parseClientHello(this.buffer.start);
    return hello === "incomplete" && this.buffer.isFull ? "too long" : hello;
  }

  /**
   * Once the server has spoken, the client addresses it by another connection ID and keeps its keys; after a Retry it begins anew
   * with keys from that (RFC 9001 section 5.2), as does another connection.
   */
  #open(datagram: Uint8Array, packet: LongPacket): Uint8Array | undefined {
    const known = this.#keys && unprotect(datagram, packet, this.#keys);
    if (known !== undefined) return known;
    const keys = initialKeys(packet.version, packet.destinationId, "client");
    const frames = unprotect(datagram, packet, keys);
    if (frames === undefined) return undefined;
    this.start();
    this.#keys = keys;
    return frames;
  }
}
