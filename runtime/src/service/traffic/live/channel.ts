import { parseRemote } from "../../../addr/remote.ts";
import type { PacketRecord, SumsRecord } from "../../../traffic/feed/records.ts";
import type { Remote } from "../../../traffic/names/remote.ts";
import { modeFrame, namesFrame, PacketsFrame, SumsFrame } from "../../../wire/live/encode.ts";
import type { LiveName, LiveReason } from "../../../wire/live/frame.ts";
import type { KnownName } from "../name-book.ts";
import { keyText, nameKey } from "../remote-key.ts";
import { TICK } from "../span.ts";

/** Packets a second: more than an eye can follow, and 92 KB a second for a telephone's radio. */
export const PACKET_BUDGET = 2000;
/** Bytes on their way to the client: past the first, more than a second's packets, no packets are sent; past the second nothing. */
export const SLOW = 128 * 1024;
export const STALLED = 512 * 1024;
/** Milliseconds of the budget's window, and of calm before packets are sent again. */
const WINDOW = 1000;
/** Records of one tick; more than a home has pairs at once. What is past it is in the sums of its device's OTHERS. */
const MAX_SUMS = 2048;
const MAX_DEVICES = 1024;
/** Remotes a client was told the names of; past that it is told again. */
const MAX_NAMED = 16_384;
/** Names looked up in one tick. */
const MAX_LOOKUPS = 256;

const OTHERS = new Uint32Array(4);

/** What a client has selected; `device` is a MAC address as a number. */
export interface ChannelSelection {
  readonly device: number | undefined;
  readonly packets: boolean;
}

type Rest = [up: number, down: number, upPackets: number, downPackets: number];

/**
 * Live frames for one client: sums of each tick, and packets while they are few enough and the client takes them. A client that takes
 * nothing gets nothing until it does; the sums it has missed are in the history. Times are ms of a clock that nobody sets.
 */
export class LiveChannel {
  readonly #emit: (frame: Uint8Array<ArrayBuffer>) => void;
  readonly #nameOf: (device: number, remote: Remote) => KnownName | undefined;
  readonly #packets = new PacketsFrame(PACKET_BUDGET);
  readonly #sums = new SumsFrame(MAX_SUMS + MAX_DEVICES);
  readonly #rest = new Map<number, Rest>();
  readonly #named = new Set<Remote>();
  #names: LiveName[] = [];
  #lookups = 0;
  #selection: ChannelSelection;
  #mode: "packets" | "sums" = "sums";
  #why: LiveReason = "asked";
  #leftOut = 0;
  #windowStart = 0;
  #inWindow = 0;
  /** Frames handed out that the connection was not offered yet, and what it has not sent of those that it was, in bytes. */
  #underWay = 0;
  #unsent = 0;

  constructor(
    selection: ChannelSelection,
    now: number,
    emit: (frame: Uint8Array<ArrayBuffer>) => void,
    nameOf: (device: number, remote: Remote) => KnownName | undefined,
  ) {
    this.#emit = emit;
    this.#nameOf = nameOf;
    this.#selection = selection;
    this.select(selection, now);
  }

  get wantsPackets(): boolean {
    return this.#selection.packets;
  }

  select(selection: ChannelSelection, now: number): void {
    this.#selection = selection;
    this.#packets.clear();
    this.#windowStart = now;
    this.#inWindow = 0;
    this.#leftOut = 0;
    this.#switch(selection.packets && this.#backlog <= SLOW ? "packets" : "sums", this.#reason);
  }

  /** The connection was offered a frame of `length` bytes, and has yet to send `unsent`. */
  offered(length: number, unsent: number): void {
    this.#underWay -= length;
    this.#unsent = unsent;
  }

  /** Takes a packet, when it is of the device that is meant. Makes no object. */
  packet(packet: PacketRecord): void {
    const { device, packets } = this.#selection;
    if (!packets || (device !== undefined && packet.device !== device)) return;
    this.#inWindow++;
    if (this.#mode === "packets" && this.#inWindow > PACKET_BUDGET) this.#switch("sums", "budget");
    if (this.#mode === "sums" || !this.#packets.add(packet)) this.#leftOut++;
  }

  /** Takes the sums of a tick, one after the other; `endTick` sends them. */
  sum(sums: SumsRecord): void {
    const { device, remote, protocol, port, upBytes, downBytes, upPackets, downPackets } = sums;
    if (this.#selection.device !== undefined && device !== this.#selection.device) return;
    if (this.#sums.count < MAX_SUMS) {
      this.#sums.add(device, remote, protocol, port, upBytes, downBytes, upPackets, downPackets);
      this.#name(device, remote);
      return;
    }
    const rest = this.#rest.get(device) ?? [0, 0, 0, 0];
    this.#rest.set(device, [
      rest[0] + upBytes,
      rest[1] + downBytes,
      rest[2] + upPackets,
      rest[3] + downPackets,
    ]);
  }

  /** Ends a tick: names first, so that the client knows of whom it reads. */
  endTick(tick: number): void {
    this.#sums.at = tick * TICK;
    for (const [device, [up, down, upPackets, downPackets]] of this.#rest)
      this.#sums.add(device, OTHERS, 0, 0, up, down, upPackets, downPackets);
    if (this.#backlog <= STALLED) {
      if (this.#names.length > 0) this.#send(namesFrame(this.#names));
      this.#send(this.#sums.written().slice());
    } else for (const { remote } of this.#names) this.renamed(nameKey(parseRemote(remote)!));
    this.#rest.clear();
    this.#sums.clear();
    this.#names = [];
    this.#lookups = 0;
  }

  /** Sends the packets there are, and turns to what the client can take. */
  turn(now: number): void {
    if (this.#mode === "packets" && this.#backlog > SLOW) {
      this.#leftOut += this.#packets.count;
      this.#packets.clear();
      this.#switch("sums", "slow");
    }
    this.#sendPackets();
    if (now - this.#windowStart < WINDOW) return;
    const isCalm = this.#inWindow <= PACKET_BUDGET && this.#backlog <= SLOW;
    this.#windowStart = now;
    this.#inWindow = 0;
    if (!this.#selection.packets || this.#mode === "packets") return;
    if (isCalm) this.#switch("packets", this.#why);
    // Also tells how far a stalled connection has come.
    else this.#switch("sums", this.#backlog > SLOW ? "slow" : "budget");
  }

  /** `remote` has another name now. */
  renamed(remote: Remote): void {
    this.#named.delete(remote);
  }

  get #backlog(): number {
    return this.#underWay + this.#unsent;
  }

  get #reason(): LiveReason {
    return this.#selection.packets && this.#backlog > SLOW ? "slow" : "asked";
  }

  #switch(mode: "packets" | "sums", why: LiveReason): void {
    this.#sendPackets();
    this.#mode = mode;
    this.#why = why;
    this.#send(modeFrame(mode, why, this.#leftOut));
    this.#leftOut = 0;
  }

  #sendPackets(): void {
    if (this.#packets.count === 0) return;
    this.#send(this.#packets.written().slice());
    this.#packets.clear();
  }

  #send(frame: Uint8Array<ArrayBuffer>): void {
    this.#underWay += frame.length;
    this.#emit(frame);
  }

  #name(device: number, words: Uint32Array): void {
    const remote = nameKey(words);
    if (this.#lookups >= MAX_LOOKUPS || this.#named.has(remote)) return;
    this.#lookups++;
    const known = this.#nameOf(device, remote);
    if (known === undefined) return;
    if (this.#named.size >= MAX_NAMED) this.#named.clear();
    this.#named.add(remote);
    this.#names.push({ remote: keyText(remote), ...known });
  }
}
