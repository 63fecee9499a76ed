/** What the tap counts is what the interfaces count, and what iperf3 says it sent. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { deviceOf } from "../../runtime/src/traffic/capture/device-index.ts";
import { flood } from "./flood.ts";
import { until } from "./linux-namespace.ts";
import { launchIn } from "./program.ts";
import { SERVER_IPV6, TapHome } from "./tap-home.ts";
import { CLIENT1, SERVER } from "./topology.ts";

setDefaultTimeout(60_000);

const IPERF_PORT = 5201;
const TCP = 6;
const UDP = 17;
/** Frames of IPv6's own, over the whole of a test, at most. */
const NOISE = 30;
const LONGEST_NOISE = 1514;
/** What iperf3's ends say to each other, at most. */
const CONTROL = 20_000;
/** Payload of a segment at most. */
const SEGMENT = 1448;

let home: TapHome;

beforeAll(async () => {
  home = await TapHome.open();
  // Every segment's header has one length: the bytes of a lost segment's selective acknowledgments appear in no report.
  for (const end of [home.net.client1, home.net.provider])
    end.command(["sysctl", "-qw", "net.ipv4.tcp_sack=0"]);
});

afterAll(() => home.close());

/** What has passed the router's port to client1: frames with their Ethernet header, super-packets as one. */
function counted(): { packets: number; bytes: number } {
  const { rx, tx } = JSON.parse(home.net.router.ip("-stats -json link show lan0"))[0].stats64;
  return { packets: rx.packets + tx.packets, bytes: rx.bytes + tx.bytes };
}

interface Transfer {
  received: number;
  /** What was given to TCP, and how many segments it sent again. */
  sent: number;
  retransmits: number;
}

/** Runs iperf3 both ways at once. */
async function transfer(address: string): Promise<{ up: Transfer; down: Transfer }> {
  const { client1, provider } = home.net;
  const server = provider.run(() =>
    Bun.spawn(["timeout", "20", "iperf3", "--server", "--one-off"], {
      stdio: ["ignore", "ignore", "ignore"],
    }),
  );
  const words = ["timeout", "20", "iperf3", "--client", address, "--bidir", "--time", "2", "--json"];
  for (let attempt = 0; ; attempt++) {
    const client = client1.run(() => Bun.spawn(words, { stdio: ["ignore", "pipe", "ignore"] }));
    const { end, error } = await new Response(client.stdout).json();
    if (error === undefined) {
      await server.exited;
      return {
        up: wayOf(end.sum_received, end.sum_sent),
        down: wayOf(end.sum_received_bidir_reverse, end.sum_sent_bidir_reverse),
      };
    }
    // The server may not listen yet.
    if (attempt === 50) throw new Error(`iperf3: ${error}`);
    await Bun.sleep(20);
  }
}

function wayOf(receiver: { bytes: number }, sender: { bytes: number; retransmits: number }): Transfer {
  return { received: receiver.bytes, sent: sender.bytes, retransmits: sender.retransmits };
}

function offload(state: "on" | "off"): void {
  for (const end of [home.net.client1, home.net.provider])
    end.command(["ethtool", "-K", "eth0", "tso", state, "gso", state, "gro", state]);
}

test.each([
  ["IPv4, super-packets", SERVER, "on", 20],
  ["IPv4, each packet for itself", SERVER, "off", 20],
  ["IPv6, super-packets", SERVER_IPV6, "on", 40],
  ["IPv6, each packet for itself", SERVER_IPV6, "off", 40],
] as const)(
  "the sums equal the interface's counters and iperf3's report: %s",
  async (_, address, state, ip) => {
    offload(state);
    const watch = await home.watch();
    const before = counted();
    const report = await transfer(address);
    // Its ends may still send what they had not when they were told to stop: the feed ends a tick later, and the counters then.
    await watch.finish();
    const after = counted();
    const packets = after.packets - before.packets;
    const bytes = after.bytes - before.bytes;
    const noise = watch.frames - watch.handled.packets;
    const missing = packets - watch.frames;
    expect({ lost: watch.lost, isQuiet: noise < NOISE, sums: watch.sums }).toEqual({
      lost: { ticks: 0, packets: 0 },
      isQuiet: true,
      sums: watch.packetSums,
    });
    // Every frame is seen or told as dropped, but for noise between a look at the counters and one at the feed.
    expect(Math.abs(missing - watch.dropped)).toBeLessThanOrEqual(noise);
    const unseen = bytes - watch.handled.bytes;
    expect(unseen).toBeGreaterThanOrEqual(0);
    // Drops of an overwhelmed machine have no known length.
    expect(unseen).toBeLessThanOrEqual(noise * LONGEST_NOISE + watch.dropped * 65_553);
    expect(watch.devices).toEqual([deviceOf(home.client1Mac)]);
    if (watch.dropped > 0) return;
    const { upBytes, upPackets, downBytes, downPackets } = watch.sumsOf(TCP, IPERF_PORT);
    // Of each packet Ethernet, IP and TCP with its time stamps; acknowledgments have nothing else.
    const headers = 14 + ip + 32;
    const payload = { up: upBytes - upPackets * headers, down: downBytes - downPackets * headers };
    for (const way of ["up", "down"] as const) {
      const { received, sent, retransmits } = report[way];
      expect(payload[way]).toBeGreaterThanOrEqual(received);
      expect(payload[way]).toBeLessThanOrEqual(sent + retransmits * SEGMENT + CONTROL);
    }
  },
);

test("a flood of small packets is counted to the last one", async () => {
  const options = {
    kind: "udp-flows",
    interface: "eth0",
    sourceMac: home.client1Mac,
    destinationMac: home.routerMac,
    source: CLIENT1,
    destination: SERVER,
    port: 9,
    rate: 100_000,
    count: 150_000,
  } as const;
  const watch = await home.watch();
  const before = counted();
  const sender = await flood(launchIn(home.net.client1), options);
  // Some the interface may have had no room for.
  await until("the flood", () => counted().packets - before.packets > options.count * 0.99, 20_000);
  const { sent } = await sender.report();
  await watch.finish();
  const { packets, bytes } = counted();
  const noise = watch.frames - watch.handled.packets;
  expect({ lost: watch.lost, sums: watch.sums }).toEqual({
    lost: { ticks: 0, packets: 0 },
    sums: watch.packetSums,
  });
  const missing = packets - before.packets - watch.frames;
  expect(Math.abs(missing - watch.dropped)).toBeLessThanOrEqual(noise);
  expect(bytes - before.bytes - watch.handled.bytes).toBeLessThanOrEqual(
    (noise + watch.dropped) * LONGEST_NOISE,
  );
  const { upPackets } = watch.sumsOf(UDP, options.port);
  expect(upPackets).toBeGreaterThanOrEqual(sent - watch.dropped);
  expect(upPackets).toBeLessThanOrEqual(sent);
});
