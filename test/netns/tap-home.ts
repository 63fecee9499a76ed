import { join } from "node:path";
import { type Mac, parseMac } from "../../runtime/src/addr/mac.ts";
import { readSharedFile, type SharedFile } from "../../runtime/src/linux/ffi/shared-file.ts";
import type { RecordingConfig } from "../../runtime/src/service/dataplane/configuration/schema.ts";
import { CaptureCursor } from "../../runtime/src/traffic/capture/cursor.ts";
import { deviceOf } from "../../runtime/src/traffic/capture/device-index.ts";
import { openCaptureMemory } from "../../runtime/src/traffic/capture/memory.ts";
import { FOUND, NONE } from "../../runtime/src/traffic/capture/ring-reader.ts";
import { openFeed } from "../../runtime/src/traffic/feed/memory.ts";
import { FeedReader } from "../../runtime/src/traffic/feed/reader.ts";
import { DataplaneProcess } from "./dataplane.ts";
import { FeedWatch } from "./feed-watch.ts";
import { type Namespace, until } from "./linux-namespace.ts";
import { macOf } from "./scene.ts";
import { CLIENT1, LAN_ADDRESS, Topology, WAN_ADDRESS } from "./topology.ts";

const CLIENT1_IPV6 = "2001:db8:77::11";
export const SERVER_IPV6 = "2001:db8:80::80";

/** A frame as a capture has it. */
export interface CapturedBytes {
  bytes: Uint8Array;
  originalLength: number;
  direction: number;
}

/**
 * The topology with a data plane, whose recording is read as the control plane does. Neighbours are known, so that nothing goes
 * over the wires but what a test sends, and IPv6's own reports; IPv6 is routed.
 */
export class TapHome {
  readonly net = new Topology();
  readonly dataplane = new DataplaneProcess(this.net.router);
  readonly client1Mac = parseMac(macOf(this.net.client1, "eth0"))!;
  readonly routerMac = parseMac(macOf(this.net.router, "br-lan"))!;

  static async open(recording?: RecordingConfig): Promise<TapHome> {
    const home = new TapHome();
    // A port of the bridge has nothing to say for itself.
    for (const port of ["lan0", "lan1"])
      home.net.router.command(["sysctl", "-qw", `net.ipv6.conf.${port}.disable_ipv6=1`]);
    home.net.client2.command(["sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1"]);
    home.net.client1.command(["sysctl", "-qw", "net.ipv6.conf.eth0.accept_ra=0"]);
    home.#knowNeighbours();
    home.#routeIPv6();
    await home.configure(recording);
    return home;
  }

  async configure(recording?: RecordingConfig): Promise<void> {
    await this.dataplane.configure({
      wan: { interface: "wan0", address: WAN_ADDRESS },
      lans: [{ interface: "br-lan", address: `${LAN_ADDRESS}/24` }],
      path: "offload",
      ...(recording !== undefined && { recording }),
    });
  }

  /** Ends the data plane the hard way and starts another. */
  async restart(): Promise<void> {
    await this.dataplane.kill();
    const isBack = this.dataplane.next(["configured"]);
    this.dataplane.start();
    await isBack;
  }

  /** A reader of the feed that starts now, or at `position`. */
  reader(position?: number): FeedReader {
    const feed = openFeed(this.#map("traffic").buffer);
    if (feed === undefined) throw new Error("there is no feed");
    return new FeedReader(feed, position);
  }

  /** Reads the feed from now on, once nothing is on its way. */
  async watch(): Promise<FeedWatch> {
    const reader = this.reader();
    const now = Date.now() / 100;
    let isQuiet = false;
    await until("a quiet tick", () => {
      reader.readTicks(
        () => {},
        (tick, frames) => {
          isQuiet = tick > now && frames === 0;
        },
      );
      return isQuiet;
    });
    return new FeedWatch(this.reader());
  }

  /** The frames captured of a device. */
  captured(mac: Mac): CapturedBytes[] {
    const memory = openCaptureMemory(this.#map("captures").buffer);
    if (memory === undefined) throw new Error("there are no captures");
    const cursor = new CaptureCursor(memory, { device: deviceOf(mac) });
    const frames: CapturedBytes[] = [];
    for (let search = cursor.next(); search !== NONE; search = cursor.next()) {
      if (search !== FOUND) continue;
      const { bytes, offset, capturedLength, originalLength, direction } = cursor;
      frames.push({ bytes: bytes.slice(offset, offset + capturedLength), originalLength, direction });
    }
    return frames;
  }

  async close(): Promise<void> {
    await this.dataplane.close();
    this.net.close();
  }

  /** For good: a watch of a test that failed may still read it. */
  #map(name: string): SharedFile {
    const file = readSharedFile(join(this.dataplane.folder, name));
    if (file === undefined) throw new Error(`there is no ${name}`);
    return file;
  }

  #knowNeighbours(): void {
    const { client1, router, provider } = this.net;
    const know = (at: Namespace, address: string, mac: string, dev: string) =>
      at.ip(`neigh replace ${address} lladdr ${mac} dev ${dev} nud permanent`);
    know(client1, LAN_ADDRESS, this.routerMac, "eth0");
    know(router, CLIENT1, this.client1Mac, "br-lan");
    know(router, "198.51.100.2", macOf(provider, "eth0"), "wan0");
    know(provider, WAN_ADDRESS, macOf(router, "wan0"), "eth0");
  }

  #routeIPv6(): void {
    const { client1, router, provider } = this.net;
    router.command(["sysctl", "-qw", "net.ipv6.conf.all.forwarding=1"]);
    router.ip("-6 address add 2001:db8:77::1/64 dev br-lan nodad");
    router.ip("-6 address add 2001:db8:1::1/64 dev wan0 nodad");
    client1.ip(`-6 address add ${CLIENT1_IPV6}/64 dev eth0 nodad`);
    client1.ip("-6 route add default via 2001:db8:77::1");
    provider.ip("-6 address add 2001:db8:1::2/64 dev eth0 nodad");
    provider.ip(`-6 address add ${SERVER_IPV6}/128 dev lo nodad`);
    provider.ip("-6 route add default via 2001:db8:1::1");
    router.ip(`-6 route add ${SERVER_IPV6}/128 via 2001:db8:1::2`);
  }
}
