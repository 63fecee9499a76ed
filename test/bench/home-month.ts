import { emptySums, type SumsRecord } from "../../runtime/src/traffic/feed/records.ts";

/** What a device says to a remote once or for some seconds; bytes and packets a second. */
interface Session {
  at: number;
  /** Seconds, one record each `every`. */
  lasts: number;
  every: number;
  device: number;
  remote: number;
  protocol: number;
  port: number;
  up: number;
  down: number;
  /** Silent: nothing comes back. */
  silent: boolean;
}

type Random = () => number;

const [TCP, UDP] = [6, 17];
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MTU = 1400;
const HEADERS = 66;
const FIRST_MAC = 0x0200_0000_0000;

/** Names by the remote's IPv4 address; what has none has no name. */
export type Names = Map<number, string>;

/**
 * The stated model of a month in a home of 26 devices of habits as they are in homes, session by session: cameras, plugs, televisions, phones,
 * laptops with calls, backups by night and by week, a console that downloads and asks 1500 game servers, file sharing every other evening,
 * a traceroute a week, and Internet that is away for some minutes now and then. Nothing in it is worth a notice.
 */
export class HomeMonth {
  /** MACs as numbers of 48 bits. */
  readonly devices = Array.from({ length: 26 }, (_, device) => FIRST_MAC + device);
  readonly names: Names = new Map();
  readonly #random: Random;
  #sessions: Session[] = [];
  #start = 0;
  #device = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Plays the day that begins at `start` (seconds, midnight of day number `day`, the first a Monday). */
  play(start: number, day: number, add: (record: SumsRecord) => void): void {
    this.#sessions = [];
    this.#start = start;
    const each = (first: number, count: number, live: () => void) => {
      for (this.#device = first; this.#device < first + count; this.#device++) live();
    };
    each(0, 4, () => this.#camera());
    each(4, 8, () => this.#plug());
    each(12, 2, () => this.#television(day));
    each(14, 6, () => this.#phone(day));
    each(20, 3, () => this.#laptop(day));
    each(23, 1, () => this.#store(day));
    each(24, 1, () => this.#console(day));
    each(25, 1, () => this.#fileSharing(day));
    const away = day % 9 === 4 ? this.#start + 20 * HOUR + this.#random() * HOUR : Infinity;
    this.#emit(away, add);
  }

  /** A cloud of eight addresses, a relay without a name in two networks, clips when something moves. */
  #camera(): void {
    this.#everyMinutes(5, () =>
      this.#talk(`cloud${this.#device}.example`, this.#below(8), { up: 2000, down: 5000 }),
    );
    this.#everyMinutes(60, () =>
      this.#talk(undefined, this.#below(2) * 256, { up: 3000, down: 3000, protocol: UDP, port: 10_000 }),
    );
    const clips = 20 + this.#below(40);
    for (let i = 0; i < clips; i++) {
      this.#talk(`cloud${this.#device}.example`, this.#below(8), {
        up: 100e3 + this.#random() * 1e6,
        down: 500,
        lasts: 20,
      });
    }
  }

  #plug(): void {
    this.#everyMinutes(10, () => this.#talk("plug.example", this.#below(3), { up: 2000, down: 4000 }));
  }

  /** Twenty places, and one more every other day or so. */
  #television(day: number): void {
    for (let place = 0; place < 20; place++) {
      const isWatched = place < 3;
      const at = this.#evening();
      this.#talk(`tv${place}.example`, this.#below(20), {
        at,
        up: isWatched ? 10e3 : 1000,
        down: isWatched ? 700e3 : 9000,
        lasts: isWatched ? HOUR : 5,
      });
    }
    if (this.#random() < 0.4)
      this.#talk(`show${day}.example`, this.#device, {
        at: this.#evening(),
        up: 1000,
        down: 9000,
        lasts: 10,
      });
  }

  /** Sites, away by day from Monday to Friday, photos in the evening. */
  #phone(day: number): void {
    const isHoliday = day % 7 >= 5;
    const sites = 60 + this.#below(90);
    for (let i = 0; i < sites; i++) {
      const at = isHoliday || i % 4 === 0 ? this.#anytime() : this.#evening();
      this.#visit(at);
    }
    const photos = 60e6 * Math.exp(0.6 * this.#normal());
    this.#talk("photos.example", this.#below(9), {
      at: this.#evening(),
      up: photos / 300,
      down: 2000,
      lasts: 300,
    });
  }

  /** As a phone, and calls of an hour or two on working days. */
  #laptop(day: number): void {
    for (let i = 0; i < 150; i++) this.#visit(8 * HOUR + this.#random() * 14 * HOUR);
    if (day % 7 < 5) {
      const lasts = HOUR * (1 + this.#random());
      const up = 150e3 + this.#random() * 150e3;
      for (let call = 0; call < 2; call++) {
        const at = (9 + this.#random() * 7) * HOUR;
        this.#talk("calls.example", this.#below(200), {
          at,
          up,
          down: 300e3,
          lasts,
          protocol: UDP,
          port: 3478,
        });
      }
    }
    if (day % 7 === this.#device % 7) {
      for (let port = 33_434; port < 33_524; port++) {
        this.#talk(undefined, 99, {
          at: 15 * HOUR + (port % 90) / 5,
          up: 74,
          down: 0,
          protocol: UDP,
          port,
          silent: true,
        });
      }
    }
    // A backup a week, on Sunday.
    if (day % 7 === 6)
      this.#talk("backup.example", 1, {
        at: 13 * HOUR,
        up: ((0.7 + this.#random() * 0.6) * 3e9) / HOUR,
        down: 900,
        lasts: HOUR,
      });
  }

  /** A backup each night. */
  #store(day: number): void {
    const bytes = 4e9 * Math.exp(0.4 * this.#normal());
    const at = (2 + this.#random()) * HOUR;
    this.#talk("backup.example", 2, { at, up: bytes / HOUR, down: 900, lasts: HOUR });
    this.#everyMinutes(30, () => this.#talk("store.example", 1 + (day % 2), { up: 2000, down: 4000 }));
  }

  /** A game of 45 GB twice a week, of which only acknowledgments go up; the list of servers on Saturdays; games. */
  #console(day: number): void {
    if (day % 7 === 2 || day % 7 === 5) {
      this.#talk("games.example", 4, { at: 18 * HOUR, up: 10, down: 12.5e6, lasts: HOUR });
    }
    if (day % 7 === 5) {
      for (let server = 0; server < 1500; server++) {
        const silent = this.#random() < 0.25;
        this.#talk(undefined, 100_000 + server * 300, {
          at: 20 * HOUR + server / 100,
          up: 80,
          down: 1200,
          protocol: UDP,
          port: 27_015,
          silent,
        });
      }
    }
    this.#talk(undefined, 100_000 + this.#below(1500) * 300, {
      at: this.#evening(),
      up: 20e3,
      down: 60e3,
      lasts: 40 * MINUTE,
      protocol: UDP,
      port: 27_015,
    });
  }

  /** An hour and a half every other evening: ten peers a second by its own low port, two of three silent, and connections to a third. */
  #fileSharing(day: number): void {
    if (day % 2 === 1) return;
    const begin = 19.5 * HOUR;
    for (let i = 0; i < 1.5 * HOUR * 10; i++) {
      const at = begin + i / 10;
      const peer = 1_000_000 + this.#below(60_000) * 257;
      const silent = this.#random() < 0.65;
      this.#talk(undefined, peer, { at, up: 145, down: 320, protocol: UDP, port: 6881, silent });
      if (i % 3 > 0) continue;
      const port = this.#random() < 0.15 ? 6881 : 1024 + this.#below(60_000);
      if (silent) this.#talk(undefined, peer, { at, up: 74, down: 0, port, silent });
      else this.#talk(undefined, peer, { at, up: 4000 * this.#random(), down: 30e3, port, lasts: 20 });
    }
  }

  #visit(at: number): void {
    const site = Math.floor(4000 * this.#random() ** 3);
    for (let i = 0; i < 4; i++)
      this.#talk(`site${site}-${i % 2}.example`, i, { at: at + i, up: 3000, down: 80e3 });
  }

  #everyMinutes(minutes: number, talk: () => void): void {
    for (let at = 0; at < DAY; at += minutes * MINUTE) {
      talk();
      this.#sessions.at(-1)!.at = this.#start + at + this.#device;
    }
  }

  #talk(name: string | undefined, number: number, session: Partial<Session>): void {
    const {
      at = this.#anytime(),
      lasts = 1,
      up = 0,
      down = 0,
      protocol = TCP,
      port = 443,
      silent = false,
    } = session;
    const remote = this.#addressOf(name, number);
    const every = lasts > 600 ? 20 : Math.min(5, lasts);
    this.#sessions.push({
      at: this.#start + at,
      lasts,
      every,
      device: this.#device,
      remote,
      protocol,
      port,
      up,
      down,
      silent,
    });
  }

  /** Each name has its network; what has none has addresses by their numbers, of each device its own. */
  #addressOf(name: string | undefined, number: number): number {
    if (name === undefined) return 0x1000_0000 + this.#device * 0x100_0000 + number;
    let hash = 0;
    for (const letter of name) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
    const address = (0x8000_0000 | ((hash >>> 1) & 0x3fff_ff00) | number) >>> 0;
    this.names.set(address, name);
    return address;
  }

  #emit(away: number, add: (record: SumsRecord) => void): void {
    const all: { at: number; session: Session }[] = [];
    for (const session of this.#sessions) {
      for (let i = 0; i < session.lasts; i += session.every) all.push({ at: session.at + i, session });
    }
    all.sort((a, b) => a.at - b.at);
    const record = emptySums();
    for (const { at, session } of all) {
      const { device, remote, protocol, port, every } = session;
      const silent = session.silent || (at >= away && at < away + 5 * MINUTE);
      const [up, down] = [
        silent ? Math.min(session.up, 150) : session.up * every,
        silent ? 0 : session.down * every,
      ];
      record.tick = Math.floor(at * 10);
      record.device = FIRST_MAC + device;
      record.remote.set([0, 0, 0xffff, remote]);
      record.protocol = protocol;
      record.port = port;
      record.downPackets = silent ? 0 : Math.ceil(down / MTU) + (protocol === TCP ? 3 : 0);
      record.upPackets =
        Math.ceil(up / MTU) + (silent || protocol === UDP ? 0 : 3 + (record.downPackets >> 1));
      record.upBytes = Math.round(up + record.upPackets * HEADERS);
      record.downBytes = Math.round(down + record.downPackets * HEADERS);
      add(record);
    }
  }

  #anytime(): number {
    return this.#random() * (DAY - 2 * HOUR);
  }

  #evening(): number {
    return 18 * HOUR + this.#random() * 4 * HOUR;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random());
  }
}
