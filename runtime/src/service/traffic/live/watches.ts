import type { ToThread } from "../messages.ts";
import type { LiveSelection, LiveSink, LiveWatch } from "../source.ts";

/** Those who watch live, on the main thread: frames go from the thread to their connections, and back how these fare. */
export class Watches {
  readonly #open = new Map<number, { selection: LiveSelection; sink: LiveSink }>();
  #last = 0;

  constructor(private readonly tell: (message: ToThread) => void) {}

  open(selection: LiveSelection, sink: LiveSink): LiveWatch {
    const watch = ++this.#last;
    this.#select(watch, selection, sink);
    return {
      select: (selection) => {
        if (this.#open.has(watch)) this.#select(watch, selection, sink);
      },
      close: () => {
        if (this.#open.delete(watch)) this.tell({ type: "unwatch", watch });
      },
    };
  }

  offer(watch: number, frame: Uint8Array): void {
    const { length } = frame;
    const unsent = this.#open.get(watch)?.sink(frame);
    if (unsent !== undefined) this.tell({ type: "offered", watch, length, unsent });
  }

  /** Tells a new thread of all who watch. */
  resume(): void {
    for (const [watch, { selection }] of this.#open) this.tell({ type: "select", watch, selection });
  }

  #select(watch: number, selection: LiveSelection, sink: LiveSink): void {
    this.#open.set(watch, { selection, sink });
    this.tell({ type: "select", watch, selection });
  }
}
