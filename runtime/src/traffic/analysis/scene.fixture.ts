import { parseAddress } from "../../addr/ipv6.ts";
import { formatRemote } from "../../addr/remote.ts";
import { PROTOCOL_TCP } from "../../wire/ipv4.ts";
import { emptySums } from "../feed/records.ts";
import { TrafficAnalysis } from "./analysis.ts";
import type { KnownName } from "./flow-names.ts";

export const MINUTE = 60;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** A Monday, midnight UTC, in seconds. */
export const START = 1_767_571_200;

/** Makers' addresses, and one chosen by software. */
export const CAMERA = 0x001a_2b00_0001;
export const TV = 0x001a_2b00_0003;
export const PHONE = 0x0200_5e00_0002;

export interface Talk {
  protocol?: number;
  port?: number;
  up?: number;
  down?: number;
  upPackets?: number;
  downPackets?: number;
}

/** A home whose time is virtual: what a test says its devices do goes to an analysis, record by record. */
export class Scene {
  analysis: TrafficAnalysis;
  /** Since the epoch; may be between two. */
  second = START;
  readonly names = new Map<string, KnownName>();
  readonly #record = emptySums();

  /** `residents` are there from the router's first hour on. */
  constructor(residents: readonly number[] = [CAMERA, TV, PHONE]) {
    this.analysis = this.#fresh();
    this.#tell();
    for (const device of residents) this.analysis.arrived(device, this.second * 1000);
  }

  /** All time up to `seconds` from now passes without traffic. */
  pass(seconds: number): void {
    const end = this.second + seconds;
    for (; this.second < end; this.second = Math.min(end, this.second + 10)) this.#tell();
    this.#tell();
  }

  /** One record of now; an exchange of some kilobytes unless said otherwise. */
  talk(device: number, remote: string, talk: Talk = {}): void {
    const record = this.#record;
    record.tick = Math.floor(this.second * 10);
    record.device = device;
    record.remote.set(parseAddress(remote)!);
    record.protocol = talk.protocol ?? PROTOCOL_TCP;
    record.port = talk.port ?? 443;
    record.upBytes = talk.up ?? 2000;
    record.downBytes = talk.down ?? 6000;
    record.upPackets = talk.upPackets ?? Math.ceil(record.upBytes / 1400) + 3;
    record.downPackets = talk.downPackets ?? Math.ceil(record.downBytes / 1400) + 3;
    this.analysis.add(record);
  }

  /** From now on `remote` has a name. */
  name(remote: string, name: string, source: KnownName["source"] = "asked"): void {
    this.names.set(remote, { name, source });
  }

  /** The router starts again and is given what it had written down. */
  restart(text = this.analysis.snapshot()): boolean {
    this.analysis = this.#fresh();
    const isRestored = this.analysis.restore(text);
    this.#tell();
    return isRestored;
  }

  /** `days` in which each device talks to its remotes every two hours, from six in the morning till ten at night. */
  live(days: number, habits: readonly (readonly [device: number, ...remotes: string[]])[]): void {
    for (let day = 0; day < days; day++) {
      this.pass(6 * HOUR);
      for (let time = 0; time < 8; time++) {
        for (const [device, ...remotes] of habits) for (const remote of remotes) this.talk(device, remote);
        this.pass(2 * HOUR);
      }
      this.pass(2 * HOUR);
    }
  }

  /** Kinds, and what tells notices of a kind apart, the latest first. */
  said(): string[] {
    return this.analysis.notices().map((notice) => {
      if (notice.kind === "new-place")
        return `${notice.kind} ${notice.place.domain ?? notice.place.remote} +${notice.more}`;
      if (notice.kind === "new-device") return `${notice.kind} ${notice.device.toString(16)} +${notice.more}`;
      if (notice.kind === "upload") return `${notice.kind} ${Math.round(notice.bytes / 1e6)} MB`;
      return `${notice.kind} ${notice.place?.remote ?? `${notice.protocol}/${notice.port}`} ${notice.count}`;
    });
  }

  #tell(): void {
    this.analysis.advance(Math.floor(this.second * 10));
  }

  #fresh(): TrafficAnalysis {
    return new TrafficAnalysis((_, remote) => this.names.get(formatRemote(remote)));
  }
}
