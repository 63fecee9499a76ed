import type { SumsRecord } from "../../traffic/feed/records.ts";
import { TrafficHistory } from "../../traffic/history/history.ts";
import type { Remote } from "../../traffic/history/pair-table.ts";
import { RecordedTime } from "../../traffic/history/recorded-time.ts";
import { LONGEST_PAUSE, MERGED_STEP } from "../../traffic/history/timeline.ts";
import { DeviceTable } from "./device-table.ts";
import type { ServicePort } from "./source.ts";

const MEGABYTE = 1024 * 1024;
/** Part of the memory for services: a device uses few of them, so that they are fewer pairs than those with remotes. */
const SERVICES_SHARE = 1 / 8;
/** As little as there can be for as many devices. */
const LEAST_SERVICES = 12 * MEGABYTE;
/** Marks a service, so that one without protocol and port is not the history's OTHERS. */
const SERVICE = 1;

/** What the router keeps in memory of the last 24 hours: per device and remote, and per device and service. */
export class TrafficAccounts {
  readonly devices = new DeviceTable();
  readonly remotes: TrafficHistory;
  readonly services: TrafficHistory;
  /** When the feed was read, in earlier runs too. */
  readonly recorded = new RecordedTime();
  /**
   * The clock's tick from which on traffic is here, as far as it is still kept: the first, or where the clock was set to. 0 before
   * the first.
   */
  since = 0;
  #lastTick = 0;
  readonly #service = Uint32Array.of(SERVICE, 0, 0, 0);

  /** `megabytes`, at least 32, in all. */
  constructor(megabytes: number) {
    const { remotes, services } = sharesOf(megabytes);
    this.remotes = new TrafficHistory(remotes);
    this.services = new TrafficHistory(services);
  }

  /** Takes another size; where it is less, what is oldest is given up first. */
  resize(megabytes: number): void {
    const { remotes, services } = sharesOf(megabytes);
    this.remotes.resize(remotes);
    this.services.resize(services);
  }

  add(sums: SumsRecord): void {
    const { tick, remote, protocol, port, upBytes, downBytes, upPackets, downPackets } = sums;
    this.advance(tick);
    const device = this.devices.seen(sums.device, tick);
    this.remotes.add(tick, device, remote, upBytes, downBytes, upPackets, downPackets);
    this.#service[2] = protocol;
    this.#service[3] = port;
    this.services.add(tick, device, this.#service, upBytes, downBytes, upPackets, downPackets);
  }

  /** Ends what is known of a device, a MAC address as a number, or of all. */
  forget(mac?: number): void {
    const device = mac === undefined ? undefined : this.devices.number(mac);
    if (mac === undefined) this.recorded.forget();
    if (mac !== undefined && device === undefined) return;
    this.remotes.forget(device);
    this.services.forget(device);
  }

  /** Ends a tick, also one without traffic; the recorded tick. */
  advance(tick: number): number {
    const step = tick - this.#lastTick;
    if (this.since === 0 || step < -MERGED_STEP || step > LONGEST_PAUSE) this.since = tick;
    this.#lastTick = tick;
    this.recorded.add(tick);
    this.services.advance(tick);
    return this.remotes.advance(tick);
  }
}

/** Bytes for each. */
function sharesOf(megabytes: number): { remotes: number; services: number } {
  const bytes = megabytes * MEGABYTE;
  const services = Math.max(LEAST_SERVICES, bytes * SERVICES_SHARE);
  return { remotes: bytes - services, services };
}

/** What the words that `services` has for a remote say. */
export function serviceIn(words: Remote): ServicePort {
  return { protocol: words[2]!, port: words[3]! };
}

/** The words that `services` has for a service. */
export function serviceWords({ protocol, port }: ServicePort): Remote {
  return Uint32Array.of(SERVICE, 0, protocol, port);
}
