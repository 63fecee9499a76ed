import { applyRuleset } from "../../runtime/src/linux/nftables/ruleset.ts";
import { renderFirewall } from "../../runtime/src/render/firewall.ts";
import { networkWith } from "../../runtime/src/render/network.fixture.ts";
import type { DataplaneConfig } from "../../runtime/src/service/dataplane/protocol.ts";
import { DataplaneProcess } from "../netns/dataplane.ts";
import { Namespace } from "../netns/linux-namespace.ts";

/** The provider's servers: documentation addresses (RFC 5737), as everything here. */
export const SERVER = "203.0.113.80";
export const OTHER_SERVER = "203.0.113.81";
/** Routed to the provider's end of the street, where no kernel answers for it: the judges speak for it. */
export const NOBODY = "203.0.113.99";

/** Every house has the same addresses inside, as most homes have. */
const PREFIX = "192.168.77.0/24";
export const LAN_ADDRESS = "192.168.77.1";
export const CLIENT1 = "192.168.77.11";
export const CLIENT2 = "192.168.77.12";

/** A home with two clients behind a router: our data plane and our firewall, the whole way of a packet. */
export class House {
  readonly router = Namespace.create();
  readonly client1 = Namespace.create();
  readonly client2 = Namespace.create();
  readonly dataplane: DataplaneProcess;
  readonly config: DataplaneConfig;

  constructor(
    readonly path: DataplaneConfig["path"],
    /** Its external address. */
    readonly address: string,
    readonly gateway: string,
    provider: Namespace,
    /** The provider's interface towards it. */
    readonly access: string,
  ) {
    this.config = {
      wan: { interface: "wan0", address },
      lans: [{ interface: "br-lan", address: `${LAN_ADDRESS}/24` }],
      path,
    };
    this.#connectClients();
    this.router.connect("wan0", provider, access);
    this.router.ip(`address add ${address}/24 dev wan0`);
    this.router.ip(`route add default via ${gateway}`);
    provider.ip(`address add ${gateway}/24 dev ${access}`);
    const settings = ["ip_forward=1", "conf.all.send_redirects=0", "conf.br-lan.send_redirects=0"];
    this.router.command(["sysctl", "-qw", ...settings.map((setting) => `net.ipv4.${setting}`)]);
    // Kernels with br_netfilter built in would show bridged frames to the IP hooks a second time.
    this.router.command(["sysctl", "-eqw", "net.bridge.bridge-nf-call-iptables=0"]);
    this.#closeDoors();
    this.dataplane = new DataplaneProcess(this.router);
  }

  #connectClients(): void {
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

  #closeDoors(): void {
    const ruleset = renderFirewall(networkWith({ wan: "wan0", ports: ["lan0", "lan1"], prefix: PREFIX }));
    this.router.run(() => applyRuleset(ruleset));
  }

  async close(): Promise<void> {
    await this.dataplane.close();
    for (const place of [this.client1, this.client2, this.router]) place.close();
  }
}

/**
 * Two houses at one provider, one for each way that our data plane carries packets. The provider has no route into a
 * home: only translated packets are ever answered. Everything goes when the process ends, or at `close`.
 */
export class Street {
  readonly provider = Namespace.create();
  readonly houses: readonly [House, House];

  private constructor() {
    this.houses = [
      new House("offload", "198.51.100.1", "198.51.100.2", this.provider, "house0"),
      new House("inline", "192.0.2.1", "192.0.2.2", this.provider, "house1"),
    ];
    for (const server of [SERVER, OTHER_SERVER]) this.provider.ip(`address add ${server}/32 dev lo`);
    // What is told once a second elsewhere is told each time here: the judges count answers.
    const settings = [
      "ip_forward=1",
      "icmp_ratelimit=0",
      "icmp_msgs_per_sec=100000",
      "icmp_msgs_burst=100000",
    ];
    this.provider.command(["sysctl", "-qw", ...settings.map((setting) => `net.ipv4.${setting}`)]);
    this.provider.ip(`route add blackhole ${NOBODY}/32`);
  }

  static async open(): Promise<Street> {
    const street = new Street();
    for (const { dataplane, config } of street.houses) await dataplane.configure(config);
    return street;
  }

  /** Does the same in both houses at once, number 0 and 1. */
  atBoth<T>(judge: (house: House, number: number) => Promise<T>): Promise<T[]> {
    return Promise.all(this.houses.map(judge));
  }

  async close(): Promise<void> {
    for (const house of this.houses) await house.close();
    this.provider.close();
  }
}
