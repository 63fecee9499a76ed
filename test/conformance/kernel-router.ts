import type { DataplaneConfig } from "../../runtime/src/service/dataplane/protocol.ts";
import { DataplaneProcess } from "../netns/dataplane.ts";
import { EXTERNALS, FURTHER_HOSTS, KernelSite } from "./kernel-site.ts";
import {
  ADDRESSES,
  LAN_PREFIX,
  type Lifetimes,
  type Place,
  type ProtocolName,
  type Router,
  type RouterPolicy,
  type TransportName,
} from "./router.ts";
import { read, type Seen } from "./seen.ts";
import { sweep } from "./sweep.ts";

/** More than anything takes on a busy machine. */
const PATIENCE = 8000;

/** The product's data plane and the kernel's rules, in network namespaces. */
export class KernelRouter implements Router {
  readonly lookInterval = 100;
  readonly isRealTime = true;
  readonly #site = new KernelSite();
  readonly #dataplane = new DataplaneProcess(this.#site.router);
  readonly #arrived: Record<Place, Seen[]> = { alice: [], bob: [], carol: [], outside: [] };
  #renewals = 0;
  #sweeps = 0;
  #policy: RouterPolicy = {};

  /** Lifetimes are whole seconds; those of the product where none are given. */
  constructor(
    readonly path: "offload" | "inline",
    readonly lifetimes: Lifetimes,
  ) {}

  get external(): string {
    return EXTERNALS[this.#renewals % EXTERNALS.length]!;
  }

  /** Makes it as good as new: another external address ends whatever there was, ports that a policy has just freed, too. */
  async renew(): Promise<void> {
    if (Object.keys(this.#policy).length > 0) await this.configure({});
    this.#renewals++;
    this.#site.speakFrom(this.external);
    await this.configure({});
    this.#drain();
    for (const place of Object.values(this.#arrived)) place.length = 0;
  }

  async configure(policy: RouterPolicy): Promise<void> {
    this.#policy = policy;
    await this.#dataplane.configure(this.#configuration());
  }

  send(from: Place, packet: Uint8Array): void {
    this.#site.wires[from].send(packet);
  }

  async received(at: Place, isSought: (packet: Seen) => boolean): Promise<Seen> {
    for (const deadline = performance.now() + PATIENCE; ; await Bun.sleep(1)) {
      this.#drain();
      const found = this.#arrived[at].find(isSought);
      if (found !== undefined) return found;
      if (performance.now() > deadline) throw new Error(`nothing of the kind arrived at ${at}`);
    }
  }

  arrived(at: Place): Seen[] {
    this.#drain();
    return this.#arrived[at];
  }

  async settle(): Promise<void> {
    const count = FURTHER_HOSTS.last - FURTHER_HOSTS.first + 1;
    await sweep(this, `192.168.77.${FURTHER_HOSTS.first + (this.#sweeps++ % count)}`);
  }

  fragmentMemory(): { used: number; limit: number } {
    return this.#site.fragmentMemory();
  }

  now(): number {
    return performance.now();
  }

  async until(time: number): Promise<void> {
    await Bun.sleep(Math.max(0, time - performance.now()));
  }

  async isBound(transport: TransportName, address: string, port: number): Promise<boolean> {
    const rows = await this.#dataplane.list("bindings", { host: address, transport });
    return rows.some(({ internalPort }) => internalPort === port);
  }

  async isAssociated(protocol: ProtocolName, address: string): Promise<boolean> {
    const rows = await this.#dataplane.list("associations", { host: address });
    return rows.some((row) => row.protocol === protocol);
  }

  async close(): Promise<void> {
    await this.#dataplane.close();
    this.#site.close();
  }

  #drain(): void {
    for (const place of Object.keys(this.#arrived) as Place[]) {
      this.#site.wires[place].drain((packet) => this.#arrived[place].push(read(packet)));
    }
  }

  #configuration(): DataplaneConfig {
    const { hostLimit, filtering, forwards, dmz, mapped } = this.#policy;
    const seconds = Object.entries(this.lifetimes).map(([name, lifetime]) => [name, lifetime / 1000]);
    return {
      wan: { interface: "wan0", address: this.external },
      lans: [{ interface: "br-lan", address: LAN_PREFIX }],
      path: this.path,
      timers: Object.fromEntries(seconds),
      ...(hostLimit !== undefined && { hostLimit }),
      ...(filtering && {
        filtering: {
          default: filtering.default,
          hosts: filtering.hosts.map((each) => ({
            address: ADDRESSES[each.host],
            filtering: each.filtering,
          })),
        },
      }),
      ...(forwards && {
        forwards: forwards.map(({ host, ...forward }) => ({ ...forward, address: ADDRESSES[host] })),
      }),
      ...(dmz && { dmz: ADDRESSES[dmz] }),
      ...(mapped && {
        mapped: mapped.map(({ external, host }) => ({ external, internal: ADDRESSES[host] })),
      }),
    };
  }
}
