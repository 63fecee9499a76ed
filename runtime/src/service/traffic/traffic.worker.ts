import { macNumber } from "../../addr/mac.ts";
import { createLog } from "../log.ts";
import { Captures } from "./captures.ts";
import type { Asked, FromThread, Questions, ThreadOptions, ToThread } from "./messages.ts";
import { TrafficRanges } from "./ranges.ts";
import { Recorder } from "./recorder.ts";

declare const self: Worker;

/** Milliseconds between looks at the feed: while somebody watches packets, and else. */
const WATCHED_TURN = 10;
const TURN = 100;
const SECOND = 1000;
const MINUTE = 60_000;
const LEARNED_EVERY = 10 * MINUTE;
const EXPIRE_EVERY = 5 * MINUTE;
/** The data plane passes on the bridge's frames. */
const INTERFACE = "br-lan";

const log = createLog("traffic");

/** The thread in which traffic is recorded and asked about: nothing here may keep the name server waiting. */
class TrafficThread {
  readonly #recorder: Recorder;
  readonly #ranges: TrafficRanges;
  readonly #captures: Captures;
  readonly #answers: Questions;
  #next: ReturnType<typeof setTimeout> | undefined;
  /** When that is, on a clock that nobody sets. */
  #due = 0;

  constructor(options: ThreadOptions) {
    this.#recorder = new Recorder(options, tell);
    const { accounts, store, book } = this.#recorder;
    this.#ranges = new TrafficRanges(accounts, store, book);
    this.#captures = new Captures(options.captures, book, {
      application: options.application,
      interfaceName: INTERFACE,
    });
    this.#answers = this.#questions();
    this.#turn();
    setInterval(() => this.#recorder.report(), SECOND);
    setInterval(() => this.#recorder.keep(), MINUTE);
    setInterval(() => this.#recorder.keepLearned(), LEARNED_EVERY);
    setInterval(() => this.#recorder.expire(), EXPIRE_EVERY);
  }

  hear(message: Exclude<ToThread, { type: "start" }>): void {
    const recorder = this.#recorder;
    switch (message.type) {
      case "ask":
        this.#answer(message);
        break;
      case "told":
        recorder.told(message.device, message.bytes, message.at);
        break;
      case "resolved":
        recorder.resolved(message.bytes, Date.now());
        break;
      case "arrived":
        recorder.analysis.arrived(macNumber(message.device), message.at);
        break;
      case "limits":
        recorder.limit(message.limits, message.historyMegabytes);
        break;
      case "select": {
        const { device, packets } = message.selection;
        const selection = { device: device && macNumber(device), packets };
        recorder.live.select(message.watch, selection, performance.now());
        this.#turn();
        break;
      }
      case "unwatch":
        recorder.live.close(message.watch);
        break;
      case "offered":
        recorder.live.offered(message.watch, message.length, message.unsent);
        break;
    }
  }

  /** Looks at the feed, now and from now on. */
  #turn(): void {
    clearTimeout(this.#next);
    try {
      this.#recorder.turn(performance.now());
    } catch (error) {
      log.limited("feed", `what the data plane tells cannot be read: ${(error as Error).message}`);
    }
    const pause = this.#recorder.live.wantsPackets ? WATCHED_TURN : TURN;
    this.#due = performance.now() + pause;
    this.#next = setTimeout(() => this.#turn(), pause);
  }

  #answer({ id, name, about }: Asked): void {
    // Timers wait until all that was asked is answered: a page asks much at once, and live frames should wait for one answer at most.
    if (performance.now() >= this.#due) this.#turn();
    try {
      const answer = this.#answers[name] as (about: unknown) => unknown;
      tell({ type: "answer", id, value: answer(about) });
    } catch (error) {
      tell({
        type: "refusal",
        id,
        message: (error as Error).message,
        isRange: error instanceof RangeError,
      });
    }
  }

  #questions(): Questions {
    const [recorder, ranges, captures] = [this.#recorder, this.#ranges, this.#captures];
    return {
      series: (query) => ranges.series(query),
      totals: (query) => ranges.totals(query),
      statistics: (query) => ranges.statistics(query),
      top: ({ by, count, seconds }) => recorder.analysis.top(by, count, seconds),
      extent: () => recorder.extent(),
      questions: (device) => recorder.questions.of(device),
      silence: (id) => recorder.silence(id),
      unsilence: (id) => recorder.unsilence(id),
      forget: (device) => recorder.forget(device),
      remember: () => {
        recorder.turn(performance.now());
        recorder.keep();
        recorder.keepLearned();
      },
      captures: () => captures.summaries(),
      openCapture: (selection) => captures.open(selection, Date.now()),
      readCapture: (download) => captures.read(download, Date.now()),
      closeCapture: (download) => captures.close(download),
    };
  }
}

/** Bytes change hands instead of being copied. */
function tell(message: FromThread): void {
  const bytes = message.type === "frame" ? message.frame : bytesIn(message);
  self.postMessage(message, bytes === undefined ? [] : [bytes.buffer]);
}

function bytesIn(message: FromThread): Uint8Array<ArrayBuffer> | undefined {
  if (message.type !== "answer" || typeof message.value !== "object") return undefined;
  return (message.value as { bytes?: Uint8Array<ArrayBuffer> } | null)?.bytes;
}

let thread: TrafficThread | undefined;

self.onmessage = ({ data }: MessageEvent<ToThread>) => {
  if (data.type === "start") thread = new TrafficThread(data.options);
  else thread?.hear(data);
};
