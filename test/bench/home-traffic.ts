import { HOUR, MINUTE, SECOND } from "../../runtime/src/traffic/history/ticks.ts";

/** Sums of one pair and tick. */
export type Exchange = (
  tick: number,
  device: number,
  remote: number,
  upBytes: number,
  downBytes: number,
  upPackets: number,
  downPackets: number,
) => void;

type Random = () => number;
/** What a pair exchanges in a tick; `at` counts ticks since the pair began. */
type Habit = (
  at: number,
  random: Random,
  put: (up: number, down: number, upN: number, downN: number) => void,
) => void;

const FULL_FRAME = 1514;
const ACK = 66;

/** Packets of a download: full frames and the last one's rest, an ACK for each second frame, some with SACK blocks. */
function download(
  random: Random,
  packets: number,
  put: (...sums: [number, number, number, number]) => void,
): void {
  const rest = random() < 0.5 ? 0 : Math.floor(random() * (FULL_FRAME - ACK));
  const acks = Math.ceil(packets / 2);
  const sacks = random() < 0.1 ? Math.floor(random() * acks) : 0;
  put(acks * ACK + sacks * 12, packets * FULL_FRAME - rest, acks, packets);
}

/** Adaptive video: about 5 Mbit/s, a segment of 4 s fetched at line speed in 300 to 800 ms, now and then a keep-alive. */
const video: Habit = (at, random, put) => {
  const phase = at % (4 * SECOND);
  if (phase < 3 + Math.floor(random() * 5)) download(random, 150 + Math.floor(random() * 350), put);
  else if (random() < 0.02) put(ACK, ACK, 1, 1);
};

/** A call: 50 packets a second each way in 100 ms bins of 4 to 6, sizes of a variable-rate codec, and video up and down. */
const call: Habit = (_, random, put) => {
  const [up, down] = [4 + Math.floor(random() * 3), 10 + Math.floor(random() * 12)];
  put(up * 180 + Math.floor(random() * 200), down * 900 + Math.floor(random() * 3000), up, down);
};

/** 100 Mbit/s with TCP's ups and downs. */
const bulk: Habit = (_, random, put) => download(random, 600 + Math.floor(random() * 450), put);

/** Some packets of a few sizes once in a while: keep-alives, telemetry, push messages. */
const chatter =
  (period: number): Habit =>
  (_, random, put) => {
    if (random() * period >= 1) return;
    const [up, down] = [1 + Math.floor(random() * 4), 1 + Math.floor(random() * 4)];
    put(up * 66 + Math.floor(random() * 400), down * 66 + Math.floor(random() * 1200), up, down);
  };

/** A page: half a second to three of downloading, then quiet for some seconds. */
const browsing: Habit = (at, random, put) => {
  if (at % (10 * SECOND) < 5 + ((at >> 7) % 25)) download(random, 1 + Math.floor(random() * 60), put);
};

interface Pair {
  device: number;
  remote: number;
  habit: Habit;
  /** Ticks of the day at which it begins and ends. */
  from: number;
  to: number;
}

/**
 * The stated model of a home with 40 devices, 24 hours: each has 6 remotes it chats with all day (every 10 s to 2 min); 8 devices watch video
 * for 5 hours each, moving on to another server every half hour; 3 are in calls for 4 hours; 10 people browse for 4 hours, 3 servers
 * per page of 5 minutes; 2 bulk transfers of an hour, and one DNS-like exchange of a new remote per device and minute.
 */
export function homePairs(random: Random): Pair[] {
  const pairs: Pair[] = [];
  let remote = 1;
  const add = (device: number, habit: Habit, from: number, length: number) =>
    pairs.push({ device, remote: remote++, habit, from, to: Math.min(24 * HOUR, from + length) });
  const start = (length: number) => Math.floor(random() * (24 * HOUR - length));
  for (let device = 0; device < 40; device++) {
    for (let i = 0; i < 6; i++) add(device, chatter((10 + random() * 110) * SECOND), 0, 24 * HOUR);
    for (let at = 0; at < 24 * HOUR; at += MINUTE) add(device, chatter(3), at, 5);
  }
  for (let device = 0; device < 8; device++) {
    const from = start(5 * HOUR);
    for (let i = 0; i < 10; i++) add(device, video, from + (i * HOUR) / 2, HOUR / 2);
  }
  for (let device = 8; device < 11; device++) add(device, call, start(4 * HOUR), 4 * HOUR);
  for (let device = 11; device < 21; device++) {
    const from = start(4 * HOUR);
    for (let i = 0; i < 144; i++) add(device, browsing, from + Math.floor(i / 3) * 5 * MINUTE, 5 * MINUTE);
  }
  for (let device = 21; device < 23; device++) add(device, bulk, start(HOUR), HOUR);
  return pairs;
}

/** 50 pairs busy all day: 30 videos, 10 calls, 10 that browse, each a device of its own. */
export function busyPairs(): Pair[] {
  const habits = [video, video, video, call, browsing];
  return Array.from({ length: 50 }, (_, device) => {
    return { device, remote: device + 1, habit: habits[device % habits.length]!, from: 0, to: 24 * HOUR };
  });
}

/** The worst: 50 pairs with bulk traffic in every tick of the day. */
export function bulkPairs(): Pair[] {
  return busyPairs().map((pair) => ({ ...pair, habit: bulk }));
}

/** A day of the pairs in order of time, from tick `start` on. */
export function playDay(pairs: Pair[], start: number, random: Random, exchange: Exchange): void {
  const waiting = pairs.toSorted((a, b) => b.from - a.from);
  let active: Pair[] = [];
  for (let tick = 0; tick < 24 * HOUR; tick++) {
    while (waiting.length > 0 && waiting.at(-1)!.from <= tick) active.push(waiting.pop()!);
    if (tick % SECOND === 0) active = active.filter(({ to }) => tick < to);
    for (const { device, remote, habit, from, to } of active) {
      if (tick >= to) continue;
      habit(tick - from, random, (up, down, upN, downN) =>
        exchange(start + tick, device, remote, up, down, upN, downN),
      );
    }
  }
}

/** Numbers from 0 up to 1, the same from the same seed (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
