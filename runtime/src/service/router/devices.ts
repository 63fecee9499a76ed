import { formatIPv4, type IPv4, parseIPv4 } from "../../addr/ipv4.ts";
import type { Mac } from "../../addr/mac.ts";

/** A device of the home as the API shows it; see api/model.ts for each field. */
export interface Device {
  mac: Mac;
  name: string;
  hostName: string | null;
  address: string | null;
  ipv6: string[];
  vendor: string | null;
  connected: boolean;
  port: string | null;
  network: string | null;
  firstSeen: number;
  lastSeen: number;
  leaseExpires: number | null;
  upBytes: number;
  downBytes: number;
}

/** What the DHCP server knows of a device. */
export interface LeaseFacts {
  mac: Mac;
  address: IPv4;
  hostName: string;
  expires: number;
}

/** What the bridge and the neighbour table know of a device that is there now. */
export interface Sighting {
  mac: Mac;
  address: IPv4 | undefined;
  /** Those that leave its network, as RFC 5952 spells them. */
  ipv6?: string[];
  /** Name of the port it is on. */
  port: string | undefined;
  /** Name of the network of the home. */
  network: string;
}

/** Bytes of one device since the data plane started. */
export interface TrafficTotals {
  mac: Mac;
  upBytes: number;
  downBytes: number;
}

/** Bytes of one device in one interval. */
export interface TrafficDelta {
  mac: Mac;
  up: number;
  down: number;
}

/** What is kept of a device over a restart. */
export type Acquaintance = Pick<Device, "mac" | "hostName" | "firstSeen" | "lastSeen">;

/** More than a home has: a stranger on the LAN inventing addresses must not fill the memory. */
const MAX_DEVICES = 1024;

/** Every device known, put together from leases, sightings and traffic. Pure: time comes in as milliseconds since 1970. */
export class DeviceRegistry {
  readonly #devices = new Map<Mac, Device>();
  readonly #totals = new Map<Mac, { up: number; down: number }>();

  constructor(
    private readonly vendorOf: (mac: Mac) => string | null,
    private readonly reservedName: (mac: Mac) => string | undefined,
  ) {}

  restore(acquaintances: readonly Acquaintance[]): void {
    for (const { mac, hostName, firstSeen, lastSeen } of acquaintances) {
      const device = this.#device(mac, firstSeen);
      if (device !== undefined) Object.assign(device, { hostName, lastSeen });
    }
  }

  acquaintances(): Acquaintance[] {
    return this.list().map(({ mac, hostName, firstSeen, lastSeen }) => ({
      mac,
      hostName,
      firstSeen,
      lastSeen,
    }));
  }

  /** The addresses of the devices that have one, dotted decimal. */
  addresses(): Map<Mac, string> {
    const devices = [...this.#devices.values()];
    return new Map(
      devices.flatMap(({ mac, address }) => (address === null ? [] : [[mac, address] as const])),
    );
  }

  /** Those of IPv4 and IPv6 of devices that are here or hold a lease: another may have the address of one that is gone. */
  presentAddresses(): Map<Mac, string[]> {
    const here = [...this.#devices.values()].filter((one) => one.connected || one.leaseExpires !== null);
    return new Map(
      here.map(({ mac, address, ipv6 }) => [mac, [...(address === null ? [] : [address]), ...ipv6]]),
    );
  }

  /** The IPv4 address of the device that has an IPv6 address; undefined where either is not known. */
  ipv4Of(address: string): IPv4 | undefined {
    const device = [...this.#devices.values()].find(({ ipv6 }) => ipv6.includes(address));
    return parseIPv4(device?.address ?? "");
  }

  /** What people call a device: its name, or its hardware address. */
  nameOf(mac: Mac): string {
    return this.reservedName(mac) ?? this.#devices.get(mac)?.hostName ?? mac;
  }

  list(): Device[] {
    return [...this.#devices.values()].map((device) => ({
      ...device,
      name: this.reservedName(device.mac) ?? device.hostName ?? "",
    }));
  }

  updateLeases(leases: readonly LeaseFacts[], now: number): void {
    for (const device of this.#devices.values()) device.leaseExpires = null;
    for (const { mac, address, hostName, expires } of leases) {
      const device = this.#device(mac, now);
      if (device === undefined) continue;
      device.address = formatIPv4(address);
      device.leaseExpires = expires;
      if (hostName !== "") device.hostName = hostName;
    }
  }

  /** The clock was set by `step` ms: what it showed from `from` to `to` was wrong by that, so were the times noted then. */
  clockSet(step: number, from: number, to: number): void {
    const right = (time: number) => (time >= from && time <= to ? time + step : time);
    for (const device of this.#devices.values()) {
      device.firstSeen = right(device.firstSeen);
      device.lastSeen = right(device.lastSeen);
    }
  }

  /** Takes `sightings` as all the devices that are connected now. */
  updateSightings(sightings: readonly Sighting[], now: number): void {
    for (const device of this.#devices.values()) device.connected = false;
    for (const { mac, address, ipv6 = [], port, network } of sightings) {
      const device = this.#device(mac, now);
      if (device === undefined) continue;
      device.connected = true;
      device.lastSeen = now;
      device.network = network;
      device.ipv6 = ipv6;
      if (port !== undefined) device.port = port;
      if (address !== undefined && device.leaseExpires === null) device.address = formatIPv4(address);
    }
  }

  /** Adds what the totals grew by and returns it; totals that shrank were counted anew by a restarted data plane. */
  updateTraffic(totals: readonly TrafficTotals[], now: number): TrafficDelta[] {
    const deltas: TrafficDelta[] = [];
    for (const { mac, upBytes, downBytes } of totals) {
      const device = this.#device(mac, now);
      if (device === undefined) continue;
      const before = this.#totals.get(mac);
      const restarted = before === undefined || upBytes < before.up || downBytes < before.down;
      const up = restarted ? upBytes : upBytes - before.up;
      const down = restarted ? downBytes : downBytes - before.down;
      this.#totals.set(mac, { up: upBytes, down: downBytes });
      device.upBytes += up;
      device.downBytes += down;
      device.lastSeen = now;
      deltas.push({ mac, up, down });
    }
    return deltas;
  }

  #device(mac: Mac, now: number): Device | undefined {
    const known = this.#devices.get(mac);
    if (known !== undefined) return known;
    if (this.#devices.size >= MAX_DEVICES && !this.#forgetOne()) return undefined;
    const device: Device = {
      mac,
      name: "",
      hostName: null,
      address: null,
      ipv6: [],
      vendor: this.vendorOf(mac),
      connected: false,
      port: null,
      network: null,
      firstSeen: now,
      lastSeen: now,
      leaseExpires: null,
      upBytes: 0,
      downBytes: 0,
    };
    this.#devices.set(mac, device);
    return device;
  }

  /** Makes room by one of those that are neither here nor hold an address: false without any. */
  #forgetOne(): boolean {
    const absent = [...this.#devices.values()].filter((one) => !one.connected && one.leaseExpires === null);
    const [least] = absent.sort(
      (a, b) => Number(this.#isNamed(a)) - Number(this.#isNamed(b)) || a.lastSeen - b.lastSeen,
    );
    if (least === undefined) return false;
    this.#devices.delete(least.mac);
    this.#totals.delete(least.mac);
    return true;
  }

  /** Who only sends frames, as an inventor of addresses does, never gives a name. */
  #isNamed({ mac, hostName }: Device): boolean {
    return hostName !== null || this.reservedName(mac) !== undefined;
  }
}
