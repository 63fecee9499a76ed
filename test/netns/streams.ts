import { type Launch, Program } from "./program.ts";

export const STREAM_PORT = 5300;
export const DATAGRAM_PORT = 5301;
/** Milliseconds from one numbered datagram to the next. */
export const DATAGRAM_INTERVAL = 5;

/** What one end has seen until `at`. Gaps are milliseconds without data, the time up to the end included. */
export interface EndReport {
  at: number;
  streams: {
    number: number;
    received: number;
    largestGap: number;
    faults: { at: number; what: string }[];
  }[];
  /** The client's end only; `lost` are the numbers that no answer came for, `sources` what the server saw them come from. */
  datagrams: {
    sent: number;
    lost: number[];
    duplicates: number;
    largestGap: number;
    sources: string[];
  } | null;
}

/** Both ends together: every stream counts twice, once for each direction. */
export interface StreamsReport {
  directions: number;
  faults: string[];
  leastReceived: number;
  largestGap: number;
  datagrams: NonNullable<EndReport["datagrams"]>;
}

/** Streams between two places, running from `open` to `finish`. */
export class Streams {
  private constructor(
    private readonly server: Program<EndReport>,
    private readonly client: Program<EndReport>,
  ) {}

  /** Opens `count` streams to `address`, each with `rate` bytes a second in each direction, and a flow of numbered datagrams. */
  static async open(
    client: Launch,
    server: Launch,
    address: string,
    count: number,
    rate: number,
  ): Promise<Streams> {
    const words = [address, String(count), String(rate)];
    const served = await Program.start<EndReport>(server, "streams-process.ts", "serve", ...words);
    return new Streams(
      served,
      await Program.start<EndReport>(client, "streams-process.ts", "open", ...words),
    );
  }

  /** Ends them, the client first: what its end does to the streams is no fault. */
  async finish(): Promise<StreamsReport> {
    const opened = await this.client.report();
    const served = await this.server.report();
    const directions = [...served.streams, ...opened.streams];
    const early = directions.flatMap(({ number, faults }) => {
      return faults.filter(({ at }) => at < opened.at).map(({ what }) => `stream ${number}: ${what}`);
    });
    return {
      directions: directions.length,
      faults: early,
      leastReceived: Math.min(...directions.map(({ received }) => received)),
      largestGap: Math.max(...directions.map(({ largestGap }) => largestGap)),
      datagrams: opened.datagrams!,
    };
  }
}

/** Bytes that repeat after this many: prime, so that nothing lost or sent twice goes unnoticed. */
const PERIOD = 65521;

/** The content of one direction of one stream. */
class Content {
  /** Twice the period, so that a piece from anywhere is one slice. */
  readonly #bytes = new Uint8Array(2 * PERIOD);

  constructor(seed: number) {
    let state = seed;
    for (let i = 0; i < PERIOD; i++) {
      // xorshift32
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      this.#bytes[i] = this.#bytes[i + PERIOD] = state & 255;
    }
  }

  /** At most `length` bytes of it from byte `position` on. */
  from(position: number, length: number): Uint8Array {
    const start = position % PERIOD;
    return this.#bytes.subarray(start, start + Math.min(length, PERIOD));
  }
}

const contents = new Map<number, Content>();

export function contentOf(stream: number, direction: "up" | "down"): Content {
  const seed = 2 * stream + (direction === "up" ? 1 : 2);
  const content = contents.get(seed) ?? new Content(seed * 0x9e3779b1);
  contents.set(seed, content);
  return content;
}
