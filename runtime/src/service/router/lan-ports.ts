import { setLinkUp } from "../../linux/netlink/link-up.ts";
import type { Log } from "../log.ts";
import { linkNamed } from "./network.ts";
import type { Present } from "./present.ts";

/** DHCP clients pass over a link that was gone for less than a moment. */
const UNPLUGGED_MS = 3_000;

/** The cables of the home. */
export class LanPorts {
  /** Those whose cables are out. */
  readonly #unplugged = new Set<string>();

  constructor(
    private readonly present: Present,
    private readonly log: Log,
  ) {}

  /** Takes up those that are not: one that is down serves nobody, whoever took it down. */
  up(): void {
    this.#set(true, (port) => !this.#unplugged.has(port));
  }

  /**
   * Devices keep an address of the network that was until their lease ends, hours later, unless they lose the link. Ports that other
   * networks share by a VLAN stay up: who is behind them keeps the link to a switch in any case.
   */
  async replug(ports: readonly string[]): Promise<void> {
    for (const port of ports) this.#unplugged.add(port);
    this.#set(false, (port) => ports.includes(port));
    await Bun.sleep(UNPLUGGED_MS);
    for (const port of ports) this.#unplugged.delete(port);
    this.up();
  }

  #set(isUp: boolean, isMeant: (port: string) => boolean): void {
    const { plan, snapshot } = this.present;
    for (const port of plan.network.lans.flatMap(({ ports }) => ports.filter(isMeant))) {
      const link = linkNamed(snapshot, port);
      if (link === undefined || link.up === isUp) continue;
      try {
        setLinkUp(link.index, isUp);
      } catch (error) {
        this.log.limited("link", `${port}: ${(error as Error).message}`);
      }
    }
  }
}
