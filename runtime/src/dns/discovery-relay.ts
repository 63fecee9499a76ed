/** Multicast DNS (RFC 6762 section 3 and 11): IPv4 group and port, and the TTL everything is sent with. */
export const DISCOVERY = { group: 0xe00000fb, port: 5353, timeToLive: 255 } as const;
/** RFC 6762 section 17: headers included, a message is no longer. */
export const MAX_DISCOVERY_LENGTH = 9000;

/** A datagram that was passed on comes back, where another relay joins the same networks, within this time. */
const ECHO_MS = 1000;
/** As much as a busy home says; more is a storm, or somebody who wants one. */
const MAX_PER_SECOND = 100;
const HEADER_LENGTH = 12;

export type Relayed = "passed" | "echo" | "storm" | "not discovery" | "one-shot query";

/**
 * Decides which multicast DNS messages go on to the other networks, as they are. Pure; time is in milliseconds. The message itself
 * is not read: who asks and who answers understands it, and a relay that parses what strangers send is one more thing to break.
 */
export class DiscoveryRelay {
  /** When a message was heard last, by its hash. */
  readonly #heard = new Map<string, number>();
  #second = 0;
  #passed = 0;

  /** `hash` tells messages apart. */
  constructor(private readonly hash: (bytes: Uint8Array) => string) {}

  /** What becomes of a message from `sourcePort` of one of the networks. */
  receive(bytes: Uint8Array, sourcePort: number, now: number): Relayed {
    if (bytes.length < HEADER_LENGTH || bytes.length > MAX_DISCOVERY_LENGTH) return "not discovery";
    // Whoever asks from another port wants its answer there (section 6.7), where no relay can bring it.
    if (sourcePort !== DISCOVERY.port) return "one-shot query";
    this.#forget(now);
    const hash = this.hash(bytes);
    if (this.#heard.has(hash)) return "echo";
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#passed = 0;
    }
    if (this.#passed >= MAX_PER_SECOND) return "storm";
    this.#passed++;
    this.#heard.set(hash, now);
    return "passed";
  }

  /** Oldest first, as they were put in. */
  #forget(now: number): void {
    for (const [hash, at] of this.#heard) {
      if (at <= now && now - at < ECHO_MS) return;
      this.#heard.delete(hash);
    }
  }
}
