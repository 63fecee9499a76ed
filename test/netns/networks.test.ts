/**
 * Several networks of one home on this machine's kernel: home and guest have a port each, things have two, whose devices are kept from
 * each other. Home may reach things; nobody else may reach another network.
 */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { Client, type Lease } from "@gatehouse/qemu/client/client.ts";
import { Home } from "@gatehouse/qemu/home.ts";
import { Native } from "@gatehouse/qemu/native.ts";
import { topology } from "@gatehouse/qemu/topology.ts";
import { until } from "@gatehouse/qemu/wait.ts";
import type { Device } from "../../runtime/src/api/model.ts";
import { patience } from "../e2e/scenarios.ts";
import { wanAddress } from "../e2e/wan.ts";

setDefaultTimeout(120_000);

const { web } = topology.internet;
const configuration = {
  version: 2,
  wans: [{ port: "eth0" }],
  lans: [
    { ports: ["eth1"] },
    { name: "guest", ports: ["eth2"], router: false },
    { name: "things", ports: ["eth3", "eth4"], isolated: true },
  ],
  rules: [{ from: "home", to: "things" }],
  discovery: ["home", "things"],
};
/** The devices of the network of things, and the router's ports that they are plugged into. */
const things = [
  { name: "sensor1", mac: "00:00:5e:00:53:21", port: "eth3", portMac: "00:00:5e:00:53:f3" },
  { name: "sensor2", mac: "00:00:5e:00:53:22", port: "eth4", portMac: "00:00:5e:00:53:f4" },
];

let lab: Home;
let pc: Client;
let phone: Client;
let sensors: Client[];
const leases: Record<string, Lease> = {};

beforeAll(async () => {
  lab = await Home.build((namespaces) => new Native(namespaces, configuration));
  [pc, phone] = [lab.client1, lab.client2];
  sensors = await Promise.all(things.map(plugIn));
  await lab.router.start();
  for (const client of [pc, phone, ...sensors]) client.powerOn();
  for (const client of [pc, phone, ...sensors]) leases[client.name] = await client.leased(patience, lab.tail);
});

afterAll(() => lab?.close());

async function plugIn({ name, mac, port, portMac }: (typeof things)[number]): Promise<Client> {
  const { namespaces } = lab;
  const place = await namespaces.host(name);
  await namespaces.root.run(["ip", "link", "add", name, "type", "veth", "peer", "name", port]);
  await namespaces.move(name, name, "eth0", mac);
  await namespaces.move(port, "router", port, portMac);
  return new Client({ name, mac }, place);
}

const networkOf = ({ address }: Lease) => address.replace(/\.\d+$/, "");

/** What a client gets from the page at an address: the HTTP status, 0 for no connection. */
async function opens(client: Client, host: string): Promise<number> {
  const curl = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "3", `http://${host}/`];
  return Number((await client.place.run(curl, { mayFail: true })).stdout);
}

test("each network has leases of its own, and the router in it as gateway and name server", () => {
  const given = Object.values(leases);
  expect(new Set(given.map(networkOf)).size).toBe(3);
  expect(networkOf(leases.sensor1!)).toBe(networkOf(leases.sensor2!));
  expect(given.map(({ router, dns, server }) => [router, dns, server])).toEqual(
    given.map((lease) => Array(3).fill(`${networkOf(lease)}.1`)),
  );
});

test("the router's name is its address in the asker's network", async () => {
  for (const client of [pc, phone, ...sensors])
    expect(await client.resolve("gatehouse.lan")).toEqual([leases[client.name]!.router]);
});

test("a device is told the names of those it may reach, and of no others", async () => {
  const asked = async (client: Client) =>
    Promise.all(["client1", "client2", "sensor1"].map((name) => client.resolve(`${name}.lan`)));
  const [own, guest, thing] = [leases.client1!, leases.client2!, leases.sensor1!];
  expect([await asked(pc), await asked(phone), await asked(sensors[1]!)]).toEqual([
    [[own.address], [], [thing.address]],
    [[], [guest.address], []],
    [[], [], []],
  ]);
});

test("every network reaches the Internet through the router's address, and its devices are counted", async () => {
  const wan = await wanAddress(lab);
  for (const client of [pc, phone, ...sensors]) {
    const page = await until({ what: `a page for ${client.name}`, within: patience, tail: lab.tail }, () =>
      client.fetch(`http://${web.name}/`),
    );
    expect([page.includes("The web, seen from home"), (await client.source()).address]).toEqual([true, wan]);
  }
  const counted = async () => {
    const { stdout } = await lab.namespaces.get("router").run(["curl", "-s", "http://127.0.0.1/api/devices"]);
    const devices: Device[] = JSON.parse(stdout);
    return devices.every(({ upBytes, downBytes }) => upBytes > 0 && downBytes > 0) && devices;
  };
  const devices = await until({ what: "traffic of every device", within: patience, tail: lab.tail }, counted);
  expect(devices.map(({ mac, network }) => `${network} ${mac}`).sort()).toEqual([
    "guest 00:00:5e:00:53:12",
    "home 00:00:5e:00:53:11",
    "things 00:00:5e:00:53:21",
    "things 00:00:5e:00:53:22",
  ]);
});

test("one network does not reach another without a rule; with one it does, and gets its answers", async () => {
  const [own, guest, thing] = [leases.client1!, leases.client2!, leases.sensor1!];
  const server = sensors[0]!.place.start([process.execPath, "-e", SERVER]);
  await server.line(/listening/, 10_000);
  expect(
    await Promise.all([
      pc.ping(thing.address),
      pc.fetch(`http://${thing.address}:8080/`),
      pc.ping(guest.address),
      phone.ping(own.address),
      phone.ping(thing.address),
      sensors[0]!.ping(own.address),
      sensors[0]!.ping(guest.address),
    ]),
  ).toEqual([true, "a thing's page", false, false, false, false, false]);
  await server.stop();
});

test("a rule is in force as soon as it is saved, and what it allowed ends with it", async () => {
  const guest = leases.client2!.address;
  expect(await pc.ping(guest)).toBe(false);
  const echoes = pc.place.start(["ping", "-i", "0.2", guest]);
  await allow([...configuration.rules, { from: "home", to: "guest" }]);
  await echoes.line(/icmp_seq=.* time=/, 10_000);
  await allow(configuration.rules);
  await until(
    { what: "the end of answers", within: 10_000, tail: lab.tail },
    async () => !(await pc.ping(guest)),
  );
  const answered = echoes.lines.length;
  expect([await pc.ping(guest), echoes.lines.length]).toEqual([false, answered]);
  await echoes.stop();
});

/** Makes these the rules between networks. */
async function allow(rules: object[]): Promise<void> {
  const router = lab.namespaces.get("router");
  const url = "http://127.0.0.1/api/configuration";
  const { document } = JSON.parse((await router.run(["curl", "-s", url])).stdout);
  const json = ["-H", "content-type: application/json", "--data-binary", "@-"];
  const input = JSON.stringify({ document: { ...document, rules }, why: "rules" });
  const { stdout } = await router.run(["curl", "-s", "--fail", "-X", "PUT", ...json, url], { input });
  expect(JSON.parse(stdout).trial).toBeNull();
}

const SERVER = `Bun.serve({ port: 8080, fetch: () => new Response("a thing's page") }); console.log("listening")`;

test("the page is open at the router's address in each network that may open it, and to no guest", async () => {
  const routers = [leases.client1!.router, leases.client2!.router, leases.sensor1!.router];
  const asked = (client: Client) => Promise.all(routers.map((address) => opens(client, address)));
  const [home, guest, thing] = [await asked(pc), await asked(phone), await asked(sensors[0]!)];
  // From one network's side the other's address of the same machine is the router's, too; at the guests' there is nobody.
  expect({ home, guest, thing }).toEqual({ home: [200, 0, 200], guest: [0, 0, 0], thing: [200, 0, 200] });
  expect(await opens(sensors[0]!, "gatehouse.lan")).toBe(200);
});

test("devices of an isolated network do not reach each other, only the router", async () => {
  const [first, second] = sensors as [Client, Client];
  expect([
    await first.ping(leases.sensor2!.address),
    await second.ping(leases.sensor1!.address),
    await first.ping(leases.sensor1!.router),
  ]).toEqual([false, false, true]);
});

test("services of the chosen networks are found across them, and a guest hears nothing", async () => {
  const peer = (client: Client, ...words: string[]) =>
    client.place.start([process.execPath, join(import.meta.dir, "discovery-peer.ts"), ...words], "discovery");
  const [listener, guest] = [peer(pc), peer(phone, "a guest's speaker")];
  await guest.line(/^said: .* 2$/, 20_000);
  const printer = peer(sensors[0]!, "a printer");
  await listener.line(/^heard: a printer/, 20_000);
  for (const process of [listener, guest, printer]) await process.stop();
  expect([listener.lines.join().includes("guest"), guest.lines.join().includes("printer")]).toEqual([
    false,
    false,
  ]);
});

test("BPF programs carry the packets of every network", async () => {
  const nat = async () => {
    const { stdout } = await lab.namespaces.get("router").run(["curl", "-s", "http://127.0.0.1/api/nat"]);
    return JSON.parse(stdout).accelerator;
  };
  const DATAGRAMS = 20;
  for (const client of [pc, phone, sensors[0]!]) {
    const before = await nat();
    expect(before.refused).toBeNull();
    const socket = client.udp(50_200);
    const { payload } = JSON.parse((await socket.line(/payload/, 10_000)).input!);
    const { address, port } = JSON.parse(payload);
    for (let i = 0; i < DATAGRAMS; i++)
      await client.fetch(`http://${web.address}/probe?to=${address}:${port}&payload=late`);
    await until(
      { what: `packets of ${client.name} past the rules`, within: 20_000, tail: lab.tail },
      async () => {
        return (await nat()).packets >= before.packets + DATAGRAMS;
      },
    );
    expect(socket.lines.filter((line) => line.includes("late")).length).toBeGreaterThan(0);
    await socket.stop();
  }
});

test("devices of different networks reach each other by the Internet address, as anybody would", async () => {
  const { address: echo } = web;
  const socket = pc.udp(50_100);
  const reply = JSON.parse((await socket.line(/payload/, 10_000)).input!);
  const seen: { address: string; port: number } = JSON.parse(reply.payload);
  expect([reply.from.address, seen.address]).toEqual([echo, await wanAddress(lab)]);
  await phone.place.sh(`printf 'from a guest' >/dev/udp/${seen.address}/${seen.port}`);
  await socket.line(/from a guest/, 10_000);
  await socket.stop();
});

test("when the provider turns out to use the guests' network, guests move, and the home's cables stay in", async () => {
  const interruptions = async () =>
    (await pc.place.run(["cat", "/sys/class/net/eth0/carrier_changes"])).stdout;
  const before = await interruptions();
  const guest = leases.client2!;
  const router = lab.namespaces.get("router");
  await router.run(["ip", "address", "add", `${networkOf(guest)}.250/24`, "dev", "eth0"]);
  await until({ what: "guests' move", within: patience, tail: lab.tail }, async () => {
    return (await phone.lease())?.router !== guest.router;
  });
  const moved = await phone.leased(patience, lab.tail);
  expect([await phone.ping(moved.router), await pc.lease(), await interruptions()]).toEqual([
    true,
    leases.client1,
    before,
  ]);
  await router.run(["ip", "address", "del", `${networkOf(guest)}.250/24`, "dev", "eth0"]);
});

test("nothing has left with an address of the home", async () => {
  expect(await lab.provider.privateSources()).toBe(0);
});
