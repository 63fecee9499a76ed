import { InitialHello } from "../../wire/quic/initial-hello.ts";
import { HelloBuffer } from "../../wire/tls/hello-buffer.ts";
import { SegmentedHello } from "../../wire/tls/segmented-hello.ts";

/** 32-bit words of a flow's key: protocol and IP version, ports, both addresses. */
export const FLOW_WORDS = 10;

const BUCKETS = 256;

/** What there is of one flow's ClientHello. */
export interface PendingHello {
  readonly segmented: SegmentedHello;
  readonly initial: InitialHello;
  /** Nothing more is expected of the flow. */
  done: boolean;
}

/**
 * The flows whose ClientHello is not whole yet: a fixed number, each 32 KB once it was needed. The one that heard nothing for
 * longest makes room, so that half hellos need no clock.
 */
export class PendingHellos {
  readonly #keys: Int32Array;
  readonly #hellos: PendingHello[] = [];
  /** Number of each slot's last use; 0 is free. */
  readonly #used: Float64Array;
  /** Slots in use by bucket of their ports: says for most packets at once that their flow is none of these. */
  readonly #byPorts = new Uint16Array(BUCKETS);
  #uses = 0;

  constructor(private readonly slots: number) {
    this.#keys = new Int32Array(slots * FLOW_WORDS);
    this.#used = new Float64Array(slots);
  }

  /** Whether a flow with these ports, the second word of a key, may be here. */
  mayHold(ports: number): boolean {
    return this.#byPorts[bucketOf(ports)] !== 0;
  }

  find(key: Int32Array): PendingHello | undefined {
    for (let slot = 0; slot < this.#hellos.length; slot++) {
      if (this.#used[slot] === 0 || !this.#isAt(slot, key)) continue;
      this.#used[slot] = ++this.#uses;
      return this.#hellos[slot];
    }
    return undefined;
  }

  /** A place for the flow `key`, which has none. */
  open(key: Int32Array): PendingHello {
    const slot = this.#freeSlot();
    this.#vacate(slot);
    this.#keys.set(key, slot * FLOW_WORDS);
    this.#used[slot] = ++this.#uses;
    this.#byPorts[bucketOf(key[1]!)]!++;
    const hello = this.#hellos[slot] ?? emptyHello();
    this.#hellos[slot] = hello;
    hello.done = false;
    return hello;
  }

  close(hello: PendingHello): void {
    this.#vacate(this.#hellos.indexOf(hello));
  }

  #vacate(slot: number): void {
    if (this.#used[slot] === 0) return;
    this.#used[slot] = 0;
    this.#byPorts[bucketOf(this.#keys[slot * FLOW_WORDS + 1]!)]!--;
  }

  #freeSlot(): number {
    let least = 0;
    for (let slot = 1; slot < this.slots && this.#used[least] !== 0; slot++) {
      if (this.#used[slot]! < this.#used[least]!) least = slot;
    }
    return least;
  }

  #isAt(slot: number, key: Int32Array): boolean {
    const first = slot * FLOW_WORDS;
    for (let word = 0; word < FLOW_WORDS; word++) {
      if (this.#keys[first + word] !== key[word]) return false;
    }
    return true;
  }
}

function emptyHello(): PendingHello {
  const buffer = new HelloBuffer();
  return { segmented: new SegmentedHello(buffer), initial: new InitialHello(buffer), done: false };
}

function bucketOf(ports: number): number {
  return Math.imul(ports ^ (ports >>> 16), 0x9e3779b1) >>> 24;
}
