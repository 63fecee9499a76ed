import { setLinkUp } from "../../linux/netlink/link-up.ts";
import type { Log } from "../log.ts";
import { linkNamed } from "./network.ts";
import type { Present } from "./present.ts";

/** DHCP clients pass over a link that was gone for less than a moment. */
const UNPLUGGED_MS = 3_000;

/** The cables of the home. */
export class LanPorts {
  #isUnplugged = false;

  constructor(
    private readonly present: Present,
    private readonly log: Log,
  ) {}

  /** Takes up those that are not: one that is down serves nobody, whoever took it down. */
  up(): void {
    if (!this.#isUnplugged) this.#set(true);
  }

  /** Devices keep an address of the network that was until their lease ends, hours later, unless they lose the link. */
  async replug(): Promise<void> {
    this.#isUnplugged = true;
    this.#set(false);
    await Bun.sleep(UNPLUGGED_MS);
    this.#isUnplugged = false;
    this.#set(true);
  }

  #set(isUp: boolean): void {
    const { plan, snapshot } = this.present;
    for (const port of plan.network.lans.flatMap(({ ports }) => ports)) {
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
