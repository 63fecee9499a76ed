import { DataplaneProcess } from "../netns/dataplane.ts";
import { LAN_ADDRESS, Topology, WAN_ADDRESS } from "../netns/topology.ts";

/** Ways to carry packets from the home to the provider. */
export const CARRIERS = ["plain", "masquerade", "offload", "inline"] as const;
export type Carrier = (typeof CARRIERS)[number];

/** A home, router and provider of their own, set up for one carrier. */
export class Course {
  readonly net = new Topology();
  #dataplane: DataplaneProcess | undefined;

  private constructor() {
    // Before any protocol sees them: the flood's receiver must not cost more than counting.
    this.net.provider.command(["nft", "-f", "-"], SINK);
  }

  static async open(carrier: Carrier): Promise<Course> {
    const course = new Course();
    const { router, provider } = course.net;
    if (carrier === "plain") provider.ip(`route add 192.168.77.0/24 via ${WAN_ADDRESS}`);
    else if (carrier === "masquerade") router.command(["nft", "-f", "-"], MASQUERADE);
    else await course.#startDataplane(carrier);
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

  /** Packets that have arrived at the provider's interface. */
  arrived(): number {
    return JSON.parse(this.net.provider.ip("-stats -json link show eth0"))[0].stats64.rx.packets;
  }

  async close(): Promise<void> {
    await this.#dataplane?.close();
    this.net.close();
  }
}

/** Where the flood goes. */
export const SINK_PORT = 9;

const SINK = `table ip sink {
  chain sink {
    type filter hook prerouting priority -500
    udp dport ${SINK_PORT} drop
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
