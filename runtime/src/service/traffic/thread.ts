import type { Log } from "../log.ts";
import type { Asked, FromThread, Questions, ThreadOptions, ToThread } from "./messages.ts";

/** Milliseconds before a thread that has ended is started again: what ended it may do so again. */
const RESTART_AFTER = 1000;

const ANEW = "traffic is recorded anew; ask again";

type Name = keyof Questions;
type Told = Exclude<FromThread, { type: "answer" | "refusal" }>;

export interface ThreadEvents {
  onMessage(message: Told): void;
  /** A new thread is to be told what the one before knew. */
  onRestart(reason: string): void;
}

/** The traffic's thread as the main thread has it: started again whenever it ends. */
export class Thread {
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  /** Undefined between the end of one and the start of the next. */
  #worker: Worker | undefined;
  #options: ThreadOptions;
  #lastId = 0;
  #isClosed = false;

  constructor(
    options: ThreadOptions,
    private readonly events: ThreadEvents,
    private readonly log: Log,
  ) {
    this.#options = options;
    this.#worker = this.#start();
  }

  /** Rejects with a RangeError where the question is wrong, and while there is no thread or when it ends before it has answered. */
  ask<N extends Name>(name: N, about?: Parameters<Questions[N]>[0]): Promise<ReturnType<Questions[N]>> {
    if (this.#worker === undefined) return Promise.reject(new Error(ANEW));
    const id = ++this.#lastId;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.tell({ type: "ask", id, name, about } as Asked);
    return waiting.promise as Promise<ReturnType<Questions[N]>>;
  }

  /** What is told while there is no thread is lost. */
  tell(message: ToThread): void {
    this.#worker?.postMessage(message);
  }

  /** Gives it other limits, and those that are to come. */
  limit(limits: ThreadOptions["limits"], historyMegabytes: number): void {
    this.#options = { ...this.#options, limits, historyMegabytes };
    this.tell({ type: "limits", limits, historyMegabytes });
  }

  /** Ends the thread for good. */
  close(): void {
    this.#isClosed = true;
    this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL("./traffic.worker.ts", import.meta.url));
    let hasEnded = false;
    const end = (reason: string) => {
      if (hasEnded || this.#isClosed) return;
      hasEnded = true;
      worker.terminate();
      this.#restart(reason);
    };
    worker.onmessage = ({ data }: MessageEvent<FromThread>) => this.#hear(data);
    worker.onerror = (event) => end(reasonIn(event.message));
    worker.addEventListener("close", () => end("it ended by itself"));
    worker.postMessage({ type: "start", options: this.#options } satisfies ToThread);
    return worker;
  }

  #restart(reason: string): void {
    this.log.error(`the thread that records traffic has failed: ${reason}; starting it again`);
    for (const { reject } of this.#waiting.values()) reject(new Error(ANEW));
    this.#waiting.clear();
    this.#worker = undefined;
    setTimeout(() => {
      this.#worker = this.#start();
      this.events.onRestart(reason);
    }, RESTART_AFTER);
  }

  #hear(message: FromThread): void {
    if (message.type !== "answer" && message.type !== "refusal") {
      this.events.onMessage(message);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === "answer") waiting?.resolve(message.value);
    else waiting?.reject(message.isRange ? new RangeError(message.message) : new Error(message.message));
  }
}

/** Of what Bun tells of an error, with the source around it, the line that says what it is. */
function reasonIn(message: string): string {
  return /^\w*Error: .*$/m.exec(message)?.[0] ?? message;
}
