import { type Mac, macBytes } from "../../addr/mac.ts";
import { NO_DEVICE } from "./ring-state.ts";

/** The MAC address in the six bytes from `offset`, as a number of 48 bits. */
export function deviceAt(view: DataView, offset: number): number {
  return view.getUint16(offset) * 0x100000000 + view.getUint32(offset + 2);
}

/** `mac` as a number of 48 bits. */
export function deviceOf(mac: Mac): number {
  return deviceAt(new DataView(macBytes(mac).buffer), 0);
}

/** Finds a device's ring: open addressing over the few rings there are, filled anew when one changes hands. */
export class DeviceIndex {
  readonly #devices: Float64Array;
  /** Ring plus one, 0 where nothing is. */
  readonly #buckets: Uint32Array;
  readonly #mask: number;

  constructor(ringCount: number) {
    const buckets = 2 ** Math.ceil(Math.log2(ringCount * 4));
    this.#devices = new Float64Array(ringCount).fill(NO_DEVICE);
    this.#buckets = new Uint32Array(buckets);
    this.#mask = buckets - 1;
  }

  /** The ring of `device`, or -1. */
  find(device: number): number {
    for (let bucket = this.#home(device); ; bucket = (bucket + 1) & this.#mask) {
      const ring = (this.#buckets[bucket] ?? 0) - 1;
      if (ring < 0 || this.#devices[ring] === device) return ring;
    }
  }

  /** Makes the ring the device's, or nobody's. */
  set(ring: number, device: number): void {
    this.#devices[ring] = device;
    this.#buckets.fill(0);
    for (let i = 0; i < this.#devices.length; i++) {
      const owner = this.#devices[i] ?? NO_DEVICE;
      if (owner === NO_DEVICE) continue;
      let bucket = this.#home(owner);
      while (this.#buckets[bucket] !== 0) bucket = (bucket + 1) & this.#mask;
      this.#buckets[bucket] = i + 1;
    }
  }

  #home(device: number): number {
    const high = Math.floor(device / 0x100000000);
    return (Math.imul((device - high * 0x100000000) ^ (high << 8), 0x9e3779b1) >>> 16) & this.#mask;
  }
}
