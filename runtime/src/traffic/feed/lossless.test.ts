import { expect, test } from "bun:test";
import { feedOf, packet, packetsOf, SMALL, ticksOf } from "./feed.fixture.ts";
import { openFeed } from "./memory.ts";
import { FeedReader } from "./reader.ts";
import { FeedWriter } from "./writer.ts";

/** A feed whose tick n says so in each of its sums, and packet n in all it has; readers that keep count. */
class Account {
  readonly #memory: ArrayBuffer;
  #writer: FeedWriter;
  #reader: FeedReader;
  #written = { ticks: 0, packets: 0 };
  /** What was read or is lost; of earlier readers all of it. */
  #read = { ticks: 0, packets: 0 };
  #lostBefore = 0;

  constructor(firstTick: number) {
    const feed = feedOf(SMALL, firstTick);
    this.#memory = feed.bytes.buffer as ArrayBuffer;
    this.#writer = new FeedWriter(feed);
    this.#reader = new FeedReader(feed);
  }

  writeTick(): void {
    const tick = this.#written.ticks++;
    for (let i = 0; i < sumsOf(tick); i++) this.#writer.add(packet({ remotePort: 100 + i, length: tick }));
    this.#writer.endTick(tick, sumsOf(tick), 0);
  }

  writePackets(count: number): void {
    for (let i = 0; i < count; i++) {
      const length = this.#written.packets++;
      this.#writer.packet(packet({ length, nanoseconds: length }));
    }
  }

  /** As after one that was killed in the middle of a tick. */
  replaceWriter(): void {
    this.#writer.add(packet());
    this.#writer = new FeedWriter(openFeed(this.#memory)!);
  }

  /** The next reader goes on with the ticks; of packets it reads those to come. */
  replaceReader(): void {
    this.read();
    this.#read.packets += this.#reader.lostPackets;
    this.#lostBefore += this.#reader.lostTicks;
    this.#reader = new FeedReader(openFeed(this.#memory)!, this.#reader.position);
  }

  read(): void {
    for (const { tick, frames, sums } of ticksOf(this.#reader)) {
      const expected = this.#read.ticks++ + this.#lostBefore + this.#reader.lostTicks;
      const isWhole = frames === sumsOf(tick) && sums.length === frames;
      if (tick !== expected || !isWhole || sums.some((row) => row.upBytes !== tick || row.tick !== tick))
        throw new Error(`tick ${tick} is torn, or not ${expected}`);
    }
    for (const { length, nanoseconds } of packetsOf(this.#reader)) {
      const expected = this.#read.packets++ + this.#reader.lostPackets;
      if (length !== expected || nanoseconds !== expected)
        throw new Error(`packet ${length}, ${nanoseconds} is not ${expected}`);
    }
  }

  /** What was written, and what was read or counted as lost. */
  get sides() {
    const ticks = this.#read.ticks + this.#lostBefore + this.#reader.lostTicks;
    return [this.#written, { ticks, packets: this.#read.packets + this.#reader.lostPackets }] as const;
  }
}

function sumsOf(tick: number): number {
  return (tick * 7) % 40;
}

test("writers come and go, readers are slow: all is read as it was written, in order, or counted as lost", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = randomOf(seed);
    // Ordinals wrap at 2^32.
    const account = new Account(seed % 3 === 0 ? 2 ** 32 - 20 : 0);
    for (let step = 0; step < 200; step++) {
      const what = random(20);
      if (what < 8) account.writeTick();
      else if (what < 16) account.writePackets(random(30));
      else if (what < 17) account.replaceWriter();
      else if (what < 18) account.replaceReader();
      else account.read();
    }
    account.read();
    const [written, read] = account.sides;
    expect({ seed, ...read }).toEqual({ seed, ...written });
  }
});

/** Numbers below the one given, the same for each seed. */
function randomOf(seed: number): (below: number) => number {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
