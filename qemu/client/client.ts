import { join } from "node:path";
import type { Place } from "../place.ts";
import type { Running } from "../process.ts";
import { type Station, topology } from "../topology.ts";
import { until } from "../wait.ts";

/** What a DHCP server gave. */
export interface Lease {
  readonly address: string;
  readonly router: string;
  readonly dns: string;
  readonly server: string;
  /** Seconds. */
  readonly time: number;
}

/** An internet endpoint as a peer sees it. */
export interface Source {
  readonly address: string;
  readonly port: number;
}

/**
 * Milliseconds. A client asks at once when its cable gets a signal, but the lab's cables have one before the router's port
 * is up, and then the pauses between its questions grow to a minute (RFC 2131, section 4.1).
 */
const askAgainAfter = 5000;

const program = (name: string) => join(import.meta.dir, name);

/** A computer on the LAN: dhcpcd, the C library's resolver, curl and ping in a namespace of its own. */
export class Client {
  private dhcp: Running | undefined;

  constructor(
    readonly station: Station,
    readonly place: Place,
  ) {}

  get name(): string {
    return this.station.name;
  }

  /** Starts its DHCP client. */
  powerOn(): void {
    // Without --nodev it waits for udev, which does not know the interfaces of namespaces. Without --noarp it holds an
    // acknowledged lease back for the five seconds of conflict detection.
    const options = [
      "-4",
      "--nobackground",
      "--noipv4ll",
      "--nodev",
      "--noarp",
      "--config=/dev/null",
      "--debug",
    ];
    const script = [`--script=${program("dhcp-event")}`, `--env=LAB_HOST=${this.name}`];
    const ask = ["domain_name_servers", "domain_name", "ntp_servers"].map((option) => `--option=${option}`);
    this.dhcp = this.place.start([
      "dhcpcd",
      ...options,
      ...ask,
      ...script,
      `--hostname=${this.name}`,
      "eth0",
    ]);
  }

  /** Takes power away: it releases nothing, and remembers no lease when it is started again. */
  async powerOff(): Promise<void> {
    await this.dhcp?.stop();
    this.dhcp = undefined;
    await this.place.sh(`
      rm -f /run/hosts/${this.name}/lease /var/lib/dhcpcd/*
      : >/etc/resolv.conf
      ip addr flush dev eth0`);
  }

  /** The lease it holds, or undefined. */
  async lease(): Promise<Lease | undefined> {
    const { stdout } = await this.place.run(["cat", `/run/hosts/${this.name}/lease`], { mayFail: true });
    if (!stdout) return undefined;
    const variables = new Map(stdout.split("\n").map((line) => line.split("=", 2) as [string, string]));
    const value = (name: string) => variables.get(`new_${name}`) ?? "";
    return {
      address: value("ip_address"),
      router: value("routers"),
      dns: value("domain_name_servers"),
      server: value("dhcp_server_identifier"),
      time: Number(value("dhcp_lease_time")),
    };
  }

  /** Waits until it holds a lease. */
  leased(within: number, tail?: () => string): Promise<Lease> {
    const log = () => [this.dhcp?.tail(), tail?.()].filter(Boolean).join("\n");
    let asked = performance.now();
    return until({ what: `DHCP lease for ${this.name}`, within, tail: log }, async () => {
      const lease = await this.lease();
      if (lease === undefined && performance.now() - asked > askAgainAfter) {
        asked = performance.now();
        await this.place.run(["dhcpcd", "-4", "--rebind", "eth0"], { mayFail: true });
      }
      return lease;
    });
  }

  /** IPv4 addresses of a name, through the resolver that DHCP configured. */
  async resolve(name: string): Promise<string[]> {
    const { stdout } = await this.place.run(["getent", "ahostsv4", name], { mayFail: true });
    return [...new Set(stdout.split("\n").flatMap((line) => line.split(" ")[0] || []))];
  }

  /** Body of a web page. Throws when the server cannot be reached within 10 s or answers with an error. */
  async fetch(url: string, options: readonly string[] = []): Promise<string> {
    const curl = ["curl", "--silent", "--show-error", "--fail", "--max-time", "10", ...options, url];
    return (await this.place.run(curl)).stdout;
  }

  /** The address and port a web server sees as the source of a request, from a source port of the client's. */
  async source(path = "/source", port?: number): Promise<Source> {
    const { web } = topology.internet;
    const local = port === undefined ? [] : ["--local-port", String(port)];
    const { address, port: seen } = JSON.parse(await this.fetch(`http://${web.address}${path}`, local));
    return { address, port: seen };
  }

  /** Whether an echo request is answered within 2 s. */
  async ping(address: string): Promise<boolean> {
    return (await this.place.run(["ping", "-c", "1", "-W", "2", address], { mayFail: true })).status === 0;
  }

  /** A UDP socket on `port` that has sent one datagram to the echo service. */
  udp(port: number): Running {
    const echo = `${topology.internet.web.address}:${topology.ports.echo}`;
    return this.place.start([process.execPath, program("udp.ts"), String(port), echo], `udp ${port}`);
  }
}
