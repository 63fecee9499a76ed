/** Live traffic from the wire to a client of the WebSocket, through the real data plane and API. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { STALLED } from "../../runtime/src/service/traffic/live/channel.ts";
import { type FloodOptions, flood } from "./flood.ts";
import type { WatcherOptions, WatcherReport } from "./live-watcher.ts";
import { UdpPeer } from "./peers.ts";
import { launchIn, Program } from "./program.ts";
import { CLIENT1, LAN_ADDRESS, SERVER } from "./topology.ts";
import { PORT, TrafficHome } from "./traffic-home.ts";

setDefaultTimeout(60_000);

const ECHO = 4433;
const PATIENCE = 10_000;
/** Bytes that the two kernels hold for one connection at most, as set here. */
const KERNELS = 1_000_000;

let home: TrafficHome;

beforeAll(async () => {
  home = await TrafficHome.open();
  const { client2, router } = home.tap.net;
  router.command(["sysctl", "-qw", "net.ipv4.tcp_wmem=4096 16384 262144"]);
  client2.command(["sysctl", "-qw", "net.ipv4.tcp_rmem=4096 131072 262144"]);
});

afterAll(() => home?.close());

function watcher(options: WatcherOptions): Promise<Program<WatcherReport>> {
  const launch = launchIn(home.tap.net.client2);
  return Program.start(launch, "live-watcher.ts", LAN_ADDRESS, `${PORT}`, JSON.stringify(options));
}

test("every packet reaches a watching client, soon after it was on the wire", async () => {
  const watching = await watcher({ stalls: false });
  await watching.running.line(/mode packets/, PATIENCE);
  const server = await UdpPeer.open(home.tap.net.provider, ECHO, SERVER, true);
  const client = await UdpPeer.open(home.tap.net.client1);
  for (let i = 0; i < 400; i++) {
    await client.ask("ping", SERVER, ECHO);
    // Paced, lest all of them are in one block of the tap.
    await Bun.sleep(7);
  }
  client.close();
  server.close();
  await home.totals("device", ([first]) => first?.upPackets === 400);
  const { packets, latencies, modes } = await watching.report();
  const at = (share: number) => latencies[Math.floor(latencies.length * share)]!.toFixed(1);
  console.log(
    `wire to client: median ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${latencies.at(-1)!.toFixed(1)} ms`,
  );
  expect([packets, modes]).toEqual([800, ["sums asked", "packets asked"]]);
  // The promise is 50 ms on an idle machine; this one may be busy.
  expect(Number(at(0.99))).toBeLessThan(500);
});

test("a client that reads nothing is dropped to sums and then to nothing, and gets all again once it reads", async () => {
  const watching = await watcher({ stalls: true });
  await watching.running.line(/stalled/, PATIENCE);
  const options: FloodOptions = {
    kind: "syns-to-all-ports",
    interface: "eth0",
    sourceMac: home.tap.client1Mac,
    destinationMac: home.tap.routerMac,
    source: CLIENT1,
    destination: SERVER,
    rate: 15_000,
    count: 120_000,
  };
  const before = (await home.totals("device", () => true))[0]!.upPackets;
  const sender = await flood(launchIn(home.tap.net.client1), options);
  await home.totals("device", ([first]) => first!.upPackets >= before + options.count! * 0.9, 30_000);
  await sender.report();
  const unread = home.tap.net.router.command(["ss", "-tnH", "state", "established", `sport = :${PORT}`]);
  watching.running.signal("SIGUSR1");
  await watching.running.line(/mode packets slow/, PATIENCE);
  const { bytes, modes } = await watching.report();
  console.log(`${bytes} bytes waited; ${unread.trim()}`);
  expect(modes).toEqual(["sums asked", "packets asked", "sums budget", "sums slow", "packets slow"]);
  expect(bytes).toBeLessThan(STALLED + KERNELS);
});
