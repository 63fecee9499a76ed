import { readFileSync } from "node:fs";
import type { Namespace } from "./linux-namespace.ts";
import { ruleCounts } from "./rule-counters.ts";

/** Counted things by name. */
export type Counts = Record<string, number>;

/** What the router's kernel has counted: its interfaces, its rules, its IP layer. */
export function kernelCounts(router: Namespace): Counts {
  return { ...interfaceCounts(router), ...ruleCounts(router), ...ipCounts(router) };
}

/** What grew between two counts, and by how much. */
export function growth(before: Counts, after: Counts): Counts {
  const entries = Object.keys(after).map((name) => [name, (after[name] ?? 0) - (before[name] ?? 0)] as const);
  return Object.fromEntries(entries.filter(([, by]) => by !== 0));
}

interface Link {
  ifname: string;
  stats64: Record<"rx" | "tx", { packets: number; dropped: number }>;
}

function interfaceCounts(router: Namespace): Counts {
  const counts: Counts = {};
  for (const { ifname, stats64 } of JSON.parse(router.ip("-stats -json link show")) as Link[]) {
    for (const side of ["rx", "tx"] as const) {
      counts[`${ifname} ${side}`] = stats64[side].packets;
      counts[`${ifname} ${side} dropped`] = stats64[side].dropped;
    }
  }
  return counts;
}

/** /proc/net/snmp: names in one line of each pair, numbers in the next. */
function ipCounts(router: Namespace): Counts {
  const counts: Counts = {};
  const lines = router.run(() => readFileSync("/proc/thread-self/net/snmp", "latin1")).split("\n");
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [names = [], values = []] = [lines[i]?.split(" "), lines[i + 1]?.split(" ")];
    names.forEach((name, at) => {
      if (at > 0) counts[`${names[0]} ${name}`] = Number(values[at]);
    });
  }
  return counts;
}
