import type { GroupKey } from "@gatehouse/runtime/service/traffic/source.ts";
import { serviceOf } from "@gatehouse/runtime/traffic/names/service.ts";
import type { LiveName, LiveSum } from "@gatehouse/runtime/wire/live/frame.ts";
import type { Device } from "../../api/router.ts";
import { titleOf } from "../device-order.ts";
import { hueOf, placeHues, serviceHues } from "../hue.ts";
import type { Filter, Grouping } from "./view.ts";

export type { GroupKey, LiveName };

/** Protocols are grouped by in the last seconds only. */
export type TableGrouping = Grouping | "protocol";

/** What all groups have together that are not among the largest. */
export const REST = "";

/** What tells a group from the others of its grouping, as filters and URLs name it; REST for what is none of its own. */
export function idOf(by: TableGrouping, key: GroupKey): string {
  if (by === "device") return key.device ?? REST;
  if (by === "remote") return key.remote ?? REST;
  if (by === "domain") return key.domain ?? key.remote ?? REST;
  if (by === "protocol") return `${key.protocol ?? REST}`;
  return key.protocol === undefined ? REST : `${key.protocol}:${key.port ?? 0}`;
}

/** The group of a live sum. */
export function keyOf(by: Grouping, sum: LiveSum, names: ReadonlyMap<string, LiveName>): GroupKey {
  if (by === "device") return { device: sum.device };
  if (by === "service") {
    const { protocol, port } = sum;
    return { protocol, port, service: serviceOf(protocol, port, port).words };
  }
  const { name, evidence, domain } = names.get(sum.remote) ?? {};
  if (by === "domain") return { domain: domain ?? sum.remote };
  return { remote: sum.remote, ...(name !== undefined && { name }), ...(evidence && { evidence }) };
}

/** Whether a live sum passes the filter. */
export function passes(filter: Filter, sum: LiveSum, names: ReadonlyMap<string, LiveName>): boolean {
  const { device, remote, domain, service } = filter;
  if (device !== undefined && sum.device !== device) return false;
  if (remote !== undefined && sum.remote !== remote) return false;
  if (service !== undefined && `${sum.protocol}:${sum.port}` !== service) return false;
  return domain === undefined || (names.get(sum.remote)?.domain ?? sum.remote) === domain;
}

/** What people call a group. */
export function labelOf(by: TableGrouping, key: GroupKey, devices: readonly Device[] | null): string {
  if (idOf(by, key) === REST) return "Others";
  if (by === "device") {
    const device = devices?.find(({ mac }) => mac === key.device);
    return device === undefined ? (key.device ?? "") : titleOf(device);
  }
  if (by === "protocol") return protocolName(key.protocol ?? 0);
  if (by === "service") return capital(key.service ?? serviceLabel(idOf(by, key)));
  if (by === "domain") return key.domain === "others" ? "Other places" : idOf(by, key);
  return key.remote === "others" ? "Other places" : (key.name ?? key.remote ?? "");
}

/** A service in words by its id: "6:443" is "web". */
export function serviceLabel(id: string): string {
  const [protocol = 0, port = 0] = id.split(":").map(Number);
  return serviceOf(protocol, port, port).words;
}

/** The term of the field for a service: "TCP 443". */
export function serviceTerm(id: string): string {
  const [protocol = 0, port = 0] = id.split(":").map(Number);
  const name = protocolName(protocol);
  return port === 0 ? name : `${name} ${port}`;
}

/** A service as the router is asked for it: "tcp/443". */
export function serviceWord(id: string): string {
  const [protocol = 0, port = 0] = id.split(":").map(Number);
  return `${PROTOCOL_NAMES.get(protocol)?.toLowerCase() ?? protocol}/${port}`;
}

/** The hue of a group, the same everywhere: a device's own, or that of the name of what it is. */
export function hueOfGroup(by: TableGrouping, key: GroupKey): number {
  const id = idOf(by, key);
  if (by === "device") return hueOf(id);
  if (by === "domain") return placeHues.of(id);
  return by === "remote" ? placeHues.of(key.name ?? id) : serviceHues.of(id);
}

export const PROTOCOL_NAMES: ReadonlyMap<number, string> = new Map([
  [1, "ICMP"],
  [6, "TCP"],
  [17, "UDP"],
  [47, "GRE"],
  [50, "ESP"],
  [58, "ICMPv6"],
  [132, "SCTP"],
]);

function protocolName(protocol: number): string {
  return PROTOCOL_NAMES.get(protocol) ?? `Protocol ${protocol}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
