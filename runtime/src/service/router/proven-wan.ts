import type { Link } from "../../linux/netlink/route.ts";

/** A port and the hardware it is. */
export interface ProvenPort {
  port: string;
  mac: string;
}

type Port = Pick<Link, "name" | "mac" | "permanentMac">;

/**
 * The port that the Internet has come by. It holds against ports plugged in later, whose names may sort before it; once seen
 * since the start also while it is unplugged, lest a port of the home be turned towards the provider meanwhile. Not seen
 * since the start it is forgotten when another one proves itself: the router was rebuilt.
 */
export class ProvenWan {
  #wasSeen = false;

  constructor(private proven: ProvenPort | undefined) {}

  /** The port's name, when it is to be the WAN among `links`. */
  name(links: readonly Port[]): string | undefined {
    const { proven } = this;
    this.#wasSeen ||= links.some((link) => link.name === proven?.port && hardware(link) === proven.mac);
    return this.#wasSeen ? proven?.port : undefined;
  }

  /** Takes note of the port that the Internet comes by now; what to remember, when it is another than before. */
  note(link: Port): ProvenPort | undefined {
    const mac = hardware(link);
    if (mac === undefined || (link.name === this.proven?.port && mac === this.proven.mac)) return undefined;
    this.proven = { port: link.name, mac };
    this.#wasSeen = true;
    return this.proven;
  }
}

/** What the port is, also while it shows the provider another address and after a reboot, when it does not yet. */
function hardware({ mac, permanentMac }: Port): string | undefined {
  return permanentMac ?? mac;
}
