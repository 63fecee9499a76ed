import type { Mac } from "../../addr/mac.ts";
import { displayableName } from "./displayable.ts";
import type { Remote } from "./remote.ts";

/** How a name is known. Times are ms. */
export type NameEvidence =
  /** The device asked our name server for the name and was told the address, at last at `at`. */
  | { readonly source: "asked"; readonly name: string; readonly at: number }
  /**
   * The device opened a connection to the address with the name in clear. `maybeOuter`: an encrypted ClientHello came along, so that
   * the name may be its host's instead of the server's own.
   */
  | {
      readonly source: "server-name";
      readonly name: string;
      readonly at: number;
      readonly transport: "tls" | "quic";
      readonly maybeOuter: boolean;
    }
  /** The address's owner calls it so in the DNS. */
  | { readonly source: "reverse"; readonly name: string; readonly at: number };

export type ServerNameEvidence = Extract<NameEvidence, { source: "server-name" }>;
type Asked = Extract<NameEvidence, { source: "asked" }>;

/**
 * Bounds of what is kept; the least recently used goes first. At the defaults a home's names take 14 MB, hostile ones of full length
 * under 80 (`test/bench/server-names.ts`).
 */
export interface NameLimits {
  /** Devices with names; more than a home has, so that forged addresses cannot take memory and time without end. */
  readonly devices: number;
  /** Remotes with names per device. */
  readonly perDevice: number;
  /** Pairs of device and remote in all. */
  readonly pairs: number;
  /** Remotes with a reverse name, for all devices together. */
  readonly reverse: number;
}
const LIMITS: NameLimits = { devices: 1024, perDevice: 4096, pairs: 32_768, reverse: 16_384 };

/** Names asked for that are kept of one pair: many sites share a content network's addresses. */
const MAX_ASKED = 4;

interface Pair {
  /** The latest first. */
  asked: readonly Asked[];
  serverName: ServerNameEvidence | undefined;
  /** Number of the use that was the pair's last. */
  used: number;
}

const VERSION = 1;
type PairState = [
  remote: Remote,
  /** The latest first. */
  asked: [name: string, at: number][],
  serverName: [name: string, at: number, transport: "tls" | "quic", maybeOuter: boolean] | null,
];
type State = [
  version: number,
  devices: [device: Mac, pairs: PairState[]][],
  reverse: [remote: Remote, name: string, at: number][],
];

/**
 * What each device calls the addresses it talks to. A name stays until room is needed, however short its DNS record lived, since
 * traffic that was recorded keeps its name. Every name taken is made displayable; an empty one is none.
 */
export class DeviceNames {
  /** The devices, and of each its pairs by remote: the least recently used first. */
  readonly #devices = new Map<Mac, Map<Remote, Pair>>();
  readonly #reverse = new Map<Remote, NameEvidence>();
  #uses = 0;
  #size = 0;

  readonly #limits: NameLimits;

  constructor(limits: Partial<NameLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /** Pairs of device and remote that have names. */
  get size(): number {
    return this.#size;
  }

  /** `device` asked for `name` and was told `addresses`. */
  asked(device: Mac, name: string, addresses: readonly Remote[], at: number): void {
    const evidence: Asked = { source: "asked", name: displayableName(name), at };
    if (evidence.name === "") return;
    for (const remote of addresses) {
      const pair = this.#made(device, remote);
      const others = pair.asked.filter((other) => other.name !== evidence.name);
      pair.asked = [evidence, ...others].slice(0, MAX_ASKED);
    }
  }

  /** `device` opened a connection to `remote` that named its server. */
  serverName(device: Mac, remote: Remote, seen: Omit<ServerNameEvidence, "source">): void {
    const name = displayableName(seen.name);
    if (name !== "") this.#made(device, remote).serverName = { source: "server-name", ...seen, name };
  }

  /** The DNS calls `remote` so. */
  reverse(remote: Remote, name: string, at: number): void {
    const evidence: NameEvidence = { source: "reverse", name: displayableName(name), at };
    if (evidence.name === "") return;
    this.#reverse.delete(remote);
    this.#reverse.set(remote, evidence);
    if (this.#reverse.size > this.#limits.reverse) this.#reverse.delete(oldest(this.#reverse)!);
  }

  /**
   * All that is known of what `device` calls `remote`, the best first: names it asked for, the latest before others; the name it
   * gave the server; the reverse name. Empty when nothing is. Counts as use.
   */
  evidence(device: Mac, remote: Remote): NameEvidence[] {
    const pair = this.#devices.get(device)?.get(remote);
    if (pair !== undefined) this.#use(device, remote, pair);
    const reverse = this.#reverse.get(remote);
    if (reverse !== undefined) {
      this.#reverse.delete(remote);
      this.#reverse.set(remote, reverse);
    }
    return [...(pair?.asked ?? []), pair?.serverName, reverse].filter((known) => known !== undefined);
  }

  /** The best name; undefined when there is none. */
  name(device: Mac, remote: Remote): string | undefined {
    return this.evidence(device, remote)[0]?.name;
  }

  /** The best that is known. No use: who looks through all there is makes nothing more likely to be needed. */
  best(device: Mac, remote: Remote): NameEvidence | undefined {
    const pair = this.#devices.get(device)?.get(remote);
    return pair?.asked[0] ?? pair?.serverName ?? this.#reverse.get(remote);
  }

  /** Forgets all that `device` asked for and named. */
  forget(device: Mac): void {
    this.#size -= this.#devices.get(device)?.size ?? 0;
    this.#devices.delete(device);
  }

  /** All that is known, for `restore`: JSON, some 100 bytes for each pair. */
  snapshot(): string {
    const devices = Array.from(this.#devices, ([device, pairs]): State[1][number] => [
      device,
      Array.from(pairs, ([remote, pair]) => stateOf(remote, pair)),
    ]);
    const reverse = Array.from(this.#reverse, ([remote, { name, at }]): State[2][number] => [
      remote,
      name,
      at,
    ]);
    return JSON.stringify([VERSION, devices, reverse] satisfies State);
  }

  /** Takes what `snapshot` gave. False when it is damaged or of another version: what could be read of it is known. */
  restore(text: string): boolean {
    try {
      const [version, devices, reverse] = JSON.parse(text) as State;
      if (version !== VERSION) return false;
      for (const [device, pairs] of devices) for (const pair of pairs) this.#restorePair(device, pair);
      for (const [remote, name, at] of reverse) this.reverse(remote, name, at);
      return true;
    } catch {
      return false;
    }
  }

  #restorePair(device: Mac, [remote, asked, seen]: PairState): void {
    for (const [name, at] of asked.toReversed()) this.asked(device, name, [remote], at);
    if (seen === null) return;
    const [name, at, transport, maybeOuter] = seen;
    this.serverName(device, remote, { name, at, transport, maybeOuter });
  }

  #made(device: Mac, remote: Remote): Pair {
    const known = this.#devices.get(device)?.get(remote);
    if (known !== undefined) return this.#use(device, remote, known);
    this.#makeRoom(device);
    this.#size++;
    return this.#use(device, remote, { asked: [], serverName: undefined, used: 0 });
  }

  #use(device: Mac, remote: Remote, pair: Pair): Pair {
    const pairs = this.#devices.get(device) ?? new Map<Remote, Pair>();
    this.#devices.delete(device);
    this.#devices.set(device, pairs);
    pair.used = ++this.#uses;
    pairs.delete(remote);
    pairs.set(remote, pair);
    return pair;
  }

  #makeRoom(device: Mac): void {
    const pairs = this.#devices.get(device)?.size ?? 0;
    if (pairs === 0 && this.#devices.size >= this.#limits.devices) this.forget(oldest(this.#devices)!);
    if (pairs >= this.#limits.perDevice) this.#dropOldest(device);
    else if (this.#size >= this.#limits.pairs) this.#dropOldest(this.#leastRecentDevice());
  }

  /** The device whose oldest pair is the oldest of all. */
  #leastRecentDevice(): Mac | undefined {
    let least: Mac | undefined;
    let leastUsed = Number.POSITIVE_INFINITY;
    for (const [device, pairs] of this.#devices) {
      const [first] = pairs.values();
      if (first === undefined || first.used >= leastUsed) continue;
      least = device;
      leastUsed = first.used;
    }
    return least;
  }

  #dropOldest(device: Mac | undefined): void {
    const pairs = device && this.#devices.get(device);
    if (pairs === undefined || device === undefined) return;
    const remote = oldest(pairs);
    if (remote !== undefined && pairs.delete(remote)) this.#size--;
    if (pairs.size === 0) this.#devices.delete(device);
  }
}

function stateOf(remote: Remote, { asked, serverName: seen }: Pair): PairState {
  const names = asked.map(({ name, at }): [string, number] => [name, at]);
  return [remote, names, seen === undefined ? null : [seen.name, seen.at, seen.transport, seen.maybeOuter]];
}

function oldest<K>(map: ReadonlyMap<K, unknown>): K | undefined {
  const [first] = map.keys();
  return first;
}
