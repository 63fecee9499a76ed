import { formatIPv4, type IPv4 } from "../../addr/ipv4.ts";
import type { Network } from "../../render/network.ts";
import { type DhcpService, type Lease, startDhcpServer } from "../dhcp/server.ts";
import { type DnsService, type ReplyListener, startDnsServer } from "../dns/server.ts";
import { createLog } from "../log.ts";
import { dhcpSettings, dnsOptions, hostsOf } from "./plan.ts";

/** The DHCP and DNS servers of the LAN, kept in line with the network they serve. */
export class LanServices {
  #dhcp: DhcpService | undefined;
  #dns: DnsService | undefined;
  #dhcpOptions = "";
  #dnsOptions = "";

  constructor(
    private readonly stateDirectory: string,
    private readonly onLeases: () => void,
    private readonly onReply: ReplyListener,
  ) {}

  counters(): { dhcp: Record<string, number>; dns: Record<string, number> } {
    return { dhcp: { ...this.#dhcp?.counters() }, dns: { ...this.#dns?.counters() } };
  }

  leases(): Lease[] {
    return this.#dhcp?.leases() ?? [];
  }

  /**
   * Serves `network`, whose address the bridge with the index `bridge` carries, and asks `upstreams` for names. Does nothing
   * when nothing changed; a bridge made anew has another index, and the DHCP server's socket hears nothing of it.
   */
  serve(network: Network, bridge: number, upstreams: IPv4[]): void {
    this.#serveDhcp(network, bridge);
    this.#serveDns(network, upstreams);
  }

  /** Makes the clients' names known: their own, or those their owner gave them. */
  publishNames(network: Network): void {
    this.#dns?.setHosts(hostsOf(network.config, this.leases()));
  }

  /** Asks the name server on the program's own behalf; `onReply` may never be called. */
  ask(query: Uint8Array, onReply: (bytes: Uint8Array) => void): void {
    this.#dns?.ask(query, onReply);
  }

  #serveDhcp(network: Network, bridge: number): void {
    const options = dhcpSettings(network);
    const key = JSON.stringify([bridge, options]);
    if (key === this.#dhcpOptions) return;
    this.#dhcpOptions = key;
    this.#dhcp?.reconfigure(options);
    const environment = {
      stateDirectory: this.stateDirectory,
      log: createLog("dhcp"),
      onChange: this.onLeases,
    };
    this.#dhcp ??= startDhcpServer(options, environment);
  }

  #serveDns(network: Network, upstreams: IPv4[]): void {
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
    this.#dns ??= startDnsServer(options, { log, onReply: this.onReply });
  }
}
