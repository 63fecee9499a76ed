import { parsePrefix } from "../addr/prefix.ts";
import { parseConfig } from "../config/parse.ts";
import type { Config } from "../config/schema.ts";
import { bridgeOf, type LanSide, type Network, wanInterface } from "./network.ts";
import type { AccessPoint } from "./wifi/radios.ts";

/** A configuration of the present form; throws with its faults. */
export function configOf(document: object): Config {
  const parsed = parseConfig({ version: 2, ...document });
  if ("faults" in parsed) throw new Error(JSON.stringify(parsed.faults));
  return parsed.config;
}

/** A network of one way out and one network of the home, whose bridge is br-lan unless a configuration names it otherwise. */
export function networkWith(chosen: {
  config?: Config;
  wan?: string;
  ports?: string[];
  idle?: string[];
  accessPoints?: AccessPoint[];
  prefix?: string;
}): Network {
  const { config = configOf({ lans: [{ name: "lan" }], wifi: { networks: [] } }), wan, ports = [] } = chosen;
  const wans = config.wans.flatMap((side, i) =>
    wan === undefined || i > 0
      ? []
      : [
          {
            config: side,
            port: wan,
            interface: wanInterface(side, wan),
            mac: side.mac ?? undefined,
            metric: 100,
            table: 81,
          },
        ],
  );
  const lan: LanSide = {
    config: config.lans[0]!,
    bridge: bridgeOf(config.lans[0]!),
    prefix: parsePrefix(chosen.prefix ?? "192.168.77.1/24")!,
    ports,
    tagged: [],
  };
  return {
    config,
    wans,
    wan: wans[0],
    lans: [lan],
    idle: chosen.idle ?? [],
    radios: [],
    accessPoints: chosen.accessPoints ?? [],
  };
}
