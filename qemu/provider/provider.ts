import { join } from "node:path";
import type { Place } from "../place.ts";
import type { Running } from "../process.ts";
import { topology } from "../topology.ts";
import { until } from "../wait.ts";

const { provider, internet, ports } = topology;
const leaseFile = "/run/hosts/provider/leases";

/** Counts what a home must not send. */
const border = `
table inet border {
  counter private {}
  chain ingress {
    type filter hook prerouting priority raw
    iifname wan ip saddr { 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 } counter name private
  }
}`;

/** The provider's servers, running. */
export class Provider {
  constructor(
    readonly place: Place,
    private readonly servers: readonly Running[],
  ) {}

  /** Last lines of every server's log. */
  tail(): string {
    return this.servers.map((server) => server.tail(8)).join("\n");
  }

  /** The address leased to a MAC address, if any. */
  async leased(mac: string): Promise<string | undefined> {
    const { stdout } = await this.place.run(["cat", leaseFile]);
    // Expiry, MAC address, address, host name, client identifier.
    const lease = stdout.split("\n").find((line) => line.split(" ")[1] === mac);
    return lease?.split(" ")[2];
  }

  /** How many packets with a source address of private networks (RFC 1918) have come over the access network. */
  async privateSources(): Promise<number> {
    const { stdout } = await this.place.run(["nft", "-j", "list", "counter", "inet", "border", "private"]);
    return JSON.parse(stdout).nftables.find((entry: object) => "counter" in entry).counter.packets;
  }
}

/** Addresses of the access network and of the internet behind it. */
export async function address(place: Place): Promise<void> {
  const hosts = [
    internet.web.address,
    internet.peer.address,
    internet.stun.address,
    internet.stun.alternate,
    internet.iperf.address,
  ];
  const commands = [
    `ip addr add ${provider.gateway}/${provider.network.length} dev wan`,
    ...hosts.map((host) => `ip addr add ${host}/32 dev lo`),
    // Nobody else is on these links to have the addresses already.
    `ip addr add ${provider.ipv6.gateway}/${provider.ipv6.length} dev wan nodad`,
    `ip addr add ${internet.web6.address}/128 dev lo`,
  ];
  await place.sh(commands.join("\n"));
  await place.run(["nft", "-f", "-"], { input: border });
}

/** Starts DHCP, DNS and router advertisements (dnsmasq), DHCPv6, web and UDP echo, STUN with two addresses (coturn) and iperf3. */
export async function start(place: Place): Promise<Provider> {
  const dnsmasq = place.start(["dnsmasq", ...dnsmasqOptions()]);
  const web = place.start([process.execPath, join(import.meta.dir, "internet.ts")], "web");
  const delegation = place.start(
    [process.execPath, join(import.meta.dir, "delegation.ts"), "wan", JSON.stringify(provider.delegation)],
    "delegation",
  );
  const stun = place.start(["turnserver", ...stunOptions()]);
  const iperf = place.start(["iperf3", "--server", "--bind", internet.iperf.address, "--forceflush"]);
  const servers = [dnsmasq, web, delegation, stun, iperf];
  await Promise.all([
    dnsmasq.line(/DHCP, IP range/, 10_000),
    web.line(/^ready/, 10_000),
    delegation.line(/^ready/, 10_000),
    // turnserver's log is block-buffered when it is not a terminal.
    until({ what: "STUN server", within: 10_000, tail: () => stun.tail() }, async () => {
      const { stdout } = await place.run([
        "ss",
        "-Hlun",
        `src ${internet.stun.alternate}:${ports.stunAlternate}`,
      ]);
      return stdout !== "";
    }),
    iperf.line(/Server listening/, 10_000),
  ]);
  return new Provider(place, servers);
}

function dnsmasqOptions(): string[] {
  const { leases, network, gateway, domain } = provider;
  const { web, web6, peer, stun, iperf } = internet;
  return [
    "--conf-file=/dev/null",
    // In the foreground, and without a change of user, which a user namespace does not allow.
    "--no-daemon",
    "--log-facility=-",
    "--log-dhcp",
    "--log-queries",
    "--pid-file=",
    "--interface=wan",
    "--bind-interfaces",
    "--except-interface=lo",
    "--dhcp-authoritative",
    // The probe before an offer takes seconds; the lab's addresses are never taken by others.
    "--no-ping",
    `--dhcp-leasefile=${leaseFile}`,
    `--dhcp-range=${leases.first},${leases.last},${network.mask},${leases.time}`,
    // Advertisements without addresses of DHCPv6, which is a program of its own.
    "--enable-ra",
    "--dhcp-range=::,constructor:wan,ra-only",
    `--dhcp-option=option:router,${gateway}`,
    `--dhcp-option=option:dns-server,${gateway}`,
    `--dhcp-option=option:domain-name,${domain}`,
    `--dhcp-option=option:ntp-server,${gateway}`,
    "--no-hosts",
    "--no-resolv",
    // Names it does not know do not exist, instead of being refused.
    "--address=/#/",
    ...[web, web6, peer, stun, iperf].map((server) => `--host-record=${server.name},${server.address}`),
  ];
}

function stunOptions(): string[] {
  const { address, alternate } = internet.stun;
  return [
    // Without Debian's configuration file, which switches RFC 5780 off.
    "-n",
    "--no-auth",
    "--stun-only",
    "--no-cli",
    "--no-tls",
    "--no-dtls",
    "--log-file=stdout",
    "--pidfile=/run/hosts/provider/turnserver.pid",
    "--userdb=/run/hosts/provider/turn.db",
    `--listening-port=${ports.stun}`,
    `--alt-listening-port=${ports.stunAlternate}`,
    `--listening-ip=${address}`,
    `--listening-ip=${alternate}`,
  ];
}
