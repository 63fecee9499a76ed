import { expect } from "bun:test";
import type { DataplaneConfig } from "../../../runtime/src/service/dataplane/protocol.ts";
import { DataplaneProcess } from "../dataplane.ts";
import { until } from "../linux-namespace.ts";
import { tcpServer, UdpPeer } from "../peers.ts";
import { LAN_ADDRESS, SERVER, Topology, WAN_ADDRESS } from "../topology.ts";
import { WireTap } from "../wire-tap.ts";

export const ECHO_PORT = 7;
export const WEB_PORT = 80;
export const PATHS = ["offload", "inline"] as const;
export type Path = (typeof PATHS)[number];
export type Policy = Omit<DataplaneConfig, "wan" | "lans" | "path">;

/** The data plane in the middle of a topology, servers that tell whom they see, and a capture of all that it lets out. */
export class NatHome {
  private constructor(
    readonly path: Path,
    readonly net: Topology,
    readonly dataplane: DataplaneProcess,
    readonly border: WireTap,
    private readonly servers: { close(): void }[],
  ) {}

  static async open(path: Path, policy: Policy = {}, mtu?: number): Promise<NatHome> {
    const net = new Topology();
    const border = await WireTap.open(net.provider, "eth0");
    const dataplane = new DataplaneProcess(net.router);
    const echo = await UdpPeer.open(net.provider, ECHO_PORT, SERVER, true);
    const web = tcpServer(net.provider, SERVER, WEB_PORT);
    const home = new NatHome(path, net, dataplane, border, [echo, { close: () => web.stop() }]);
    await home.configure(policy, mtu);
    return home;
  }

  config(policy: Policy = {}, mtu?: number): DataplaneConfig {
    return {
      wan: { interface: "wan0", address: WAN_ADDRESS, ...(mtu !== undefined && { mtu }) },
      lans: [{ interface: "br-lan", address: `${LAN_ADDRESS}/24` }],
      path: this.path,
      ...policy,
    };
  }

  async configure(policy: Policy, mtu?: number): Promise<void> {
    await this.dataplane.configure(this.config(policy, mtu));
  }

  /** Starts the data plane again after `kill`; it gets the last configuration, or `policy` instead. */
  async restart(policy?: Policy): Promise<void> {
    const configured = this.dataplane.next(["configured"]);
    if (policy === undefined) this.dataplane.start();
    else {
      void this.dataplane.configure(this.config(policy)).catch(() => {});
      this.dataplane.start();
    }
    await configured;
  }

  /** The captured packets up to now: a ping of the router's own, of a size of its own, is the last of them. */
  async packetsAtBorder(): Promise<DataView[]> {
    const MARK = 77;
    const isMark = (packet: DataView) => packet.getUint8(9) === 1 && packet.getUint16(2) === 28 + MARK;
    const marks = () => this.border.packets().filter(isMark).length;
    const before = marks();
    this.net.router.command(["ping", "-c1", "-W2", `-s${MARK}`, "198.51.100.2"]);
    // The request and its answer.
    await until("the router's ping", () => marks() === before + 2);
    return this.border.packets();
  }

  /** Ends it all; nothing with an address of the home has left in the meantime. */
  async close(): Promise<void> {
    const leaked = (await this.packetsAtBorder()).filter(isFromHome);
    for (const server of this.servers) server.close();
    await this.border.close();
    await this.dataplane.close();
    this.net.close();
    expect(leaked).toEqual([]);
  }
}

/** Whether the sender, or what an ICMP error quotes, has an address of the home. */
export function isFromHome(packet: DataView): boolean {
  const isHome = (at: number) => packet.byteLength >= at + 4 && packet.getUint32(at) >>> 8 === 0xc0a84d;
  const quotes = isError(packet) && (isHome(28 + 12) || isHome(28 + 16));
  return isHome(12) || isHome(16) || quotes;
}

/** Destination unreachable. */
export function isError(packet: DataView): boolean {
  return packet.getUint8(9) === 1 && packet.getUint8(20) === 3;
}

/** Who says what code of unreachable about a UDP packet, and the endpoints that are quoted. */
export function unreachable(packet: DataView) {
  const address = (at: number) => Array.from({ length: 4 }, (_, i) => packet.getUint8(at + i)).join(".");
  return {
    from: address(12),
    code: packet.getUint8(21),
    source: `${address(28 + 12)}:${packet.getUint16(28 + 20)}`,
    destination: `${address(28 + 16)}:${packet.getUint16(28 + 22)}`,
  };
}
