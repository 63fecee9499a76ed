import { applyRuleset } from "../../runtime/src/linux/nftables/ruleset.ts";
import { renderFirewall } from "../../runtime/src/render/firewall.ts";
import { networkWith } from "../../runtime/src/render/network.fixture.ts";
import { renderSysctl } from "../../runtime/src/render/sysctl.ts";
import { Namespace } from "../netns/linux-namespace.ts";
import { ADDRESSES, EXTERNAL_MTU, LAN_PREFIX, type Place } from "./router.ts";
import { Wire } from "./wire.ts";

/** The external addresses that tests have in turn. */
export const EXTERNALS = ["198.51.100.1", "198.51.100.2"] as const;
const GATEWAY = "198.51.100.254";

/** Hosts that only the suite itself uses, on carol's wire. */
export const FURTHER_HOSTS = { first: 100, last: 249 };

const PLACES = ["alice", "bob", "carol", "outside"] as const;
const ROUTER_HOME = "02:00:00:00:01:01";
const ROUTER_WAN = "02:00:00:00:01:02";
const station = (i: number) => `02:00:00:00:02:0${i}`;

/**
 * A router's network namespace with the home's bridge, the external interface and the product's firewall, and the other ends
 * of its wires in a second one.
 */
export class KernelSite {
  readonly router = Namespace.create();
  readonly #world = Namespace.create();
  readonly wires: Readonly<Record<Place, Wire>>;

  constructor() {
    for (const place of [this.router, this.#world]) {
      place.command([
        "sysctl",
        "-qw",
        "net.ipv6.conf.all.disable_ipv6=1",
        "net.ipv6.conf.default.disable_ipv6=1",
      ]);
    }
    this.#connectHome();
    this.#connectOutside();
    this.#configureKernel();
    this.wires = {
      alice: this.#wire(0, ROUTER_HOME),
      bob: this.#wire(1, ROUTER_HOME),
      carol: this.#wire(2, ROUTER_HOME),
      outside: this.#wire(3, ROUTER_WAN),
    };
  }

  /** Has the router speak for itself from this external address. */
  speakFrom(external: string): void {
    this.router.ip(`route replace default via ${GATEWAY} dev wan0 src ${external}`);
  }

  /** Bytes that the router's kernel holds of fragments, and the most that it may. */
  fragmentMemory(): { used: number; limit: number } {
    const used = /^FRAG: .*memory (\d+)$/m.exec(this.router.command(["cat", "/proc/net/sockstat"]))?.[1];
    const limit = this.router.command(["sysctl", "-n", "net.ipv4.ipfrag_high_thresh"]);
    return { used: Number(used), limit: Number(limit) };
  }

  close(): void {
    for (const place of PLACES) this.wires[place].close();
    this.router.close();
    this.#world.close();
  }

  #connectHome(): void {
    this.router.ip(`link add br-lan address ${ROUTER_HOME} type bridge`);
    this.router.ip(`address add ${LAN_PREFIX} dev br-lan`);
    PLACES.slice(0, 3).forEach((place, i) => {
      this.router.connect(`lan${i}`, this.#world, place);
      this.router.ip(`link set lan${i} master br-lan`);
    });
    this.router.ip("link set br-lan up");
    const neighbours = Object.values(ADDRESSES).map((address, i) => [address, station(i)]);
    for (let n = FURTHER_HOSTS.first; n <= FURTHER_HOSTS.last; n++) {
      neighbours.push([`192.168.77.${n}`, station(2)]);
    }
    const lines = neighbours.map(([address, mac]) => `neighbour add ${address} lladdr ${mac} dev br-lan`);
    this.router.command(["ip", "-batch", "-"], lines.join("\n"));
  }

  #connectOutside(): void {
    this.router.connect("wan0", this.#world, "outside");
    this.router.ip(`link set wan0 address ${ROUTER_WAN} mtu ${EXTERNAL_MTU}`);
    for (const external of EXTERNALS) this.router.ip(`address add ${external}/24 dev wan0`);
    this.router.ip(`neighbour add ${GATEWAY} lladdr ${station(3)} dev wan0`);
  }

  #configureKernel(): void {
    // Kernels with br_netfilter built in would show bridged frames to the IP hooks a second time.
    this.router.command(["sysctl", "-eqw", "net.bridge.bridge-nf-call-iptables=0"]);
    const parameters = renderSysctl().map(({ key, value }) => `${key.replaceAll("/", ".")}=${value}`);
    // The bridge was made before its defaults were. Tests ask for more ICMP errors at once than the kernel is ready to send.
    const further = ["ip_forward=1", "conf.br-lan.send_redirects=0", "icmp_ratelimit=0"];
    this.router.command(["sysctl", "-qw", ...parameters, ...further.map((each) => `net.ipv4.${each}`)]);
    const network = networkWith({ wan: "wan0", ports: ["lan0", "lan1", "lan2"], prefix: LAN_PREFIX });
    const ruleset = renderFirewall(network);
    this.router.run(() => applyRuleset(ruleset));
  }

  #wire(i: number, routerMac: string): Wire {
    const name = PLACES[i]!;
    this.#world.ip(`link set ${name} address ${station(i)}`);
    return new Wire(this.#world, name, bytesOf(station(i)), bytesOf(routerMac));
  }
}

function bytesOf(mac: string): Uint8Array {
  return Uint8Array.from(mac.split(":"), (byte) => Number.parseInt(byte, 16));
}
