/** The whole runtime on this machine's kernel: a device is paused over the API, and what it does on the Internet ends. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Client } from "@gatehouse/qemu/client/client.ts";
import { Home } from "@gatehouse/qemu/home.ts";
import { Native } from "@gatehouse/qemu/native.ts";
import { topology } from "@gatehouse/qemu/topology.ts";
import { until } from "@gatehouse/qemu/wait.ts";
import { patience } from "../e2e/scenarios.ts";

setDefaultTimeout(120_000);

const { web, iperf } = topology.internet;
/** Within this time whoever uses a device notices. */
const AT_ONCE_MS = 1000;

let lab: Home;

beforeAll(async () => {
  lab = await Home.build((namespaces) => new Native(namespaces));
  await lab.router.start();
  for (const client of lab.clients) client.powerOn();
  for (const client of lab.clients) await client.leased(patience, lab.tail);
});

afterAll(() => lab?.close());

async function change(mac: string, rules: object): Promise<void> {
  const url = `http://127.0.0.1/api/policy/devices/${mac}`;
  const json = ["-H", "content-type: application/json", "--data-binary", "@-"];
  const router = lab.namespaces.get("router");
  await router.run(["curl", "-s", "--fail", "-X", "PUT", ...json, url], { input: JSON.stringify(rules) });
}

const fetches = (client: Client, url: string) =>
  client.fetch(url, ["--max-time", "3"]).then(
    () => true,
    () => false,
  );
const page = `http://${web.address}/source`;

test("pausing ends a download at once, leaves the router's page and the others alone, and is taken back", async () => {
  const [device, other] = lab.clients as [Client, Client];
  const { mac } = topology.clients.find(({ name }) => name === device.name)!;
  const { router } = await device.leased(patience, lab.tail);
  const words = ["iperf3", "-c", iperf.address, "-R", "-t", "60", "-i", "0.1", "--forceflush"];
  const download = device.place.start(words);
  await download.line(/bits\/sec/, patience);
  await change(mac, { paused: true });
  const begin = performance.now();
  await until({ what: "the download's end", within: patience, tail: lab.tail }, () => download.exited);
  const took = performance.now() - begin;
  expect([
    took < AT_ONCE_MS,
    await fetches(device, page),
    await fetches(device, `http://${router}/api/status`),
    await fetches(other, page),
  ]).toEqual([true, false, true, true]);
  await change(mac, { paused: false });
  await until({ what: "a page", within: patience, tail: lab.tail }, () => fetches(device, page));
});

test("a device's limit is what arrives, within a tenth", async () => {
  const [device] = lab.clients as [Client];
  const { mac } = topology.clients.find(({ name }) => name === device.name)!;
  await change(mac, { download: 20 });
  const words = ["iperf3", "-c", iperf.address, "-R", "-t", "3", "-O", "1", "-J"];
  const { stdout } = await device.place.run(words, { within: patience });
  const share = JSON.parse(stdout).end.sum_received.bits_per_second / 20e6;
  expect(share).toBeGreaterThan(0.9);
  expect(share).toBeLessThan(1.1);
});
