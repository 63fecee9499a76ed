import { type Mac, macFromNumber } from "../../addr/mac.ts";
import { formatRemote } from "../../addr/remote.ts";
import { serviceOf } from "../names/service.ts";
import type { FlowNames } from "./flow-names.ts";
import type { LiveGroups, WindowSeconds } from "./live-groups.ts";

/** "domain" is the registrable domain of the remote's name, or the remote where it has none. */
export type LiveGrouping = "device" | "remote" | "domain" | "protocol" | "service";

/** What the flows of a group have in common. Devices past the limits are "00:00:00:00:00:00", remotes past them "others". `name` and `evidence` of a remote are what one of its devices calls it. */
export interface LiveKey {
  device?: Mac;
  remote?: string;
  name?: string;
  evidence?: "asked" | "server-name" | "reverse";
  domain?: string;
  /** IP protocol number. */
  protocol?: number;
  /** 0 where there is none. */
  port?: number;
  /** In plain words. */
  service?: string;
}

/** Sums of the window. */
export interface LiveGroup {
  key: LiveKey;
  up: number;
  down: number;
  upPackets: number;
  downPackets: number;
}

/** The `count` groups with the most bytes in the window, the largest first. */
export function topGroups(
  groups: LiveGroups,
  names: FlowNames,
  by: LiveGrouping,
  count: number,
  window: WindowSeconds,
): LiveGroup[] {
  const all = new Map<number | string, { flow: number; sums: Omit<LiveGroup, "key"> }>();
  groups.forEach((flow) => {
    if (groups.upPackets(flow, window) + groups.downPackets(flow, window) === 0) return;
    const identity = identityOf(groups, names, by, flow);
    let group = all.get(identity);
    if (group === undefined) {
      group = { flow, sums: { up: 0, down: 0, upPackets: 0, downPackets: 0 } };
      all.set(identity, group);
    }
    group.sums.up += groups.upBytes(flow, window);
    group.sums.down += groups.downBytes(flow, window);
    group.sums.upPackets += groups.upPackets(flow, window);
    group.sums.downPackets += groups.downPackets(flow, window);
  });
  return [...all.values()]
    .sort((a, b) => b.sums.up + b.sums.down - a.sums.up - a.sums.down)
    .slice(0, count)
    .map(({ flow, sums }) => ({ key: keyOf(groups, names, by, flow), ...sums }));
}

/** The same for flows of the same group. */
function identityOf(
  { flows }: LiveGroups,
  names: FlowNames,
  by: LiveGrouping,
  flow: number,
): number | string {
  if (by === "device") return flows.devices[flow]!;
  if (by === "protocol") return flows.protocols[flow]!;
  if (by === "service") return flows.protocols[flow]! * 0x10000 + flows.ports[flow]!;
  const domain = by === "domain" ? names.of(flow)?.domain : undefined;
  return domain ?? flows.remotes.subarray(flow * 4, flow * 4 + 4).join();
}

function keyOf({ flows }: LiveGroups, names: FlowNames, by: LiveGrouping, flow: number): LiveKey {
  const protocol = flows.protocols[flow]!;
  const port = flows.ports[flow]!;
  if (by === "device") return { device: macFromNumber(flows.devices[flow]!) };
  if (by === "protocol") return { protocol };
  if (by === "service") return { protocol, port, service: serviceOf(protocol, port, port).words };
  const known = names.of(flow);
  const remote = formatRemote(flows.remotes, flow * 4);
  if (known === undefined) return by === "domain" ? { domain: remote } : { remote };
  const { name, source, domain } = known;
  return by === "domain" ? { domain } : { remote, name, evidence: source, domain };
}
