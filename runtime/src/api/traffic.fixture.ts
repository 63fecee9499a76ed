import { type Mac, macNumber } from "../addr/mac.ts";
import { CaptureDownload } from "../service/traffic/download.ts";
import type { Names } from "../service/traffic/selection.ts";
import type {
  CaptureSelection,
  CaptureSummary,
  DnsQuestion,
  Grouping,
  GroupKey,
  LiveSelection,
  LiveSink,
  LiveWatch,
  RangeQuery,
  SeriesQuery,
  Sums,
  TopQuery,
  TotalsQuery,
  TrafficExtent,
  TrafficNotice,
  TrafficSeries,
  TrafficSource,
  TrafficStatistics,
  TrafficTop,
  TrafficTotal,
} from "../service/traffic/source.ts";
import { captureMemoryLength, formatCaptureMemory } from "../traffic/capture/memory.ts";
import { CaptureRecorder } from "../traffic/capture/recorder.ts";
import { INBOUND } from "../wire/capture/frame.ts";

export const TV = "02:00:5e:00:00:01" as Mac;
export const GUEST = "02:00:5e:00:00:02" as Mac;

/** The groups there are; the second one's domain is one that a spreadsheet would compute. */
export const GROUPS: Record<Grouping, GroupKey[]> = {
  device: [{ device: TV }, { device: GUEST }],
  remote: [
    { remote: "203.0.113.9", name: "cdn.example.net", evidence: "asked", domain: "example.net" },
    { remote: "2001:db8::7", domain: "2001:db8::7" },
    { remote: "others", domain: "others" },
  ],
  domain: [{ domain: "example.net" }, { domain: '-2+3,"x".example' }],
  service: [
    { protocol: 6, port: 443, service: "web" },
    { protocol: 17, port: 443, service: "web (QUIC)" },
    { protocol: 50, port: 0, service: "VPN" },
  ],
};

/** What the group of this number moves in the step that begins at `at`: the last of several is silent in every other step. */
export function moved(at: number, step: number, group: number, groups: number): Sums {
  const isSilent = groups > 1 && group === groups - 1 && (at / step) % 2 === 0;
  const up = isSilent ? 0 : 1000 * (groups - group) + ((at / step) % 7);
  return { up, down: 2 * up, upPackets: Math.ceil(up / 100), downPackets: Math.ceil(up / 50) };
}

/** The account of a home that moves the same every day; says what it is asked, and what a test lets it say. */
export class QuietTraffic implements TrafficSource {
  readonly asked: { what: string; query: unknown }[] = [];
  readonly watches: QuietWatch[] = [];
  readonly frames = new QuietFrames();
  /** Of everything it is asked. */
  refusal: Error | undefined;
  /** Before each series but the first. */
  pause: (() => Promise<void>) | undefined;

  async series(query: SeriesQuery): Promise<TrafficSeries> {
    if (this.asked.some(({ what }) => what === "series")) await this.pause?.();
    this.hear("series", query);
    const { from, to, step, by, top } = query;
    const keys = by === undefined ? [{}] : GROUPS[by];
    const times = Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => from + i * step);
    const groups = keys.slice(0, top).map((key, group) => {
      const steps = times.map((at) => moved(at, step, group, keys.length));
      const each = (field: keyof Sums) => steps.map((sums) => sums[field]);
      return {
        key,
        up: each("up"),
        down: each("down"),
        upPackets: each("upPackets"),
        downPackets: each("downPackets"),
      };
    });
    return { from, step, groups };
  }

  async totals(query: TotalsQuery): Promise<TrafficTotal[]> {
    this.hear("totals", query);
    const keys = GROUPS[query.by];
    return keys.slice(0, query.top).map((key, group) => ({ key, ...moved(0, 2, group, keys.length + 1) }));
  }

  async statistics(query: RangeQuery): Promise<TrafficStatistics> {
    this.hear("statistics", query);
    const one = { total: 10, mean: 0.5, peak: 4, peakAt: query.from, percentile95: 3 };
    return { step: 100, recorded: 20_000, up: one, down: one, upPackets: 1, downPackets: 2 };
  }

  async top(query: TopQuery): Promise<TrafficTop> {
    this.hear("top", query);
    const keys = query.by === "protocol" ? [{ protocol: 6 }, { protocol: 17 }] : GROUPS[query.by];
    const groups = keys.slice(0, query.count).map((key, group) => ({ key, ...moved(0, 2, group, 4) }));
    return { from: 90_000, to: 99_900, groups };
  }

  async extent(): Promise<TrafficExtent> {
    this.hear("extent", undefined);
    return {
      oldest100ms: 3,
      oldestSecond: 2,
      oldestMinute: 1,
      oldestService: 3,
      budgetBytes: 100,
      usedBytes: 50,
      pairs: 4,
      bytesPerPairAndHour: 2.5,
      captureLimitBytes: 170_000_000,
      storedBytes: 7,
      frames: 1000,
      dropped: 1,
      lostTicks: 0,
    };
  }

  async questions(device: Mac): Promise<DnsQuestion[]> {
    this.hear("questions", device);
    return [{ at: 5, name: "example.net", type: "A", outcome: "answered", addresses: ["203.0.113.9"] }];
  }

  notices(): TrafficNotice[] {
    const evidence = { from: 1, to: 2, remote: "203.0.113.9", domain: "example.net" };
    return [{ id: "upload 1/2", kind: "upload", at: 2, device: TV, text: "Much", hint: "Look", evidence }];
  }

  silenced(): TrafficNotice[] {
    const evidence = { from: 3, to: 4 };
    return [{ id: "new/3", kind: "new-device", at: 3, device: GUEST, text: "New", hint: "Look", evidence }];
  }

  async silence(id: string): Promise<void> {
    this.hear("silence", id);
  }

  async unsilence(id: string): Promise<void> {
    this.hear("unsilence", id);
  }

  async forget(device?: Mac): Promise<void> {
    this.hear("forget", device);
  }

  async captures(): Promise<CaptureSummary[]> {
    this.hear("captures", undefined);
    return [{ device: TV, oldest: 1, newest: 2, frames: 3, capacity: 5_000_000, used: 300 }];
  }

  capture(selection: CaptureSelection): ReadableStream<Uint8Array> {
    this.hear("capture", selection);
    return this.frames.file(selection);
  }

  watch(selection: LiveSelection, sink: LiveSink): LiveWatch {
    const watch = new QuietWatch(selection, sink);
    this.watches.push(watch);
    return watch;
  }

  private hear(what: string, query: unknown): void {
    this.asked.push({ what, query });
    if (this.refusal !== undefined) throw this.refusal;
  }
}

/** One who watches. */
export class QuietWatch implements LiveWatch {
  readonly selections: LiveSelection[];
  isOpen = true;

  constructor(
    selection: LiveSelection,
    readonly sink: LiveSink,
  ) {
    this.selections = [selection];
  }

  select(selection: LiveSelection): void {
    this.selections.push(selection);
  }

  close(): void {
    this.isOpen = false;
  }
}

/** Every address has the same name. */
const NAMES: Names = {
  look: () => ({ name: "cdn.example.net", evidence: "asked", domain: "example.net" }),
};

/** The captures of two devices. */
export class QuietFrames {
  readonly #memory = formatCaptureMemory(new ArrayBuffer(captureMemoryLength(2, 100_000)), 100_000);
  readonly #recorder = new CaptureRecorder(this.#memory);
  readonly #waiting = new Set<() => void>();
  /** Files that somebody reads. */
  open = 0;
  /** Ending the reading fails. */
  isAway = false;

  /** A frame of a device that was seen `ms` after the Unix epoch. */
  add(device: Mac, ms: number, bytes: Uint8Array): void {
    const seconds = Math.floor(ms / 1000);
    const nanoseconds = (ms - seconds * 1000) * 1e6;
    this.#recorder.append(
      macNumber(device),
      seconds,
      nanoseconds,
      INBOUND,
      bytes,
      0,
      bytes.length,
      bytes.length,
    );
    for (const wake of this.#waiting) wake();
  }

  file(selection: CaptureSelection): ReadableStream<Uint8Array> {
    const writer = { application: "Gatehouse", interfaceName: "br-lan" };
    const download = new CaptureDownload(this.#memory, selection, NAMES, writer, Number.MAX_SAFE_INTEGER);
    this.open++;
    return new ReadableStream(
      {
        pull: async (controller) => {
          let piece = download.next(0);
          while (piece.bytes.length === 0 && !piece.isLast) {
            await new Promise<void>((wake) => this.#waiting.add(wake));
            piece = download.next(0);
          }
          if (piece.bytes.length > 0) controller.enqueue(piece.bytes);
          if (!piece.isLast) return;
          this.open--;
          controller.close();
        },
        cancel: () => {
          this.open--;
          if (this.isAway) throw new Error("the thread is away");
        },
      },
      { highWaterMark: 0 },
    );
  }
}
