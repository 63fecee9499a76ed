import { formatIPv4, type IPv4 } from "../../addr/ipv4.ts";
import type { RouteSnapshot } from "../../linux/netlink/route.ts";
import { type OfferSocket, openOffers } from "../../linux/packet/offers.ts";
import type { Network } from "../../render/network.ts";
import { type Offer, type Question, questions, readOffer } from "./offers.ts";

/** What was found on one Ethernet port. */
export interface PortProbe {
  port: string;
  /** Whether a cable with somebody at its other end is in it. */
  carrier: boolean;
  /** What the port is used for now. */
  use: "internet" | "home" | "nothing";
  /** A DHCP server that is not the router's own, and the address it would give. */
  dhcp: { server: string; address: string } | null;
  /** A provider to sign in with, by the name it has; empty where it has none. */
  pppoe: { concentrator: string } | null;
}

export interface Probed {
  /** Milliseconds since 1970. */
  at: number;
  ports: PortProbe[];
  /** The port that leads to a provider, as far as can be told, and how the provider is reached. */
  suggestion: { port: string; mode: "dhcp" | "pppoe" } | null;
}

/** What a probe needs to know of the machine. */
export interface ProbeInput {
  network: Pick<Network, "wans" | "lans" | "idle">;
  snapshot: Pick<RouteSnapshot, "links" | "addresses">;
}

export interface ProbeOptions {
  /** Until the questions are asked once more, and from then until nobody is waited for. */
  askAgainMs: number;
  /** 32 random bits. */
  random(): number;
}

/** A switch that has just seen the cable may pass nothing for a second, and DHCP servers try an address before they offer it. */
const USUAL: ProbeOptions = {
  askAgainMs: 1_500,
  random: () => crypto.getRandomValues(new Uint32Array(1))[0]!,
};

/**
 * Asks on every Ethernet port that has a cable who offers the Internet, for three seconds. Nothing is taken of what is offered. What the
 * router's own servers would answer, over a cable from one port to another, is passed over.
 */
export async function probePorts(
  { network, snapshot }: ProbeInput,
  { askAgainMs, random }: ProbeOptions = USUAL,
): Promise<Probed> {
  const isOwn = ownSenders(snapshot);
  const probes = Array.from(portsOf(network), async ([port, use]): Promise<PortProbe> => {
    const link = snapshot.links.find(({ name }) => name === port);
    const carrier = link?.carrier ?? false;
    const found: PortProbe = { port, carrier, use, dhcp: null, pppoe: null };
    const { mac } = link ?? {};
    if (!carrier || mac === undefined) return found;
    const offers = (await ask(port, { mac, id: random() }, askAgainMs)).filter((offer) => !isOwn(offer));
    for (const offer of offers) {
      if (offer.kind === "pppoe") found.pppoe ??= { concentrator: offer.concentrator };
      else found.dhcp ??= { server: formatIPv4(offer.server), address: formatIPv4(offer.address) };
    }
    return found;
  });
  const ports = await Promise.all(probes);
  return { at: Date.now(), ports, suggestion: suggest(ports) };
}

/** Who signs customers in is surely a provider; a DHCP server may be another router of the home, likelier so on a port of the home. */
export function suggest(ports: readonly PortProbe[]): Probed["suggestion"] {
  const USES = ["internet", "nothing", "home"];
  const sorted = ports.toSorted((a, b) => USES.indexOf(a.use) - USES.indexOf(b.use));
  const signIn = sorted.find(({ pppoe }) => pppoe !== null);
  if (signIn !== undefined) return { port: signIn.port, mode: "pppoe" };
  const leased = sorted.find(({ dhcp }) => dhcp !== null);
  return leased === undefined ? null : { port: leased.port, mode: "dhcp" };
}

function portsOf({ wans, lans, idle }: ProbeInput["network"]): Map<string, PortProbe["use"]> {
  return new Map<string, PortProbe["use"]>([
    ...idle.map((port) => [port, "nothing"] as const),
    ...lans.flatMap(({ ports, tagged }) => [...tagged, ...ports].map((port) => [port, "home"] as const)),
    ...wans.map(({ port }) => [port, "internet"] as const),
  ]);
}

function ownSenders({ links, addresses }: ProbeInput["snapshot"]): (offer: Offer) => boolean {
  const macs = new Set(links.map(({ mac }) => mac));
  const servers = new Set<IPv4>(addresses.map(({ prefix }) => prefix.address));
  return (offer) => macs.has(offer.from) || (offer.kind === "dhcp" && servers.has(offer.server));
}

/** Ports that go away meanwhile offer nothing. */
async function ask(port: string, question: Question, askAgainMs: number): Promise<Offer[]> {
  const offers: Offer[] = [];
  const hear = (frame: Uint8Array) => {
    const offer = readOffer(frame, question);
    if (offer !== undefined) offers.push(offer);
  };
  let socket: OfferSocket | undefined;
  try {
    socket = openOffers(port, hear, () => {});
    for (let i = 0; i < 2; i++) {
      for (const frame of questions(question)) socket.send(frame);
      await Bun.sleep(askAgainMs);
    }
  } catch {
    return offers;
  } finally {
    socket?.close();
  }
  return offers;
}

/** One probe at a time: who asks meanwhile waits for the same. */
export class Prober {
  /** What was found last; null before the first. */
  last: Probed | null = null;
  #running: Promise<Probed> | undefined;

  constructor(
    private readonly input: () => ProbeInput,
    private readonly options: ProbeOptions = USUAL,
  ) {}

  probe(): Promise<Probed> {
    this.#running ??= probePorts(this.input(), this.options)
      .then((probed) => {
        this.last = probed;
        return probed;
      })
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }
}
