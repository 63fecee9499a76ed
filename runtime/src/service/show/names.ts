import { formatIPv4, parseIPv4 } from "../../addr/ipv4.ts";
import { parseMac } from "../../addr/mac.ts";
import { leasePaths, readLeases } from "../dhcp/lease-file.ts";

/** What is known of the device at an address. */
export interface Named {
  address: string;
  mac: string;
  /** Empty when there is none. */
  name: string;
}

/** The control plane as this machine reaches it. */
const DEVICES = "http://127.0.0.1/api/devices";
const PATIENCE_MS = 1_000;

/** The devices' names: the control plane's or, while that is down, those in its lease file; none where neither can be read. */
export async function knownDevices(state: string): Promise<Named[]> {
  try {
    const response = await fetch(DEVICES, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    const devices = (await response.json()) as (Omit<Named, "address"> & {
      address: string | null;
      connected: boolean;
    })[];
    return devices
      .sort((a, b) => Number(b.connected) - Number(a.connected))
      .flatMap(({ address, mac, name }) => (address === null ? [] : [{ address, mac, name }]));
  } catch {
    const leases = leasePaths(state).flatMap((path) => readLeases(path).leases);
    return leases.map(({ address, mac, hostName }) => ({
      address: formatIPv4(address),
      mac,
      name: hostName,
    }));
  }
}

/** The address of the device that `which` means: an address, a MAC or a name. Throws with what is known instead. */
export function addressOf(which: string, devices: readonly Named[]): string {
  if (parseIPv4(which) !== undefined) return which;
  const mac = parseMac(which);
  const wanted = which.toLowerCase();
  const found = devices.filter((device) =>
    mac === undefined ? device.name.toLowerCase() === wanted : device.mac === mac,
  );
  const addresses = new Set(found.map(({ address }) => address));
  if (addresses.size > 1) {
    throw new Error(
      `${addresses.size} devices are called "${which}": name one by its address, ${[...addresses].join(" or ")}`,
    );
  }
  const [address] = addresses;
  if (address === undefined)
    throw new Error(
      `no device ${mac === undefined ? "is called" : "has the MAC"} ${which}; ${hint(devices)}`,
    );
  return address;
}

/** As many as fit a line or two. */
const NAMED = 12;

function hint(devices: readonly Named[]): string {
  const names = [...new Set(devices.map(({ name }) => name).filter((name) => name !== ""))].sort();
  if (names.length === 0) return "no names are known now, so name it by its address at home";
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  return `known are ${names.slice(0, NAMED).join(", ")}${more}`;
}
