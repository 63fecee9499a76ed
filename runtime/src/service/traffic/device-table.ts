import { DEFAULT_DEVICES } from "../../traffic/history/history.ts";
import { MINUTE, RETENTION } from "../../traffic/history/ticks.ts";

/** Ticks: after so long a silence the history, which drops whole minutes, holds nothing of a device. */
const SILENCE = RETENTION + MINUTE;

/** Which number the history knows a device by; MAC addresses are numbers of 48 bits. */
export class DeviceTable {
  readonly #numbers = new Map<number, number>();
  /** By number. Number 0 is for all devices without room, whose MAC address reads as zeros. */
  readonly #macs: number[] = [0];
  readonly #lastTick: number[] = [0];

  constructor(private readonly capacity = DEFAULT_DEVICES) {
    this.#numbers.set(0, 0);
  }

  /** The number of the device `mac`, which has traffic at `tick`. */
  seen(mac: number, tick: number): number {
    const number = this.#numbers.get(mac) ?? this.#admit(mac, tick);
    if (number !== 0) this.#lastTick[number] = tick;
    return number;
  }

  /** Undefined: it has had no traffic. */
  number(mac: number): number | undefined {
    return this.#numbers.get(mac);
  }

  mac(number: number): number {
    return this.#macs[number] ?? 0;
  }

  #admit(mac: number, tick: number): number {
    const number = this.#macs.length < this.capacity ? this.#macs.length : this.#silent(tick);
    if (number === 0) return 0;
    this.#numbers.delete(this.mac(number));
    this.#numbers.set(mac, number);
    this.#macs[number] = mac;
    return number;
  }

  /** The number of a device that the history holds nothing of any more; 0 when there is none. */
  #silent(tick: number): number {
    return Math.max(
      0,
      this.#lastTick.findIndex((last, number) => number !== 0 && last < tick - SILENCE),
    );
  }
}
