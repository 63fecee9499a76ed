import type { IPv4 } from "../../addr/ipv4.ts";

/** Rounds without any answer until a way counts as failing. Two are lost together on a line that is merely full. */
const MISSES_TO_FAIL = 3;
/** Rounds with an answer until it is used again: longer, so that a line that comes and goes is not followed. */
const HITS_TO_RECOVER = 5;

/**
 * Whether one way to the Internet works, from what the kernel says of it and from who answers pings over it. Sans-I/O: somebody
 * calls `round` at even intervals, sends what it returns, and passes on the answers.
 */
export class Health {
  #state: "new" | "works" | "fails" = "new";
  #isReady = false;
  #misses = 0;
  #hits = 0;
  /** In the round that goes on; undefined before the first. */
  #asked: readonly IPv4[] | undefined;
  #hasAnswer = false;
  /** Who answered last. */
  #favourite: IPv4 | undefined;

  /** It is not to be used while others work. */
  get isFailing(): boolean {
    return this.#state !== "works";
  }

  /** Why, for its owner; undefined while it works or was never there. */
  get fault(): "not connected" | "no answer" | undefined {
    if (this.#state !== "fails") return undefined;
    return this.#isReady ? "no answer" : "not connected";
  }

  /** Whether it has carrier, address and route, whenever that changes. What was never there before is believed at once. */
  ready(isReady: boolean): void {
    if (isReady === this.#isReady) return;
    this.#isReady = isReady;
    this.#begin();
    if (isReady && this.#state === "new") this.#state = "works";
    if (!isReady && this.#state === "works") this.#state = "fails";
  }

  /** One round is over and another begins: the addresses to ping now, a single one while all is well. */
  round(targets: readonly IPv4[]): IPv4[] {
    if (!this.#isReady) return [];
    if (this.#asked !== undefined) this.#judge(this.#asked);
    this.#hasAnswer = false;
    this.#asked = this.#whom(targets);
    return [...this.#asked];
  }

  /** One of those asked in this round has answered. */
  heard(target: IPv4): void {
    if (!this.#asked?.includes(target)) return;
    this.#hasAnswer = true;
    this.#favourite = target;
  }

  #judge(asked: readonly IPv4[]): void {
    // A way on which nobody can be asked works as long as it is there.
    const isGood = this.#hasAnswer || asked.length === 0;
    this.#hits = isGood ? this.#hits + 1 : 0;
    this.#misses = isGood ? 0 : this.#misses + 1;
    if (this.#misses >= MISSES_TO_FAIL) this.#state = "fails";
    if (this.#state === "fails" && this.#hits >= HITS_TO_RECOVER) this.#state = "works";
  }

  #whom(targets: readonly IPv4[]): readonly IPv4[] {
    if (this.#misses > 0 || this.#state === "fails") return targets;
    const favourite = this.#favourite;
    return favourite !== undefined && targets.includes(favourite) ? [favourite] : targets;
  }

  #begin(): void {
    this.#misses = 0;
    this.#hits = 0;
    this.#asked = undefined;
    this.#hasAnswer = false;
  }
}
