import { DataplaneProcess } from "../netns/dataplane.ts";
import { CLIENT1, LAN_ADDRESS, Topology, WAN_ADDRESS } from "../netns/topology.ts";

/** Ways to carry packets from the home to the provider; "untapped" is offload without its engine and so without the tap. */
export const CARRIERS = ["plain", "masquerade", "offload", "untapped", "inline"] as const;
export type Carrier = (typeof CARRIERS)[number];

/** Where floods go: dropped before any protocol sees them. */
export const SINK_PORT = 9;

/** A home, router and provider of their own, set up for one carrier. */
export class Course {
  readonly net = new Topology();
  #dataplane: DataplaneProcess | undefined;

  private constructor(readonly carrier: Carrier) {
    this.net.provider.command(["nft", "-f", "-"], SINK);
    this.net.client1.command(["nft", "-f", "-"], SINK);
    // By way of a gateway, as packets to the home are when plainly forwarded: only then does the kernel keep a raw socket's route.
    this.net.provider.ip(`route add ${WAN_ADDRESS}/32 via ${WAN_ADDRESS} dev eth0 onlink`);
  }

  static async open(carrier: Carrier): Promise<Course> {
    const course = new Course(carrier);
    const { router, provider } = course.net;
    if (carrier === "plain") provider.ip(`route add 192.168.77.0/24 via ${WAN_ADDRESS}`);
    else if (carrier === "masquerade") router.command(["nft", "-f", "-"], MASQUERADE);
    else await course.#startDataplane(carrier === "inline" ? "inline" : "offload");
    return course;
  }

  async #startDataplane(path: "offload" | "inline"): Promise<void> {
    this.#dataplane = new DataplaneProcess(this.net.router);
    await this.#dataplane.configure({
      wan: { interface: "wan0", address: WAN_ADDRESS },
      lans: [{ interface: "br-lan", address: `${LAN_ADDRESS}/24` }],
      path,
    });
  }

  /** Where the provider's packets to client1 go: with a NAT, to the port that the client's own has outside. */
  get clientFromOutside(): string {
    return this.carrier === "plain" ? CLIENT1 : WAN_ADDRESS;
  }

  /** Ends the engine where this carrier is to be seen without: what is bound goes on. Afterwards call `restoreEngine`. */
  async withoutEngine(): Promise<void> {
    if (this.carrier === "untapped") await this.#dataplane?.kill();
  }

  async restoreEngine(): Promise<void> {
    if (this.carrier !== "untapped" || this.#dataplane === undefined) return;
    const isBack = this.#dataplane.next(["configured"]);
    this.#dataplane.start();
    await isBack;
  }

  /** The process that decides over flows; undefined where that is the kernel alone. */
  get enginePid(): number | undefined {
    return this.#dataplane?.pid;
  }

  async bindings(): Promise<number> {
    const counters = await this.#dataplane?.next(["counters"]);
    return counters?.nat.bindings ?? 0;
  }

  /** Packets that have arrived at an end's interface. */
  arrived(at: "provider" | "client1"): number {
    return JSON.parse(this.net[at].ip("-stats -json link show eth0"))[0].stats64.rx.packets;
  }

  async close(): Promise<void> {
    await this.#dataplane?.close();
    this.net.close();
  }
}

const SINK = `table ip sink {
  chain sink {
    type filter hook prerouting priority -500
    udp dport ${SINK_PORT} drop
    udp sport ${SINK_PORT} drop
  }
}
`;

const MASQUERADE = `table ip plain_nat {
  chain source {
    type nat hook postrouting priority srcnat
    oifname "wan0" masquerade
  }
}
`;
