import { PlaceHabit, type PlaceState } from "./place-habit.ts";
import { UploadHabit, type UploadState } from "./upload-habit.ts";

/** Devices remembered; a home has tens, and phones that change their address add some a month. */
const MAX_DEVICES = 512;
const DAY_SECONDS = 86_400;

/** What is known of a device. */
export class KnownDevice {
  /** A MAC as a number of 48 bits. */
  readonly mac: number;
  readonly places = new PlaceHabit();
  readonly upload = new UploadHabit();
  /** Days on which it was active and that are over. */
  activeDays = 0;
  /** The second of its last traffic or arrival, since the epoch. */
  seen: number;
  #day: number;

  constructor(mac: number, second: number) {
    this.mac = mac;
    this.seen = second;
    this.#day = dayOf(second);
  }

  /** The device is active at `second`. The first time on another day, the day before is learned. */
  see(second: number): void {
    this.seen = second;
    const day = dayOf(second);
    if (day === this.#day) return;
    this.activeDays++;
    this.places.endDay();
    // The clock may be set back.
    this.upload.endDay(Math.max(1, day - this.#day));
    this.#day = day;
  }

  state(): DeviceState {
    return [this.mac, this.seen, this.activeDays, this.#day, this.places.state(), this.upload.state()];
  }

  static restored([mac, seen, activeDays, day, places, upload]: DeviceState): KnownDevice {
    const device = new KnownDevice(mac, seen);
    device.activeDays = activeDays;
    device.#day = day;
    device.places.restore(places);
    device.upload.restore(upload);
    return device;
  }
}

export type DeviceState = [
  mac: number,
  seen: number,
  activeDays: number,
  day: number,
  places: PlaceState,
  upload: UploadState,
];

/** The devices that were ever seen, as far as there is room. */
export class KnownDevices {
  readonly #devices = new Map<number, KnownDevice>();

  get(mac: number): KnownDevice | undefined {
    return this.#devices.get(mac);
  }

  all(): Iterable<KnownDevice> {
    return this.#devices.values();
  }

  /** In place of what was known of it. */
  set(device: KnownDevice): void {
    if (!this.#devices.has(device.mac) && this.#devices.size >= MAX_DEVICES) this.#dropOne();
    this.#devices.set(device.mac, device);
  }

  clear(): void {
    this.#devices.clear();
  }

  /** The one with the fewest days goes, of several the one not seen for longest: forged addresses never drive out the home's. */
  #dropOne(): void {
    let least: KnownDevice | undefined;
    for (const device of this.#devices.values()) {
      if (least === undefined || isLess(device, least)) least = device;
    }
    this.#devices.delete(least!.mac);
  }
}

function isLess(a: KnownDevice, b: KnownDevice): boolean {
  return a.activeDays < b.activeDays || (a.activeDays === b.activeDays && a.seen < b.seen);
}

export function dayOf(second: number): number {
  return Math.floor(second / DAY_SECONDS);
}
