import type { FeedReader } from "../../runtime/src/traffic/feed/reader.ts";
import type { PacketRecord, SumsRecord } from "../../runtime/src/traffic/feed/records.ts";
import { until } from "./linux-namespace.ts";

const TICK_MS = 100;
/** Packets stay in the feed for a second at the least. */
const READ_EVERY = 20;

/** Bytes on the wire and packets, both ways. */
export interface Sums {
  upBytes: number;
  downBytes: number;
  upPackets: number;
  downPackets: number;
}

/** Adds up what a feed tells, while it goes on. */
export class FeedWatch {
  /** Of all devices, remotes and services, by ticks and by single packets. */
  readonly sums: Sums = { upBytes: 0, downBytes: 0, upPackets: 0, downPackets: 0 };
  readonly packetSums: Sums = { upBytes: 0, downBytes: 0, upPackets: 0, downPackets: 0 };
  /** Packets that the router handled, super-packets as one, and their bytes as its interfaces count them. */
  readonly handled = { packets: 0, bytes: 0 };
  readonly ticks: number[] = [];
  /** What the tap saw, frames within the home among them, and what the kernel had no room for. */
  frames = 0;
  dropped = 0;
  readonly #reader: FeedReader;
  readonly #rows: SumsRecord[] = [];
  readonly #timer = setInterval(() => this.#read(), READ_EVERY);

  constructor(reader: FeedReader) {
    this.#reader = reader;
  }

  /** Ends the reading once all is read that was seen by now. */
  async finish(): Promise<void> {
    const now = Math.floor(Date.now() / TICK_MS);
    await until("the tick to end", () => (this.ticks.at(-1) ?? 0) >= now);
    clearInterval(this.#timer);
  }

  get lost(): { ticks: number; packets: number } {
    return { ticks: this.#reader.lostTicks, packets: this.#reader.lostPackets };
  }

  /** The sums of one service. */
  sumsOf(protocol: number, port: number): Sums {
    const sums = { upBytes: 0, downBytes: 0, upPackets: 0, downPackets: 0 };
    for (const row of this.#rows) if (row.protocol === protocol && row.port === port) add(sums, row);
    return sums;
  }

  /** The devices that there were sums of. */
  get devices(): number[] {
    return [...new Set(this.#rows.map(({ device }) => device))];
  }

  #read(): void {
    this.#reader.readPackets((packet) => this.#addPacket(packet));
    this.#reader.readTicks(
      (row) => {
        add(this.sums, row);
        this.#rows.push({ ...row, remote: row.remote.slice() });
      },
      (tick, frames, dropped) => {
        this.ticks.push(tick);
        this.frames += frames;
        this.dropped += dropped;
      },
    );
  }

  #addPacket({ up, length, segments, remote, flags }: PacketRecord): void {
    this.packetSums[up ? "upBytes" : "downBytes"] += length;
    this.packetSums[up ? "upPackets" : "downPackets"] += segments;
    this.handled.packets++;
    // Ethernet, IP and TCP with time stamps, as all segments of Linux have but the first.
    const headers = 14 + (remote[2] === 0xffff ? 20 : 40) + 32;
    const repeated = segments > 1 && flags !== 0 ? (segments - 1) * headers : 0;
    this.handled.bytes += length - repeated;
  }
}

function add(sums: Sums, { upBytes, downBytes, upPackets, downPackets }: Sums): void {
  sums.upBytes += upBytes;
  sums.downBytes += downBytes;
  sums.upPackets += upPackets;
  sums.downPackets += downPackets;
}
