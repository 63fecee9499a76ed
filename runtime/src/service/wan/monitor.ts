import { type IPv4, parseIPv4 } from "../../addr/ipv4.ts";
import type { RouteSnapshot } from "../../linux/netlink/route.ts";
import { readLinkState } from "../../linux/networkd/link-state.ts";
import { type EchoSocket, openEcho } from "../../linux/packet/echo.ts";
import { readPppState, watchPppStates } from "../../linux/ppp/state.ts";
import { ROUTER_PORTS } from "../../nat/external-ports.ts";
import type { WanSide } from "../../render/network.ts";
import type { Log } from "../log.ts";
import { linkNamed, wanFacts } from "../router/network.ts";
import { Health } from "./health.ts";
import { signInFault } from "./sign-in.ts";

export interface WanMonitorOptions {
  log: Log;
  /** Where the states of PPP links are. */
  pppFolder: string;
  /** Another way is failing, or none any more, or a way that signs in has come up or ended. */
  onChange(): void;
}

/** Three rounds without an answer are a failure: six to eight seconds. */
const ROUND_MS = 2_000;
/** Identifiers that address translation leaves alone. */
const FIRST_ID = ROUTER_PORTS[ROUTER_PORTS.length - 1]!.first;

interface Way {
  side: WanSide;
  health: Health;
  echo: EchoSocket | undefined;
  targets: IPv4[];
}

/** Watches the ways to the Internet: which of several work, what name servers each has, and why one that signs in is not up. */
export class WanMonitor {
  #ways = new Map<string, Way>();
  #failing: ReadonlySet<string> = new Set();
  #round = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #states: { close(): void } | undefined;

  constructor(private readonly options: WanMonitorOptions) {}

  /** Names of those that are not to be used while others work. Empty where there is no other. */
  get failing(): ReadonlySet<string> {
    return this.#failing;
  }

  /** The name servers that the provider of a way names. */
  dns({ config, interface: name }: WanSide, snapshot: RouteSnapshot): IPv4[] {
    if (config.mode === "pppoe") return readPppState(config.name, this.options.pppFolder)?.dns ?? [];
    const link = linkNamed(snapshot, name);
    return link === undefined ? [] : (readLinkState(link.index)?.dns ?? []);
  }

  /** What the owner should know, one sentence each. */
  faults(wans: readonly WanSide[]): string[] {
    return wans.flatMap((side) => this.faultOf(side) ?? []);
  }

  /** What is wrong with one way, a sentence; undefined while nothing is, or it is the only one and its state says it all. */
  faultOf({ config: { mode, name } }: WanSide): string | undefined {
    const exit = mode === "pppoe" ? readPppState(name, this.options.pppFolder)?.exit : undefined;
    const signIn = signInFault(exit ?? null);
    if (signIn !== undefined) return `${name}: ${signIn}`;
    const fault = this.#ways.get(name)?.health.fault;
    return fault && FAULTS[fault](name);
  }

  /** Takes in which ways there are and what the kernel says of them. */
  look(wans: readonly WanSide[], snapshot: RouteSnapshot): void {
    this.#watchStates();
    const before = this.#ways;
    this.#ways = new Map(
      wans.length < 2
        ? []
        : wans.map((side) => [
            side.config.name,
            before.get(side.config.name) ?? { side, health: new Health(), echo: undefined, targets: [] },
          ]),
    );
    for (const [name, way] of before) if (this.#ways.get(name) !== way) way.echo?.close();
    for (const [i, side] of wans.entries()) {
      const way = this.#ways.get(side.config.name);
      if (way !== undefined) this.#see(way, side, i, snapshot);
    }
    this.#keepTime(this.#ways.size > 0);
    this.#settle();
  }

  close(): void {
    this.#keepTime(false);
    this.#states?.close();
    for (const { echo } of this.#ways.values()) echo?.close();
    this.#ways.clear();
  }

  #see(way: Way, side: WanSide, index: number, snapshot: RouteSnapshot): void {
    const facts = wanFacts(snapshot, side.interface);
    const isReady = facts.state === "online";
    const isMoved = way.side.interface !== side.interface;
    way.side = side;
    way.targets = isReady ? this.#targets(side, facts.gateway, snapshot) : [];
    way.health.ready(isReady);
    if (way.echo !== undefined && (!isReady || isMoved)) {
      way.echo.close();
      way.echo = undefined;
    }
    if (isReady) way.echo ??= this.#open(way, FIRST_ID + index);
  }

  #open(way: Way, id: number): EchoSocket | undefined {
    const { interface: name, config } = way.side;
    const fail = (error: Error) => this.options.log.limited("wan", `${config.name}: ${error.message}`);
    try {
      return openEcho(name, id, (source) => way.health.heard(source), fail);
    } catch (error) {
      fail(error as Error);
      return undefined;
    }
  }

  #targets(side: WanSide, gateway: string | null, snapshot: RouteSnapshot): IPv4[] {
    const { check } = side.config;
    if (check !== "auto") return check.flatMap((text) => parseIPv4(text) ?? []);
    const router = gateway === null ? undefined : parseIPv4(gateway);
    return [...new Set([...(router === undefined ? [] : [router]), ...this.dns(side, snapshot)])];
  }

  #keepTime(isWanted: boolean): void {
    if (isWanted === (this.#timer !== undefined)) return;
    clearInterval(this.#timer);
    this.#timer = isWanted ? setInterval(() => this.#askAround(), ROUND_MS) : undefined;
  }

  #askAround(): void {
    this.#round = (this.#round + 1) & 0xffff;
    for (const { health, targets, echo } of this.#ways.values()) {
      for (const target of health.round(targets)) {
        try {
          echo?.ask(target, this.#round);
        } catch {
          // No route, or the link is going: nobody answers what was not asked.
        }
      }
    }
    this.#settle();
  }

  /** Where every way fails, none is said to: the preferred one goes on being tried. */
  #settle(): void {
    const failing = [...this.#ways].filter(([, { health }]) => health.isFailing).map(([name]) => name);
    const now = failing.length === this.#ways.size ? [] : failing;
    if (now.join() === [...this.#failing].join()) return;
    for (const name of now) if (!this.#failing.has(name)) this.options.log.warn(`${name} does not work now`);
    for (const name of this.#failing) if (!now.includes(name)) this.options.log.info(`${name} works`);
    this.#failing = new Set(now);
    this.options.onChange();
  }

  /** The folder is there from boot on; elsewhere there is no pppd that would write into it. */
  #watchStates(): void {
    const { pppFolder, onChange, log } = this.options;
    if (this.#states !== undefined) return;
    try {
      this.#states = watchPppStates(pppFolder, onChange, (error) =>
        log.error(`${pppFolder}: ${error.message}`),
      );
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
}

const FAULTS = {
  "not connected": (name: string) => `${name} is not connected, so another way to the Internet is used.`,
  "no answer": (name: string) =>
    `${name} is connected, but nobody answers over it, so another way to the Internet is used.`,
};
