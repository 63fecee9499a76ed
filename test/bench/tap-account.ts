import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  CAPTURES_FILE,
  FEED_FILE,
  openFeedFile,
} from "../../runtime/src/service/dataplane/recording-files.ts";
import type { FromThread } from "../../runtime/src/service/traffic/messages.ts";
import { Recorder } from "../../runtime/src/service/traffic/recorder.ts";
import { emptyPacket } from "../../runtime/src/traffic/feed/records.ts";
import { FeedWriter } from "../../runtime/src/traffic/feed/writer.ts";
import { SECOND, TICK_MS } from "../../runtime/src/traffic/history/ticks.ts";
import { DAY, START } from "./home-day.ts";
import { homePairs, playDay, seededRandom } from "./home-traffic.ts";

const FIRST_MAC = 0x0200_0000_0000;
const FIRST_REMOTE = 0x0800_0000;
const HISTORY_MEGABYTES = 256;
/** Within what a client is sent one by one. */
const WATCHED_PACKETS_PER_TICK = 150;
const WATCHED_PAIRS = 32;
/** The thread looks at the feed so often in a tick while somebody watches. */
const TURNS_PER_TICK = 10;
const ROUNDS = 40;
const ROUND = 4 * SECOND;

/** Nanoseconds of processor time, what the disk is given once a minute not included. */
export interface AccountCosts {
  /** Of each packet of a day of the home with 40 devices, on the way from the feed into the history. */
  dayPacket: number;
  /** Of each sum of a pair and a tick of that day. */
  dayRow: number;
  /** Of each of 1500 packets a second in 32 pairs: counted, and made into frames for one client. */
  packet: number;
  streamedPacket: number;
}

/** The control plane's account of the traffic, in this process and in a time that passes as fast as it can. */
class Account {
  readonly #folder = mkdtempSync("/dev/shm/gatehouse-account-");
  readonly #feed = openFeedFile(this.#folder);
  readonly #writer = new FeedWriter(this.#feed.content);
  readonly #packet = emptyPacket();
  readonly recorder: Recorder;
  #tick = START;

  constructor() {
    const options = {
      store: join(this.#folder, "store"),
      limits: { keepSecondsDays: 7, keepMinutesDays: 365 },
      feed: join(this.#folder, FEED_FILE),
      captures: join(this.#folder, CAPTURES_FILE),
      historyMegabytes: HISTORY_MEGABYTES,
      application: "bench",
    };
    this.recorder = new Recorder(options, (message) => this.#sent(message));
    this.recorder.turn(this.now);
  }

  get now(): number {
    return this.#tick * TICK_MS;
  }

  /** Puts packets of one kind into the sums that are under way. */
  add(device: number, remote: number, up: boolean, bytes: number, packets: number): void {
    const packet = this.#packet;
    packet.device = FIRST_MAC + device;
    packet.remote.set([0, 0, 0xffff, FIRST_REMOTE + remote]);
    packet.up = up;
    packet.protocol = 6;
    packet.localPort = 40_000;
    packet.remotePort = 443;
    packet.length = bytes;
    packet.segments = packets;
    this.#writer.add(packet);
  }

  /** Tells of the packet that was added last. */
  tell(): void {
    this.#packet.seconds = Math.floor(this.now / 1000);
    this.#writer.packet(this.#packet);
  }

  /** Ends ticks up to `tick`, at each of which the control plane looks at the feed if it `isThere`. */
  endTicks(tick: number, isThere: boolean): void {
    while (this.#tick < tick) {
      this.#endTick();
      if (isThere) this.recorder.turn(this.now);
    }
  }

  /** Ends the tick that is under way; the nanoseconds that the control plane takes for it. */
  endTick(): number {
    this.#endTick();
    return this.turn(0);
  }

  /** A look at the feed, `ms` into the tick; its nanoseconds. */
  turn(ms: number): number {
    const began = Bun.nanoseconds();
    this.recorder.turn(this.now + ms);
    return Bun.nanoseconds() - began;
  }

  close(): void {
    this.#feed.file.unmap();
    rmSync(this.#folder, { recursive: true });
  }

  #endTick(): void {
    this.#writer.endTick(this.#tick++, 0, 0);
  }

  #sent(message: FromThread): void {
    if (message.type === "frame") this.recorder.live.offered(message.watch, message.frame.length, 0);
  }
}

export function accountCosts(): AccountCosts {
  // What the home and the feed's writer take themselves.
  const played = withAccount((account) => playHome(account, false));
  return withAccount((account) => {
    const { nanoseconds, packets, rows } = playHome(account, true);
    const spent = nanoseconds - played.nanoseconds;
    const [packet, streamedPacket] = playWatched(account);
    return { dayPacket: spent / packets, dayRow: spent / rows, packet, streamedPacket };
  });
}

function withAccount<T>(use: (account: Account) => T): T {
  const account = new Account();
  try {
    return use(account);
  } finally {
    account.close();
  }
}

/** Processor time of a day, its packets, and its sums of a pair and a tick. */
function playHome(account: Account, isThere: boolean) {
  let [packets, rows] = [0, 0];
  const before = process.cpuUsage();
  playDay(
    homePairs(seededRandom(1)),
    START,
    seededRandom(2),
    (tick, device, remote, up, down, upN, downN) => {
      account.endTicks(tick, isThere);
      if (upN > 0) account.add(device, remote, true, up, upN);
      if (downN > 0) account.add(device, remote, false, down, downN);
      packets += upN + downN;
      rows++;
    },
  );
  account.endTicks(START + DAY, isThere);
  const { user, system } = process.cpuUsage(before);
  return { nanoseconds: (user + system) * 1000, packets, rows };
}

/** Of a packet without a client, and what one client adds. */
function playWatched(account: Account): [counted: number, streamed: number] {
  // The least of many: what else the machine does only adds to it.
  let [unwatched, watched] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round++) {
    unwatched = Math.min(unwatched, playRound(account));
    account.recorder.live.select(1, { device: undefined, packets: true }, account.now);
    watched = Math.min(watched, playRound(account));
    account.recorder.live.close(1);
  }
  return [unwatched, watched - unwatched];
}

function playRound(account: Account): number {
  let spent = 0;
  for (let tick = 0; tick < ROUND; tick++) {
    for (let i = 0; i < WATCHED_PACKETS_PER_TICK; i++) {
      const pair = i % WATCHED_PAIRS;
      account.add(pair % 8, pair, i % 2 === 0, 500, 1);
      account.tell();
      if (account.recorder.live.isWatched && i % (WATCHED_PACKETS_PER_TICK / TURNS_PER_TICK) === 0)
        spent += account.turn((i * TICK_MS) / WATCHED_PACKETS_PER_TICK);
    }
    spent += account.endTick();
  }
  return spent / (ROUND * WATCHED_PACKETS_PER_TICK);
}
