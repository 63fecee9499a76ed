import { join } from "node:path";
import { formatIPv4, type IPv4 } from "../../addr/ipv4.ts";
import { type Mac, macFromNumber } from "../../addr/mac.ts";
import type { Config } from "../../config/schema.ts";
import type { Notice } from "../../traffic/analysis/notice.ts";
import { worded } from "../../traffic/analysis/words.ts";
import { createLog } from "../log.ts";
import { captureStream } from "./capture-stream.ts";
import { Watches } from "./live/watches.ts";
import type { FromThread } from "./messages.ts";
import { RateLimit } from "./rate-limit.ts";
import type { RollupLimits } from "./rollups/rollup-store.ts";
import type {
  CaptureSelection,
  CaptureSummary,
  DnsQuestion,
  LiveSelection,
  LiveSink,
  LiveWatch,
  RangeQuery,
  SeriesQuery,
  TopQuery,
  TotalsQuery,
  TrafficExtent,
  TrafficNotice,
  TrafficSeries,
  TrafficSource,
  TrafficStatistics,
  TrafficTop,
  TrafficTotal,
} from "./source.ts";
import { Thread } from "./thread.ts";

export interface TrafficOptions {
  version: string;
  /** The folder of what must survive a reboot. */
  state: string;
  /** The folder of what the data plane shares. */
  run: string;
  settings: Config["traffic"];
  /** What the owner knows a device by. */
  nameOf(device: Mac): string;
  /** Asks the upstreams a DNS query; the reply may never come. */
  resolve(query: Uint8Array, onReply: (bytes: Uint8Array) => void): void;
  /** Makes the data plane end its captures of a device, or of all. Rejects when it is away. */
  forgetCaptures(device: Mac | undefined): Promise<void>;
  /** `faults` are others now. */
  onFaults(): void;
  /** `notices` or `silenced` are others now. */
  onNotices(): void;
}

/** Milliseconds: a thread that does not answer must not keep the program from ending. */
const REMEMBER_WITHIN = 3000;

/** Answers of the name server a second that are noted: homes ask some tens, and who floods it must not fill the thread's queue. */
const MAX_ANSWERS = 500;

const log = createLog("traffic");

/** The account of the home's traffic: kept by a thread of its own, which this one only asks. */
export class TrafficService implements TrafficSource {
  /** One text for each thing that the owner should know. */
  get faults(): string[] {
    return this.#threadFault === "" ? this.#recordFaults : [this.#threadFault, ...this.#recordFaults];
  }

  readonly #options: TrafficOptions;
  readonly #thread: Thread;
  readonly #watches: Watches;
  #notices: Notice[] = [];
  #silenced: Notice[] = [];
  #threadFault = "";
  #recordFaults: string[] = [];
  #notRecorded: ReadonlySet<string>;
  /** By address, dotted decimal. */
  #devices: ReadonlyMap<string, Mac> = new Map();
  #present: ReadonlySet<Mac> = new Set();
  readonly #answers = new RateLimit(MAX_ANSWERS);

  constructor(options: TrafficOptions) {
    const { state, run, settings, version } = options;
    this.#options = options;
    this.#notRecorded = new Set(settings.notRecorded);
    this.#thread = new Thread(
      {
        store: join(state, "traffic"),
        limits: limitsOf(settings),
        feed: join(run, "traffic"),
        captures: join(run, "captures"),
        historyMegabytes: settings.historyMegabytes,
        application: `Gatehouse ${version}`,
      },
      { onMessage: (message) => this.#hear(message), onRestart: () => this.#resume() },
      log,
    );
    this.#watches = new Watches((message) => this.#thread.tell(message));
  }

  series(query: SeriesQuery): Promise<TrafficSeries> {
    return this.#thread.ask("series", query);
  }

  totals(query: TotalsQuery): Promise<TrafficTotal[]> {
    return this.#thread.ask("totals", query);
  }

  statistics(query: RangeQuery): Promise<TrafficStatistics> {
    return this.#thread.ask("statistics", query);
  }

  top(query: TopQuery): Promise<TrafficTop> {
    return this.#thread.ask("top", query);
  }

  extent(): Promise<TrafficExtent> {
    return this.#thread.ask("extent");
  }

  questions(device: Mac): Promise<DnsQuestion[]> {
    return this.#thread.ask("questions", device);
  }

  notices(): TrafficNotice[] {
    return this.#notices.map((notice) => this.#worded(notice));
  }

  silenced(): TrafficNotice[] {
    return this.#silenced.map((notice) => this.#worded(notice));
  }

  silence(id: string): Promise<void> {
    return this.#thread.ask("silence", id);
  }

  unsilence(id: string): Promise<void> {
    return this.#thread.ask("unsilence", id);
  }

  async forget(device?: Mac): Promise<void> {
    // First of all what more is recorded from; but what can be ended here is, whether or not the data plane is there.
    const [captures] = await Promise.allSettled([this.#options.forgetCaptures(device)]);
    await this.#thread.ask("forget", device);
    if (captures.status === "rejected") throw captures.reason;
  }

  captures(): Promise<CaptureSummary[]> {
    return this.#thread.ask("captures");
  }

  capture(selection: CaptureSelection): ReadableStream<Uint8Array> {
    return captureStream(this.#thread, selection);
  }

  watch(selection: LiveSelection, sink: LiveSink): LiveWatch {
    return this.#watches.open(selection, sink);
  }

  /** Takes other settings. */
  configure(settings: Config["traffic"]): void {
    this.#notRecorded = new Set(settings.notRecorded);
    this.#thread.limit(limitsOf(settings), settings.historyMegabytes);
  }

  /** Who is there now: the addresses, dotted decimal, of devices. */
  updateDevices(addresses: ReadonlyMap<Mac, string>, at: number): void {
    this.#devices = new Map([...addresses].map(([mac, address]) => [address, mac]));
    for (const device of addresses.keys())
      if (!this.#present.has(device)) this.#thread.tell({ type: "arrived", device, at });
    this.#present = new Set(addresses.keys());
  }

  /** The name server has told the client at `address` the DNS message `bytes`. */
  told(address: IPv4, bytes: Uint8Array): void {
    const device = this.#devices.get(formatIPv4(address));
    if (device === undefined || this.#notRecorded.has(device) || !this.#answers.admits()) return;
    this.#thread.tell({ type: "told", device, bytes, at: Date.now() });
  }

  /** Writes down what is not on the disk yet, in a few seconds at most. */
  async remember(): Promise<void> {
    await Promise.race([this.#thread.ask("remember"), Bun.sleep(REMEMBER_WITHIN)]);
  }

  #worded(notice: Notice): TrafficNotice {
    return worded(notice, this.#options.nameOf(macFromNumber(notice.device)));
  }

  #hear(message: Exclude<FromThread, { type: "answer" | "refusal" }>): void {
    switch (message.type) {
      case "frame":
        this.#watches.offer(message.watch, message.frame);
        return;
      case "resolve":
        this.#options.resolve(message.query, (bytes) => this.#thread.tell({ type: "resolved", bytes }));
        return;
      case "notices":
        this.#notices = message.notices;
        this.#silenced = message.silenced;
        this.#options.onNotices();
        return;
      case "faults":
        this.#recordFaults = message.faults;
        this.#options.onFaults();
    }
  }

  /** A new thread has the sums on the disk, and what the feed still has. */
  #resume(): void {
    const at = new Date().toISOString().slice(11, 16);
    this.#threadFault = `The record of traffic failed and was begun anew at ${at} UTC; of the time before, seconds and minutes are left.`;
    this.#recordFaults = [];
    this.#present = new Set();
    this.#watches.resume();
    this.#options.onFaults();
  }
}

function limitsOf({ keepSecondsDays, keepMinutesDays }: Config["traffic"]): RollupLimits {
  return { keepSecondsDays, keepMinutesDays };
}
