import type { Device } from "../api/router.ts";

/** By what a list of devices can be put in order. */
export const ORDERS = ["traffic", "name", "address", "seen"] as const;
export type Order = (typeof ORDERS)[number];

export function orderOf(text: string | null): Order {
  return ORDERS.find((order) => order === text) ?? "traffic";
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** What a person would call the device. */
export function titleOf(device: Device): string {
  if (device.name !== "") return device.name;
  return device.vendor === null ? "Unnamed device" : `${device.vendor} device`;
}

/** The devices whose name, address, MAC or maker contains every word of `filter`. */
export function matching(devices: Device[], filter: string): Device[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return devices;
  return devices.filter(({ name, hostName, address, mac, vendor }) => {
    const text = [name, hostName, address, mac, vendor].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** A sorted copy: connected devices first, then by `order`, then by name so that equals keep their places. */
export function ordered(devices: Device[], order: Order, weight: ReadonlyMap<string, number>): Device[] {
  const byName = (a: Device, b: Device) =>
    collator.compare(titleOf(a), titleOf(b)) || collator.compare(a.mac, b.mac);
  const compare: Record<Order, (a: Device, b: Device) => number> = {
    traffic: (a, b) => (weight.get(b.mac) ?? 0) - (weight.get(a.mac) ?? 0),
    name: () => 0,
    address: (a, b) => collator.compare(a.address ?? "~", b.address ?? "~"),
    seen: (a, b) => b.lastSeen - a.lastSeen,
  };
  return devices.toSorted(
    (a, b) => Number(b.connected) - Number(a.connected) || compare[order](a, b) || byName(a, b),
  );
}
