import { formatPrefix } from "../../addr/prefix.ts";
import { linkMaster } from "../../linux/link-master.ts";
import type { RouteSnapshot } from "../../linux/netlink/route.ts";
import type { LanSide } from "../../render/network.ts";
import { linkNamed } from "./network.ts";

/**
 * In which network of the home the devices at each port and bridge were served last. They keep an address of it until their lease ends,
 * hours later, wherever their cable leads by then.
 */
export class Moves {
  readonly #served: Map<string, string>;

  /** `snapshot` is what a program before this one has left; `masterOf` names the bridge that a port is of. */
  constructor(snapshot: RouteSnapshot, masterOf: (port: string) => string | undefined = linkMaster) {
    const network = (bridge: string) => {
      const link = linkNamed(snapshot, bridge);
      const address = snapshot.addresses.find((entry) => entry.link === link?.index);
      return address && formatPrefix(address.prefix);
    };
    const links = snapshot.links.map(({ name }) => [name, network(masterOf(name) ?? name)] as const);
    this.#served = new Map(links.flatMap(([name, found]) => (found === undefined ? [] : [[name, found]])));
  }

  /** Of `lans`, which are served now, the bridges and ports that were in another network before. */
  note(lans: readonly LanSide[]): string[] {
    return lans.flatMap(({ bridge, ports, prefix }) => {
      const network = formatPrefix(prefix);
      const moved = [bridge, ...ports].filter((name) => (this.#served.get(name) ?? network) !== network);
      for (const name of [bridge, ...ports]) this.#served.set(name, network);
      return moved;
    });
  }
}
