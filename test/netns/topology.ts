import { Namespace } from "./linux-namespace.ts";

/** Documentation addresses (RFC 5737), so that nothing here can be anyone's. */
export const WAN_ADDRESS = "198.51.100.1";
/** The provider's servers. */
export const SERVER = "203.0.113.80";
export const OTHER_SERVER = "203.0.113.81";
export const LAN_ADDRESS = "192.168.77.1";
export const CLIENT1 = "192.168.77.11";
export const CLIENT2 = "192.168.77.12";

/**
 * client1 and client2 on the router's bridge br-lan, and the provider behind its interface wan0. The provider has no
 * route into the home: only translated packets are ever answered. Everything goes when the process ends, or at `close`.
 */
export class Topology {
  readonly client1 = Namespace.create();
  readonly client2 = Namespace.create();
  readonly router = Namespace.create();
  readonly provider = Namespace.create();

  constructor() {
    this.#connectHome();
    this.#connectProvider();
    // Kernels with br_netfilter built in would show bridged frames to the IP hooks a second time.
    this.router.command(["sysctl", "-eqw", "net.bridge.bridge-nf-call-iptables=0"]);
    this.router.command(["sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.send_redirects=0"]);
    this.router.command(["sysctl", "-qw", "net.ipv4.conf.br-lan.send_redirects=0"]);
  }

  #connectHome(): void {
    this.router.ip("link add br-lan type bridge");
    this.router.ip(`address add ${LAN_ADDRESS}/24 dev br-lan`);
    this.router.ip("link set br-lan up");
    const clients = [
      [this.client1, CLIENT1],
      [this.client2, CLIENT2],
    ] as const;
    clients.forEach(([client, address], i) => {
      this.router.connect(`lan${i}`, client, "eth0");
      this.router.ip(`link set lan${i} master br-lan`);
      client.ip(`address add ${address}/24 dev eth0`);
      client.ip(`route add default via ${LAN_ADDRESS}`);
    });
  }

  #connectProvider(): void {
    this.router.connect("wan0", this.provider, "eth0");
    this.router.ip(`address add ${WAN_ADDRESS}/24 dev wan0`);
    this.router.ip("route add default via 198.51.100.2");
    this.provider.ip("address add 198.51.100.2/24 dev eth0");
    for (const server of [SERVER, OTHER_SERVER]) this.provider.ip(`address add ${server}/32 dev lo`);
  }

  close(): void {
    for (const place of [this.client1, this.client2, this.router, this.provider]) place.close();
  }
}
