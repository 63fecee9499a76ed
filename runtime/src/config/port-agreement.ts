import type { Fault } from "./faults.ts";
import type { Config } from "./schema.ts";

/** One side's use of a port: frames with the VLAN's tag, or without any. */
interface Use {
  path: string;
  side: string;
  port: string;
  vlan: number | null;
}

/** Faults in which side has which port: each may have its untagged frames, or those of one VLAN. */
export function* portDisagreements({ wans, lans }: Config): Generator<Fault> {
  yield* automatic(wans, "wans", "port");
  yield* automatic(lans, "lans", "ports");
  yield* vlans(lans);
  const taken = new Map<string, Use>();
  for (const use of uses({ wans, lans })) {
    const { path, port, vlan } = use;
    if (/^(br|t|wan|ppp|ap[1-9])-/.test(port)) {
      yield {
        path,
        message: `${port} is an interface of the router's own making`,
        fix: "name the Ethernet ports themselves",
      };
    }
    const key = `${port} ${vlan}`;
    const other = taken.get(key);
    if (other === undefined) taken.set(key, use);
    else {
      yield {
        path,
        message: `${port}${vlan === null ? "" : ` with VLAN ${vlan}`} is ${other.side}'s already`,
        fix: `take it out here or of ${other.path}, or tell the two apart by a VLAN`,
      };
    }
  }
}

function* uses({ wans, lans }: Pick<Config, "wans" | "lans">): Generator<Use> {
  for (const [i, { name, port, vlan }] of wans.entries())
    if (port !== "auto") yield { path: `wans.${i}.port`, side: name, port, vlan };
  for (const [i, { name, ports, vlan, tagged }] of lans.entries()) {
    if (ports !== "auto")
      for (const [j, port] of ports.entries())
        yield { path: `lans.${i}.ports.${j}`, side: name, port, vlan: null };
    for (const [j, port] of tagged.entries()) yield { path: `lans.${i}.tagged.${j}`, side: name, port, vlan };
  }
}

function* automatic(
  sides: readonly { port?: string; ports?: string | readonly string[] }[],
  list: string,
  field: "port" | "ports",
): Generator<Fault> {
  const first = sides.findIndex((side) => side[field] === "auto");
  for (const [i, side] of sides.entries()) {
    if (i === first || side[field] !== "auto") continue;
    yield {
      path: `${list}.${i}.${field}`,
      message: `${list}.${first} takes what is chosen automatically already`,
      fix: "name the ports of one of the two",
    };
  }
}

function* vlans(lans: Config["lans"]): Generator<Fault> {
  for (const [i, { vlan, tagged }] of lans.entries()) {
    if (vlan === null && tagged.length > 0) {
      yield {
        path: `lans.${i}.vlan`,
        message: "ports carry this network tagged, but its VLAN is missing",
        fix: "give a number from 1 to 4094, or move the ports from tagged to ports",
      };
    }
    if (vlan !== null && tagged.length === 0) {
      yield {
        path: `lans.${i}.tagged`,
        message: `no port carries VLAN ${vlan}`,
        fix: "name the ports that carry it, or make vlan null",
      };
    }
  }
}
