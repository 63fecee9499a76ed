import { type Mac, macNumber } from "../../addr/mac.ts";
import { TrafficAnalysis } from "../../traffic/analysis/analysis.ts";
import type { SumsRecord } from "../../traffic/feed/records.ts";
import { parseDns } from "../../wire/dns/message.ts";
import { mostCaptureBytes } from "../dataplane/recording-files.ts";
import { createLog } from "../log.ts";
import { TrafficAccounts } from "./accounts.ts";
import { FeedTail } from "./feed-tail.ts";
import { Keeping } from "./keeping.ts";
import { LiveStreams } from "./live/streams.ts";
import type { FromThread, ThreadOptions } from "./messages.ts";
import { NameBook } from "./name-book.ts";
import { QuestionLog } from "./questions.ts";
import { nameKey } from "./remote-key.ts";
import { ReverseNames } from "./reverse-names.ts";
import { type RollupLimits, RollupStore } from "./rollups/rollup-store.ts";
import type { TrafficExtent } from "./source.ts";
import { TICK } from "./span.ts";

/** Under which names the disk keeps what the analysis has learned, and what remotes are called. */
const ANALYSIS = "analysis";
const NAMES = "names";

const UNLEARNED =
  "What was learned of the devices' habits cannot be read and is learned anew. For some days there are fewer notices, and silenced ones may come again.";

const log = createLog("traffic");

/** Follows the data plane's feed: what it says is counted, named, looked at, shown to those who watch and kept. */
export class Recorder {
  readonly accounts: TrafficAccounts;
  readonly store: RollupStore;
  readonly book: NameBook;
  readonly live: LiveStreams;
  readonly questions = new QuestionLog();
  readonly analysis: TrafficAnalysis;
  readonly #feed: FeedTail;
  readonly #keeping: Keeping;
  #reverse: ReverseNames;
  readonly #tell: (message: FromThread) => void;
  /** Of the history in memory. */
  #megabytes: number;
  #frames = 0;
  #dropped = 0;
  #now = 0;
  #lastTick = 0;
  #shownNotices = "";
  #restoreFault = "";
  #shownFaults = "[]";

  constructor(options: ThreadOptions, tell: (message: FromThread) => void) {
    this.#tell = tell;
    this.#megabytes = options.historyMegabytes;
    this.accounts = new TrafficAccounts(options.historyMegabytes);
    this.store = RollupStore.open(options.store, options.limits, log);
    this.book = new NameBook((remote) => this.live.renamed(remote));
    this.live = new LiveStreams(this.book, (watch, frame) => tell({ type: "frame", watch, frame }));
    this.analysis = new TrafficAnalysis((device, remote) => {
      const known = this.book.name(device, nameKey(remote));
      return known && { name: known.name, source: known.evidence };
    });
    this.#restore();
    this.#keeping = new Keeping(this.accounts, this.store, this.questions);
    this.#reverse = this.#newReverseNames();
    this.#feed = new FeedTail(options.feed, this.store.position);
  }

  /** Reads what the feed has. `now` is ms of a clock that nobody sets. */
  turn(now: number): void {
    this.#now = now;
    const feed = this.#feed.reader(now);
    if (feed !== undefined) {
      feed.readServerNames(this.#onServerName);
      feed.readTicks(this.#onSums, (tick, frames, dropped) =>
        this.#onTick(tick, frames, dropped, feed.position),
      );
      if (this.live.wantsPackets) feed.readPackets(this.live.packet);
      else feed.skipPackets();
    }
    this.live.turn(now);
    this.#reverse.turn(now);
  }

  /** `device` got this DNS message, whose `at` is ms since the Unix epoch. */
  told(device: Mac, bytes: Uint8Array, at: number): void {
    const message = parseDns(bytes);
    if (typeof message === "string") return;
    this.questions.answered(device, message, at);
    this.book.answered(device, message, at);
  }

  /** The answer to a question about a remote's reverse name. */
  resolved(bytes: Uint8Array, at: number): void {
    const heard = this.#reverse.hear(bytes);
    if (heard !== undefined) this.book.reverse(heard.remote, heard.name, at);
  }

  /** Tells of notices and faults that have changed. */
  report(): void {
    const [notices, silenced] = [this.analysis.notices(), this.analysis.silenced()];
    const shown = JSON.stringify([notices, silenced]);
    if (shown !== this.#shownNotices) this.#tell({ type: "notices", notices, silenced });
    this.#shownNotices = shown;
    const faults = [this.store.fault, this.#restoreFault].filter((fault) => fault !== "");
    const shownFaults = JSON.stringify(faults);
    if (shownFaults !== this.#shownFaults) this.#tell({ type: "faults", faults });
    this.#shownFaults = shownFaults;
  }

  silence(id: string): void {
    this.analysis.silence(id);
    this.keepLearned();
    this.report();
  }

  unsilence(id: string): void {
    this.analysis.unsilence(id);
    this.keepLearned();
    this.report();
  }

  /** Writes down the traffic that is not on the disk yet. */
  keep(): void {
    this.#keeping.keep();
  }

  /** Writes down what the analysis has learned, and what remotes are called: traffic that is kept keeps its names. */
  keepLearned(): void {
    this.store.keep(ANALYSIS, this.analysis.snapshot());
    this.store.keep(NAMES, this.book.snapshot());
  }

  /** Takes other limits of the disk, and another size of the memory. Where that cannot be had, it stays as it is. */
  limit(limits: RollupLimits, megabytes: number): void {
    this.store.limit(limits);
    if (megabytes === this.#megabytes) return;
    // What memory gives up should be on the disk.
    this.#keeping.keep();
    try {
      this.accounts.resize(megabytes);
      this.#megabytes = megabytes;
    } catch (error) {
      log.error(
        `the history in memory stays at ${this.#megabytes} MB instead of ${megabytes}: ${(error as Error).message}`,
      );
    }
  }

  /** Ends on the disk what is too old. */
  expire(): void {
    if (this.#lastTick !== 0) this.store.expire(this.#lastTick);
  }

  /** Ends what is known of a device, or of all. Throws when the disk cannot. */
  forget(device: Mac | undefined): void {
    this.#keeping.keep();
    this.accounts.forget(device === undefined ? undefined : macNumber(device));
    this.analysis.forget(device === undefined ? undefined : macNumber(device));
    this.book.forget(device);
    this.questions.forget(device);
    if (device === undefined) this.#reverse = this.#newReverseNames();
    this.keepLearned();
    this.report();
    const isGone = this.store.forget(device === undefined ? undefined : macNumber(device));
    if (!isGone) throw new Error(`what is on the disk could not be deleted: ${this.store.fault}`);
  }

  extent(): TrafficExtent {
    const { remotes, since } = this.accounts;
    const { budget, bytesUsed, pairs, bytesPerPairAndHour, oldest100ms, oldestSecond, oldest } =
      remotes.stats();
    const services = this.accounts.services.stats();
    const stored = this.store.extent();
    const reach = (tick: number) => (since === 0 ? 0 : Math.max(since, tick));
    return {
      oldest100ms: reach(oldest100ms) * TICK,
      oldestSecond: earlier(reach(oldestSecond), stored.oldestSecond) * TICK,
      oldestMinute: earlier(reach(oldest), stored.oldestMinute) * TICK,
      oldestService: reach(services.oldest) * TICK,
      budgetBytes: budget + services.budget,
      usedBytes: bytesUsed + services.bytesUsed,
      pairs,
      bytesPerPairAndHour,
      captureLimitBytes: mostCaptureBytes(),
      storedBytes: this.store.bytes,
      frames: this.#frames,
      dropped: this.#dropped,
      lostTicks: this.#feed.lostTicks,
    };
  }

  #restore(): void {
    const [learned, names] = [this.store.kept(ANALYSIS), this.store.kept(NAMES)];
    if (learned !== undefined && !this.analysis.restore(learned)) {
      this.#restoreFault = UNLEARNED;
      log.error(UNLEARNED);
    }
    if (names !== undefined) this.book.restore(names);
  }

  #newReverseNames(): ReverseNames {
    return new ReverseNames(
      (device, remote) => this.book.look(device, remote) !== undefined,
      (query) => this.#tell({ type: "resolve", query }),
    );
  }

  readonly #onSums = (sums: SumsRecord): void => {
    this.accounts.add(sums);
    this.analysis.add(sums);
    this.live.sum(sums);
    this.#reverse.seen(sums.device, nameKey(sums.remote), this.#now);
  };

  #onTick(tick: number, frames: number, dropped: number, position: number): void {
    this.#frames += frames;
    this.#dropped += dropped;
    this.#lastTick = tick;
    this.analysis.advance(tick);
    this.live.endTick(tick);
    this.#keeping.noteTick(this.accounts.advance(tick), position);
  }

  readonly #onServerName = (
    device: number,
    remote: Uint32Array,
    name: string,
    transport: "tls" | "quic",
    maybeOuter: boolean,
    at: number,
  ): void => {
    this.book.serverName(device, remote, { name, transport, maybeOuter, at });
  };
}

/** The earlier of two ticks; 0 stands for none. */
function earlier(a: number, b: number): number {
  return a === 0 || b === 0 ? Math.max(a, b) : Math.min(a, b);
}
