import { spanOf } from "@gatehouse/runtime/config/port-span.ts";
import type { Config } from "@gatehouse/runtime/config/schema.ts";

export type LanConfig = Config["lans"][number];
export type Rule = Config["rules"][number];
export type Reservation = LanConfig["dhcp"]["reservations"][number];
/** The parts of the document that say which networks there are, and who may reach whom. */
export type NetworksConfig = Pick<Config, "lans" | "rules" | "discovery" | "wifi">;

/** How a network uses a port. */
export type PortUse = "none" | "plain" | "tagged";

/** A network that is new: its devices reach the Internet and nothing of the home. */
export function newLan(names: readonly string[]): LanConfig {
  const wanted = ["guest", "things"].find((name) => !names.includes(name));
  let n = 2;
  while (names.includes(`network-${n}`)) n++;
  return {
    name: wanted ?? `network-${n}`,
    address: "auto",
    ports: [],
    vlan: null,
    tagged: [],
    dhcp: { first: "auto", last: "auto", leaseTime: 43_200, reservations: [] },
    internet: true,
    router: false,
    isolated: false,
  };
}

/** The same with network `index` called `name`, everywhere. */
export function renamed(config: NetworksConfig, index: number, name: string): NetworksConfig {
  const former = config.lans[index]?.name;
  const now = (other: string) => (other === former ? name : other);
  return {
    lans: config.lans.map((lan, i) => (i === index ? { ...lan, name } : lan)),
    rules: config.rules.map((rule) => ({ ...rule, from: now(rule.from), to: now(rule.to) })),
    discovery: config.discovery.map(now),
    wifi: {
      ...config.wifi,
      networks: config.wifi.networks.map((network) => ({ ...network, lan: now(network.lan) })),
    },
  };
}

/**
 * The same without network `index` and the rules that concern it. Wireless networks that belong to it stay as they are, and the router
 * says so: to let their guests into another network is for the owner to decide.
 */
export function without(config: NetworksConfig, index: number): NetworksConfig {
  const gone = config.lans[index]?.name;
  return {
    ...config,
    lans: config.lans.filter((_, i) => i !== index),
    rules: config.rules.filter(({ from, to }) => from !== gone && to !== gone),
    discovery: config.discovery.filter((name) => name !== gone),
  };
}

export function portUse({ ports, tagged }: LanConfig, port: string): PortUse {
  if (tagged.includes(port)) return "tagged";
  return ports !== "auto" && ports.includes(port) ? "plain" : "none";
}

/** What a network's use of ports would be with `port` used so. */
export function withPort(lan: LanConfig, port: string, use: PortUse): Pick<LanConfig, "ports" | "tagged"> {
  const others = (names: readonly string[]) => names.filter((name) => name !== port);
  const ports = lan.ports === "auto" ? lan.ports : others(lan.ports);
  return {
    ports: use === "plain" && ports !== "auto" ? [...ports, port] : ports,
    tagged: use === "tagged" ? [...others(lan.tagged), port] : others(lan.tagged),
  };
}

/** A port, or a range of them, as it is typed; null: all. What is neither is left for the router to explain. */
export function portsFrom(text: string): Rule["ports"] {
  const trimmed = text.replace(/\s/g, "").replace("–", "-");
  if (trimmed === "") return null;
  return /^\d+$/.test(trimmed) ? Number(trimmed) : trimmed;
}

/** Whether the ports are one, or a range from a smaller to a larger one. */
export function isPortSpan(ports: number | string): boolean {
  const { first, last } = spanOf(ports);
  return 1 <= first && first <= last && last <= 65_535;
}

/** A device's address, or its number within the network, as it is typed. */
export function hostFrom(text: string): number | string {
  const trimmed = text.trim();
  return /^\d+$/.test(trimmed) ? Number(trimmed) : trimmed;
}
