import { type Mac, macAt } from "../addr/mac.ts";

/** Devices at most; more than a home's bridge learns, so that forged source addresses cannot take memory without end. */
const MAX_DEVICES = 1024;
const BUCKETS = 4096;

/** Cumulative sums of one device since the start: bytes of Ethernet frames without their checksum, and packets. */
export interface DeviceTraffic {
  mac: Mac;
  upBytes: number;
  downBytes: number;
  upPackets: number;
  downPackets: number;
}

/** Bytes and packets per MAC address in typed arrays, found through an open-addressed index. */
export class DeviceCounters {
  readonly #index = new Uint16Array(BUCKETS);
  readonly #macs = new Uint8Array(MAX_DEVICES * 6);
  readonly #macView = new DataView(this.#macs.buffer);
  readonly #upBytes = new Float64Array(MAX_DEVICES);
  readonly #downBytes = new Float64Array(MAX_DEVICES);
  readonly #upPackets = new Float64Array(MAX_DEVICES);
  readonly #downPackets = new Float64Array(MAX_DEVICES);
  readonly #changed = new Uint8Array(MAX_DEVICES);
  #size = 0;

  /** Adds to the device whose six address bytes are at `mac`; devices past the limit are not counted. */
  add(view: DataView, mac: number, isUp: boolean, bytes: number, packets: number): void {
    const device = this.#deviceOf(view.getUint16(mac), view.getUint32(mac + 2));
    if (device < 0) return;
    const bytesOf = isUp ? this.#upBytes : this.#downBytes;
    const packetsOf = isUp ? this.#upPackets : this.#downPackets;
    bytesOf[device] = (bytesOf[device] ?? 0) + bytes;
    packetsOf[device] = (packetsOf[device] ?? 0) + packets;
    this.#changed[device] = 1;
  }

  /** The sums of the devices counted since the last call. */
  takeChanged(): DeviceTraffic[] {
    const changed: DeviceTraffic[] = [];
    for (let device = 0; device < this.#size; device++) {
      if (this.#changed[device] === 1) changed.push(this.#trafficOf(device));
    }
    this.#changed.fill(0);
    return changed;
  }

  /** The sums of every device. */
  all(): DeviceTraffic[] {
    return Array.from({ length: this.#size }, (_, device) => this.#trafficOf(device));
  }

  #trafficOf(device: number): DeviceTraffic {
    return {
      mac: macAt(this.#macs, device * 6),
      upBytes: this.#upBytes[device] ?? 0,
      downBytes: this.#downBytes[device] ?? 0,
      upPackets: this.#upPackets[device] ?? 0,
      downPackets: this.#downPackets[device] ?? 0,
    };
  }

  /** The device's row, made when it is new; -1 when there is no room. */
  #deviceOf(high: number, low: number): number {
    let bucket = (Math.imul(low ^ (high << 8), 0x9e3779b1) >>> 20) & (BUCKETS - 1);
    for (;;) {
      const entry = this.#index[bucket] ?? 0;
      if (entry === 0) break;
      const at = (entry - 1) * 6;
      if (this.#macView.getUint32(at + 2) === low && this.#macView.getUint16(at) === high) return entry - 1;
      bucket = (bucket + 1) & (BUCKETS - 1);
    }
    if (this.#size === MAX_DEVICES) return -1;
    this.#macView.setUint16(this.#size * 6, high);
    this.#macView.setUint32(this.#size * 6 + 2, low);
    this.#index[bucket] = this.#size + 1;
    return this.#size++;
  }
}
