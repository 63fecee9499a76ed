import type { PacketRecord, SumsRecord } from "../../../traffic/feed/records.ts";
import type { Remote } from "../../../traffic/names/remote.ts";
import type { NameBook } from "../name-book.ts";
import { type ChannelSelection, LiveChannel } from "./channel.ts";

/** The live channels of all who watch, by the number the main thread knows each by. */
export class LiveStreams {
  readonly #channels = new Map<number, LiveChannel>();

  constructor(
    private readonly book: NameBook,
    private readonly emit: (watch: number, frame: Uint8Array<ArrayBuffer>) => void,
  ) {}

  get isWatched(): boolean {
    return this.#channels.size > 0;
  }

  get wantsPackets(): boolean {
    for (const channel of this.#channels.values()) if (channel.wantsPackets) return true;
    return false;
  }

  /** Opens the channel, or changes what it carries. */
  select(watch: number, selection: ChannelSelection, now: number): void {
    const open = this.#channels.get(watch);
    if (open !== undefined) {
      open.select(selection, now);
      return;
    }
    const emit = (frame: Uint8Array<ArrayBuffer>) => this.emit(watch, frame);
    const nameOf = (device: number, remote: Remote) => this.book.name(device, remote);
    this.#channels.set(watch, new LiveChannel(selection, now, emit, nameOf));
  }

  close(watch: number): void {
    this.#channels.delete(watch);
  }

  offered(watch: number, length: number, unsent: number): void {
    this.#channels.get(watch)?.offered(length, unsent);
  }

  readonly packet = (packet: PacketRecord): void => {
    for (const channel of this.#channels.values()) channel.packet(packet);
  };

  sum(sums: SumsRecord): void {
    for (const channel of this.#channels.values()) channel.sum(sums);
  }

  endTick(tick: number): void {
    for (const channel of this.#channels.values()) channel.endTick(tick);
  }

  turn(now: number): void {
    for (const channel of this.#channels.values()) channel.turn(now);
  }

  renamed(remote: Remote): void {
    for (const channel of this.#channels.values()) channel.renamed(remote);
  }
}
