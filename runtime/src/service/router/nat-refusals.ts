/** Packets that address translation refused for one reason. */
export interface Refusal {
  /** The reason's name in the counters (nat/drops.ts). */
  reason: string;
  /** Packets since the data plane started. */
  count: number;
  /** What happened, for people. */
  text: string;
  /** What it means. */
  hint: string;
}

const WORDS: Record<string, [text: string, hint: string]> = {
  malformed: ["Damaged or nonsensical packets", "No real connection is made of them."],
  "unsupported-protocol": [
    "A protocol that cannot share an address",
    "It has no ports, so answers to two devices could not be told apart.",
  ],
  "source-not-local": [
    "From an address that is not of this home",
    "A device has a wrong address, or pretends to be another.",
  ],
  "ports-exhausted": [
    "No port of the Internet address was free",
    "Some program opens very many connections; what was open stays open.",
  ],
  "host-limit": [
    "One device asked for more ports than it may have",
    "The limit keeps some for the others; what it had stays open.",
  ],
  "protocol-in-use": [
    "A second device wanted a tunnel that one already has",
    "GRE, ESP and the like have no ports: one device at a time for each remote address.",
  ],
  "associations-exhausted": [
    "No room for another tunnel",
    "Some device talks to very many remote addresses without ports; what was there goes on.",
  ],
  "fast-path-refused": [
    "The kernel did not take up a new connection",
    "Devices try again by themselves; if this grows, the router's log says why.",
  ],
  "error-without-binding": ["Error messages about no known connection", "Late or forged. Harmless."],
  "queue full": [
    "More new connections at once than could be looked at",
    "Devices try again by themselves; a flood or a port scan from home does this.",
  ],
};

/** The refusals among `counts`, most frequent first; a reason without words of its own shows its name. */
export function refusals(counts: Readonly<Record<string, number>>): Refusal[] {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => {
      const [text, hint] = WORDS[reason] ?? [sentence(reason), ""];
      return { reason, count, text, hint };
    })
    .sort((a, b) => b.count - a.count);
}

function sentence(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll("-", " ");
}
