import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Running } from "@gatehouse/qemu/process.ts";
import { until } from "../linux-namespace.ts";
import { launchIn } from "../program.ts";
import { SERVER } from "../topology.ts";
import { NatHome } from "./nat-home.ts";

setDefaultTimeout(30_000);

const MEGABITS = 20;

let home: NatHome;
let iperf: Running;

beforeAll(async () => {
  home = await NatHome.open("offload");
  iperf = launchIn(home.net.provider)(["iperf3", "-s", "-B", SERVER]);
  await until("iperf3", () => home.net.provider.command(["ss", "-tln"]).includes(`${SERVER}:5201`));
});

afterAll(async () => {
  await iperf.stop();
  await home.close();
});

/** Packets that the programs have carried so far, both ways. */
async function carried(): Promise<number> {
  const { accelerator } = await home.dataplane.next(["counters"]);
  return accelerator!.outPackets + accelerator!.inPackets;
}

function rate(...options: string[]): number {
  const words = ["iperf3", "-c", SERVER, "-J", "-t", "2", "-O", "1", ...options];
  return JSON.parse(home.net.client1.command(words)).end.sum_received.bits_per_second / 1e6;
}

// CAKE is put there by networkd (render/shaping.ts); any queue shows whether packets pass it.
test.each([
  ["br-lan", ["-R"]],
  ["wan0", []],
])("what the programs carry passes the queue of %s", async (link, options) => {
  const { router } = home.net;
  router.command(`tc qdisc add dev ${link} root tbf rate ${MEGABITS}mbit burst 128kb limit 256kb`.split(" "));
  // Super-packets count as one.
  const before = await carried();
  const share = rate(...options) / MEGABITS;
  router.command(["tc", "qdisc", "del", "dev", link, "root"]);
  expect([share > 0.85, share < 1.1, (await carried()) - before > 100]).toEqual([true, true, true]);
});
