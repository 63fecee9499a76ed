import { formatIPv4, type IPv4 } from "../../addr/ipv4.ts";
import type { LanSide, Network } from "../../render/network.ts";
import { leasePath } from "../dhcp/lease-file.ts";
import { type DhcpOptions, type DhcpService, type Lease, startDhcpServer } from "../dhcp/server.ts";
import { type DnsService, type ReplyListener, startDnsServer } from "../dns/server.ts";
import { createLog } from "../log.ts";
import { dhcpSettings, dnsOptions, hostsOf } from "./lan-settings.ts";

interface DhcpOfLan {
  service: DhcpService;
  /** What it was told last. */
  key: string;
}

/** The DHCP servers of the home's networks, and its DNS server, kept in line with the networks they serve. */
export class LanServices {
  readonly #dhcp = new Map<string, DhcpOfLan>();
  #dns: DnsService | undefined;
  #dnsOptions = "";

  constructor(
    private readonly stateDirectory: string,
    private readonly onLeases: () => void,
    private readonly onReply: ReplyListener,
    private readonly ipv4Of: (address: string) => IPv4 | undefined,
  ) {}

  counters(): { dhcp: Record<string, number>; dns: Record<string, number> } {
    const dhcp: Record<string, number> = {};
    for (const { service } of this.#dhcp.values()) {
      for (const [kind, count] of Object.entries(service.counters())) dhcp[kind] = (dhcp[kind] ?? 0) + count;
    }
    return { dhcp, dns: { ...this.#dns?.counters() } };
  }

  leases(): Lease[] {
    return Array.from(this.#dhcp.values(), ({ service }) => service.leases()).flat();
  }

  /**
   * Hands out addresses in `lan`, whose bridge has the index `bridge`. Does nothing when nothing changed; a bridge made anew has
   * another index, and the DHCP server's socket hears nothing of it.
   */
  serveDhcp(lan: LanSide, bridge: number, domain: string): void {
    const { name } = lan.config;
    const options = dhcpSettings(lan, domain);
    const key = JSON.stringify([bridge, options]);
    const running = this.#dhcp.get(name);
    if (running?.key === key) return;
    running?.service.reconfigure(options);
    const service = running?.service ?? this.#startDhcp(name, options);
    this.#dhcp.set(name, { service, key });
  }

  /** Ends what serves networks that are not among `names`. Their leases stay in their files. */
  retain(names: readonly string[]): void {
    for (const [name, { service }] of this.#dhcp) {
      if (names.includes(name)) continue;
      service.stop();
      this.#dhcp.delete(name);
    }
  }

  /** Makes the clients' names known: their own, or those their owner gave them. */
  publishNames(network: Network): void {
    this.#dns?.setHosts(hostsOf(network.config, this.leases()));
  }

  /** Asks the name server on the program's own behalf; `onReply` may never be called. */
  ask(query: Uint8Array, onReply: (bytes: Uint8Array) => void): void {
    this.#dns?.ask(query, onReply);
  }

  #startDhcp(name: string, options: DhcpOptions): DhcpService {
    return startDhcpServer(options, {
      leases: leasePath(this.stateDirectory, name),
      log: createLog("dhcp"),
      onChange: this.onLeases,
    });
  }

  /** Answers names for `network`, whose addresses the bridges carry, and asks `upstreams`. */
  serveDns(network: Network, upstreams: IPv4[]): void {
    const options = dnsOptions(network, upstreams);
    const key = JSON.stringify(options);
    if (key === this.#dnsOptions) return;
    this.#dnsOptions = key;
    const log = createLog("dns");
    log.info(
      upstreams.length === 0
        ? "no name server is known yet"
        : `asking ${upstreams.map(formatIPv4).join(", ")}`,
    );
    this.#dns?.reconfigure(options);
    this.#dns ??= startDnsServer(options, { log, onReply: this.onReply, ipv4Of: this.ipv4Of });
  }
}
