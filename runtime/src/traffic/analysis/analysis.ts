import { NO_DEVICE, type SumsRecord } from "../feed/records.ts";
import { FlowNames, type NameOf } from "./flow-names.ts";
import { type DeviceState, KnownDevice, KnownDevices } from "./known-devices.ts";
import { LiveGroups, type WindowSeconds } from "./live-groups.ts";
import type { Notice } from "./notice.ts";
import { type BoardState, idOf, NoticeBoard } from "./notice-board.ts";
import { PlaceWatch } from "./place-watch.ts";
import { ScanWatch } from "./scan-watch.ts";
import { readState, writeState } from "./state.ts";
import { type LiveGroup, type LiveGrouping, topGroups } from "./top.ts";
import { PERIOD } from "./upload-habit.ts";
import { HEADERS, UploadWatch } from "./upload-watch.ts";

/** Seconds of running in which all devices are new, and none is worth a notice. */
const FIRST_HOUR = 3600;
/** A pause of the caller's counts as so many seconds of running. */
const MAX_STEP = 10;
/** Seconds between looks at all flows. */
const CHECK_STEP = 5;
const MAX_MAC = 2 ** 48;

/** [seconds of running, devices, notices] */
type State = [age: number, devices: DeviceState[], board: BoardState];

/**
 * Looks at the traffic while it happens: who talks most, and what is worth a notice. It is fed with the sums of every tick and told the
 * time with them; names it asks for when it needs them. What it knows of devices can be written down and given back.
 */
export class TrafficAnalysis {
  readonly #groups = new LiveGroups();
  readonly #names: FlowNames;
  readonly #devices = new KnownDevices();
  readonly #board = new NoticeBoard();
  readonly #places: PlaceWatch;
  readonly #uploads: UploadWatch;
  readonly #scans: ScanWatch;
  #age = 0;
  #tick = -1;
  #second = 0;
  #latest: KnownDevice | undefined;

  constructor(nameOf: NameOf) {
    this.#names = new FlowNames(this.#groups, nameOf);
    this.#places = new PlaceWatch(this.#groups, this.#names, this.#devices, this.#board);
    this.#uploads = new UploadWatch(this.#groups, this.#names, this.#devices, this.#board);
    this.#scans = new ScanWatch(this.#groups, this.#board);
  }

  /** Takes a record of the feed; reads it only. */
  add(record: SumsRecord): void {
    if (record.tick !== this.#tick) this.advance(record.tick);
    this.#groups.add(record);
    const { device: mac, upBytes, upPackets } = record;
    if (this.#latest?.mac !== mac) {
      if (!isDevice(mac)) return;
      this.#latest = this.#seen(mac, this.#second);
    }
    this.#latest.upload.sent += Math.max(0, upBytes - HEADERS * upPackets);
  }

  /** Tells the time, at the end of each tick and while there is no traffic: steps of 100 ms since the epoch. */
  advance(tick: number): void {
    this.#tick = tick;
    this.#groups.advance(tick);
    const { second } = this.#groups;
    if (second === this.#second) return;
    const before = this.#second;
    this.#second = second;
    this.#latest = undefined;
    if (before > 0) this.#age += Math.min(Math.max(0, second - before), MAX_STEP);
    const periods = Math.floor(second / PERIOD) - Math.floor(before / PERIOD);
    if (periods !== 0) this.#uploads.endPeriods(Math.abs(periods), second - (second % PERIOD));
    if (Math.floor(second / CHECK_STEP) === Math.floor(before / CHECK_STEP)) return;
    this.#places.check();
    this.#scans.check();
  }

  /** `mac` (48 bits) came to the home's network at `at` (ms), whether or not it talks to anybody. */
  arrived(mac: number, at: number): void {
    if (isDevice(mac)) this.#seen(mac, Math.floor(at / 1000));
  }

  /** The `count` groups with the most bytes of the last 10 or 60 seconds, and the range (ms) that is. */
  top(
    by: LiveGrouping,
    count: number,
    window: WindowSeconds,
  ): { from: number; to: number; groups: LiveGroup[] } {
    return {
      ...this.#groups.range(window),
      groups: topGroups(this.#groups, this.#names, by, count, window),
    };
  }

  /** What is worth a look, the latest first; at most 64. */
  notices(): Notice[] {
    return this.#board.notices();
  }

  /** The notices that were silenced. */
  silenced(): Notice[] {
    return this.#board.silenced();
  }

  /** No more notices of this kind about this device, and about the same place where it has one. False when there is none with the id. */
  silence(id: string): boolean {
    return this.#board.silence(id);
  }

  /** Ends the silence about a notice, which is there again. False when there was none. */
  unsilence(id: string): boolean {
    return this.#board.unsilence(id);
  }

  /**
   * Forgets habits and notices of a device (48 bits), of which remains that it is known; or all, as if the router were new. Live groups
   * begin anew, too.
   */
  forget(mac?: number): void {
    this.#board.forget(mac);
    this.#groups.clear();
    this.#latest = undefined;
    if (mac === undefined) {
      this.#devices.clear();
      this.#age = 0;
    } else if (this.#devices.get(mac) !== undefined) {
      this.#devices.set(new KnownDevice(mac, this.#second));
    }
  }

  /** What is known of devices and the notices, for `restore`: JSON, below a megabyte. Live groups are not in it. */
  snapshot(): string {
    const devices = Array.from(this.#devices.all(), (device) => device.state());
    return writeState([this.#age, devices, this.#board.state()] satisfies State);
  }

  /** Takes what `snapshot` gave, before anything is added. False when it is damaged or of another version: all begins anew. */
  restore(text: string): boolean {
    const state = readState(text) as State | undefined;
    if (state === undefined) return false;
    const [age, devices, board] = state;
    this.#age = age;
    for (const device of devices) this.#devices.set(KnownDevice.restored(device));
    this.#board.restore(board);
    return true;
  }

  #seen(mac: number, second: number): KnownDevice {
    const known = this.#devices.get(mac);
    if (known !== undefined) {
      known.see(second);
      return known;
    }
    const device = new KnownDevice(mac, second);
    this.#devices.set(device);
    if (this.#age >= FIRST_HOUR) this.#join(mac, second * 1000);
    return device;
  }

  #join(device: number, at: number): void {
    const id = idOf("new-device", device);
    this.#board.post({ id, kind: "new-device", at, device, from: at, to: at + 60_000, more: 0 });
  }
}

/** A device's own address: no group's, and not NO_DEVICE. */
function isDevice(mac: number): boolean {
  const isGroup = (Math.floor(mac / 2 ** 40) & 1) === 1;
  return mac !== NO_DEVICE && mac < MAX_MAC && !isGroup;
}
