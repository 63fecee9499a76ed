import { SECOND } from "../../traffic/history/ticks.ts";
import type { TrafficAccounts } from "./accounts.ts";
import { QuestionLog } from "./questions.ts";
import type { RollupStore, SecondSums } from "./rollups/rollup-store.ts";

/** Under which name the disk keeps when the router was recording. */
const RECORDED = "recorded";

/** Writes to the disk what memory has of seconds that are over, and what devices have asked, each once. */
export class Keeping {
  /** The recorded tick before which all is on the disk. */
  #since = 0;
  #second = 0;
  /** Where a reader of the feed would begin the second under way. */
  #position: number | undefined;

  constructor(
    private readonly accounts: TrafficAccounts,
    private readonly store: RollupStore,
    private readonly questions = new QuestionLog(),
  ) {
    const recorded = store.kept(RECORDED);
    if (recorded !== undefined) accounts.recorded.restore(recorded);
    questions.restore(store.questions());
  }

  /** A tick was read, which is `recorded` in the history; the feed's reader goes on at `position`. */
  noteTick(recorded: number, position: number): void {
    const second = Math.floor(recorded / SECOND);
    if (second === this.#second) return;
    this.#second = second;
    this.#position = position - 1;
  }

  /** What could not be kept is tried again the next time. */
  keep(): void {
    if (this.#position === undefined) return;
    // First: a crash in between costs nothing, as the same time is read again.
    this.store.keep(RECORDED, this.accounts.recorded.snapshot());
    const until = this.accounts.remotes.finished(SECOND);
    const isKept = this.store.append(this.#rows(), this.#position >>> 0, this.questions.unkept());
    if (!isKept) return;
    this.#since = until;
    this.questions.markKept();
  }

  *#rows(): Generator<SecondSums> {
    const row: SecondSums = {
      tick: 0,
      device: 0,
      remote: new Uint32Array(4),
      upBytes: 0,
      downBytes: 0,
      upPackets: 0,
      downPackets: 0,
    };
    for (const rollup of this.accounts.remotes.rollups(SECOND, this.#since)) {
      Object.assign(row, rollup);
      row.device = this.accounts.devices.mac(rollup.device);
      yield row;
    }
  }
}
