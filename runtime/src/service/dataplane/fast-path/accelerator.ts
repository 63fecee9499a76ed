import type { IPv4 } from "../../../addr/ipv4.ts";
import {
  attachToIngress,
  HashMap,
  loadProgram,
  openArray,
  PerProcessorArray,
} from "../../../linux/bpf/bpf.ts";
import { close, interfaceIndex, SystemError } from "../../../linux/ffi/libc.ts";
import { snapshotRoute } from "../../../linux/netlink/route.ts";
import type { BindingVisitor } from "../../../nat/fast-path.ts";
import { OPEN } from "../../../nat/policy.ts";
import { ICMP_QUERY, type Transport } from "../../../nat/transport.ts";
import {
  BOUND_ENTRIES,
  boundIndex,
  CARRIED,
  CARRIED_IN,
  CARRIED_OUT,
  endpointAt,
  endpointOf,
  endpointWord,
  RENUMBERED_ENTRIES,
  renumberedKey,
  renumberedValue,
} from "../../../render/accelerator/layout.ts";
import {
  type AcceleratorInput,
  inboundProgram,
  outboundProgram,
} from "../../../render/accelerator/programs.ts";
import type { Log } from "../../log.ts";
import type { Configuration } from "../configuration/configuration.ts";
import type { Report } from "../protocol.ts";
import { Withheld } from "./withheld.ts";

const ENOENT = 2;

export type AcceleratorReport = NonNullable<Extract<Report, { type: "counters" }>["accelerator"]>;

interface Maps {
  bound: ReturnType<typeof openArray>;
  renumbered: HashMap;
  carried: PerProcessorArray;
}

/**
 * Carries the plain packets of open bindings by BPF programs where they come in, so that these never meet the rules. What it does
 * not carry, for whatever reason, goes on to the rules, and all of it does when this process ends: nothing is pinned. The firewall's
 * forward chain does not see what it carries; the programs check what that would.
 */
export class Accelerator {
  readonly #log: Log;
  #maps: Maps | undefined;
  /** What is to be carried; null while nothing is. */
  #wanted: (Configuration & { wan: object }) | null = null;
  #attached: { to: string; fds: number[] } | undefined;
  /** What was refused: it is not tried again before the next configuration. */
  #refused = "";
  #reason: string | null = null;
  readonly #withheld = new Withheld();

  constructor(log: Log) {
    this.#log = log;
    this.#openMaps();
  }

  /** Of open TCP and UDP bindings. Takes effect at once. */
  readonly add: BindingVisitor = (transport, address, port, externalPort, filtering) => {
    if (this.#maps === undefined || transport === ICMP_QUERY || filtering !== OPEN) return;
    if (this.#withheld.takes(transport, address, port, externalPort)) return;
    const { bound, renumbered } = this.#maps;
    try {
      if (port !== externalPort) {
        renumbered.set(renumberedKey(transport, address, port), renumberedValue(externalPort));
      }
    } catch (error) {
      // There is no room: the rules carry it.
      if (!(error instanceof SystemError)) throw error;
      return;
    }
    Atomics.store(bound.values, boundIndex(transport, externalPort), endpointWord(address, port));
  };

  /** What it does not have is left out. Takes effect at once. */
  readonly remove: BindingVisitor = (transport, address, port, externalPort) => {
    if (this.#maps === undefined || transport === ICMP_QUERY) return;
    this.#withheld.drop(transport, externalPort);
    this.#takeOut(transport, address, port, externalPort);
  };

  /** Stops what does not fit a configuration that is about to come into effect; with `isOther`, forgets every binding. */
  prepare(configuration: Configuration, isOther: boolean): void {
    this.#wanted = null;
    if (isOther || describe(configuration) !== this.#attached?.to) this.#detach();
    if (isOther) this.#forget();
    this.#withhold(configuration.byRules);
  }

  /** Begins to carry for a configuration that is in effect. */
  attach(configuration: Configuration): void {
    const { wan, lans, path } = configuration;
    const isWanted = wan !== null && lans.length > 0 && path === "offload";
    this.#wanted = isWanted ? { ...configuration, wan } : null;
    this.#refused = "";
    this.follow();
  }

  /** Follows interfaces that were made anew. Call it now and then. */
  follow(): void {
    const wanted = this.#wanted;
    if (wanted === null || this.#maps === undefined) return;
    const to = describe(wanted);
    if (to === this.#attached?.to) return;
    this.#detach();
    if (to === undefined || to === this.#refused) return;
    try {
      this.#attached = { to, fds: load(wanted, this.#maps) };
      this.#reason = null;
    } catch (error) {
      this.#refused = to;
      this.#refuse(error);
    }
  }

  /** Packets carried; why none are, where something is in the way. */
  report(): AcceleratorReport {
    const sum = (index: number) => this.#maps?.carried.sum(index) ?? 0;
    return { refused: this.#reason, outPackets: sum(CARRIED_OUT), inPackets: sum(CARRIED_IN) };
  }

  /** Carries nothing of `hosts` from now on, and again what was withheld of others. */
  #withhold(hosts: Configuration["byRules"]): void {
    const { released, isMore } = this.#withheld.hold(hosts);
    if (isMore && this.#maps !== undefined) {
      const { values } = this.#maps.bound;
      for (let index = 0; index < values.length; index++) {
        const word = values[index] ?? 0n;
        if (word === 0n) continue;
        const { address, port } = endpointOf(word);
        const { transport, externalPort } = endpointAt(index);
        if (!this.#withheld.takes(transport, address, port, externalPort)) continue;
        this.#takeOut(transport, address, port, externalPort);
      }
    }
    for (const binding of released) this.add(...binding);
  }

  #takeOut(transport: Transport, address: IPv4, port: number, externalPort: number): void {
    if (this.#maps === undefined) return;
    const { bound, renumbered } = this.#maps;
    Atomics.compareExchange(
      bound.values,
      boundIndex(transport, externalPort),
      endpointWord(address, port),
      0n,
    );
    if (port === externalPort) return;
    try {
      renumbered.delete(renumberedKey(transport, address, port));
    } catch (error) {
      if (error instanceof SystemError && error.errno === ENOENT) return;
      this.#giveUp(error);
    }
  }

  #openMaps(): void {
    try {
      const bound = openArray("bound", BOUND_ENTRIES);
      const renumbered = new HashMap("renumbered", RENUMBERED_ENTRIES);
      this.#maps = { bound, renumbered, carried: new PerProcessorArray("carried", CARRIED) };
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** Forgets every binding; no program looks them up meanwhile. */
  #forget(): void {
    this.#withheld.forget();
    if (this.#maps === undefined) return;
    this.#maps.bound.values.fill(0n);
    try {
      const renumbered = new HashMap("renumbered", RENUMBERED_ENTRIES);
      this.#maps.renumbered.close();
      this.#maps.renumbered = renumbered;
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** Carries nothing any more: what has ended, but cannot be taken away, must not be carried on. */
  #giveUp(error: unknown): void {
    this.#detach();
    for (const map of Object.values(this.#maps ?? {})) map.close();
    this.#maps = undefined;
    this.#refuse(error);
  }

  #refuse(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason === this.#reason) return;
    this.#reason = reason;
    this.#log.info(
      `the rules alone carry packets, which costs more for each than BPF programs would: ${reason}`,
    );
  }

  #detach(): void {
    for (const fd of this.#attached?.fds ?? []) close(fd);
    this.#attached = undefined;
  }
}

/** What the programs depend on; undefined where nothing is to be carried or an interface is not there. */
function describe({ wan, lans, path, policy }: Configuration): string | undefined {
  if (wan === null || path !== "offload") return undefined;
  try {
    const indexes = [wan, ...lans].map((side) => interfaceIndex(side.interface));
    return JSON.stringify([indexes, wan, lans, policy.mapped]);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return undefined;
  }
}

/** Loads and attaches the programs; the descriptors that keep them. Throws where the kernel refuses one. */
function load({ wan, lans, policy }: Configuration & { wan: object }, maps: Maps): number[] {
  const { links } = snapshotRoute();
  const indexOf = (name: string) => {
    const link = links.find((each) => each.name === name);
    if (link?.mac === undefined) throw new Error(`${name} is no Ethernet`);
    return link.index;
  };
  const input: AcceleratorInput = {
    wan: { ...wan, interface: indexOf(wan.interface) },
    lans: lans.map((lan) => ({ ...lan, interface: indexOf(lan.interface) })),
    mapped: policy.mapped.map(({ external }) => external),
    maps: { bound: maps.bound.fd, renumbered: maps.renumbered.fd, carried: maps.carried.fd },
  };
  const programs = [
    { name: "gatehouse_in", on: input.wan.interface, code: inboundProgram(input).code },
    ...input.lans.map((lan) => ({
      name: "gatehouse_out",
      on: lan.interface,
      code: outboundProgram(input, lan).code,
    })),
  ];
  const fds: number[] = [];
  try {
    for (const { name, on, code } of programs) {
      const program = loadProgram(name, code);
      fds.push(program);
      fds.push(attachToIngress(program, on));
    }
  } catch (error) {
    for (const fd of fds) close(fd);
    throw error;
  }
  return fds;
}
