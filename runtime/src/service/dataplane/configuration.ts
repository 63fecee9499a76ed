import { formatIPv4, type IPv4, parseIPv4 } from "../../addr/ipv4.ts";
import { contains, overlaps, type Prefix, parsePrefix } from "../../addr/prefix.ts";
import type { DataplaneConfig, Fault } from "./protocol.ts";

/** A configuration with its addresses understood. */
export interface Configuration {
  wan: { interface: string; address: IPv4 } | null;
  lans: { interface: string; prefix: Prefix }[];
  path: DataplaneConfig["path"];
}

/** Reads a configuration that fits the schema; every fault at once. */
export function parseConfiguration(config: DataplaneConfig): Configuration | Fault[] {
  const faults: Fault[] = [];
  const lans = config.lans.map(({ interface: name, address }, i) => {
    const prefix = parsePrefix(address);
    if (prefix === undefined) faults.push({ field: `lans.${i}.address`, reason: notAPrefix(address) });
    return { interface: name, prefix: prefix ?? { address: 0, length: 32 } };
  });
  const wan = config.wan && { interface: config.wan.interface, address: parseIPv4(config.wan.address) ?? 0 };
  if (wan !== null && (wan.address === 0 || wan.address >= 0xe0000000)) {
    faults.push({ field: "wan.address", reason: `"${config.wan?.address}" is no address of a host` });
  }
  if (faults.length > 0) return faults;
  faults.push(...conflicts(wan, lans));
  return faults.length > 0 ? faults : { wan, lans, path: config.path };
}

function notAPrefix(text: string): string {
  return `"${text}" is no address with a prefix length, such as 192.168.77.1/24`;
}

function conflicts(wan: Configuration["wan"], lans: Configuration["lans"]): Fault[] {
  const faults: Fault[] = [];
  lans.forEach((lan, i) => {
    const other = lans.findIndex(({ prefix }, j) => j < i && overlaps(prefix, lan.prefix));
    if (other >= 0)
      faults.push({ field: `lans.${i}.address`, reason: `overlaps the network of lans.${other}` });
    if (wan !== null && lan.interface === wan.interface) {
      faults.push({
        field: `lans.${i}.interface`,
        reason: `${lan.interface} is the provider's side`,
      });
    }
    if (wan !== null && contains(lan.prefix, wan.address)) {
      faults.push({
        field: `lans.${i}.address`,
        reason: `the external address ${formatIPv4(wan.address)} lies in this network`,
      });
    }
  });
  return faults;
}
