import type { WanFacts } from "./network.ts";

/** A port and the hardware it is. */
export interface ProvenPort {
  port: string;
  mac: string;
}

/**
 * The port that the Internet has come by. It holds against ports plugged in later, whose names may sort before it; once seen
 * since the start also while it is unplugged, lest a port of the home be turned towards the provider meanwhile. Not seen
 * since the start it is forgotten when another one proves itself: the router was rebuilt.
 */
export class ProvenWan {
  #wasSeen = false;

  constructor(private proven: ProvenPort | undefined) {}

  /** The port's name, when it is to be the WAN among `links`. */
  name(links: readonly { name: string; mac: string | undefined }[]): string | undefined {
    const { proven } = this;
    this.#wasSeen ||= links.some(({ name, mac }) => name === proven?.port && mac === proven.mac);
    return this.#wasSeen ? proven?.port : undefined;
  }

  /** Takes note of the WAN's state; the port to remember, when it is another than before. */
  note({ state, interface: port, mac }: WanFacts): ProvenPort | undefined {
    if (state !== "online" || port === null || mac === null) return undefined;
    if (port === this.proven?.port && mac === this.proven.mac) return undefined;
    this.proven = { port, mac };
    this.#wasSeen = true;
    return this.proven;
  }
}
