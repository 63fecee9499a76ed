import { expect } from "bun:test";
import type { Client, Source } from "@gatehouse/qemu/client/client.ts";
import type { Home } from "@gatehouse/qemu/home.ts";
import { topology } from "@gatehouse/qemu/topology.ts";
import { until } from "@gatehouse/qemu/wait.ts";
import { wanAddress } from "./wan.ts";

/** Something a router does for the home, checked from outside of it. */
export interface Scenario {
  readonly name: string;
  check(home: Home): Promise<void>;
}

const { web, peer, stun } = topology.internet;

/** Long enough for an emulated machine on a busy host; a working router takes a small part of it. */
export const patience = 180_000;

/** Scenarios of a router that is up; both clients keep their leases from one to the next. */
export const scenarios: readonly Scenario[] = [
  { name: "clients get leases: one network, the router as gateway and name server", check: leases },
  { name: "a client resolves a name of the internet", check: names },
  { name: "a client fetches a page, and the server sees the WAN address", check: page },
  { name: "two clients with the same TCP source port are served at the same time", check: sameTcpPort },
  { name: "two clients with the same UDP source port each get their own answer", check: sameUdpPort },
  { name: "a peer that was never contacted reaches a client through its binding", check: fullCone },
  { name: "STUN clients find endpoint-independent mapping and filtering, and hairpin", check: natBehaviour },
  { name: "BPF programs carry the packets of known flows, and the tap sees them", check: accelerated },
  { name: "ping reaches the router and the internet", check: ping },
  { name: "what is no DNS message is counted, and the next question answered", check: malformed },
];

/** To be checked last: every kind of packet has been sent by then, and the provider counts what should not have come. */
export const border: Scenario = {
  name: "nothing has left with an address of the home",
  async check(home) {
    expect(await home.provider.privateSources()).toBe(0);
  },
};

async function leases(home: Home): Promise<void> {
  const leases = [];
  for (const client of home.clients) leases.push(await client.leased(patience, home.tail));
  const [first, second] = [leases[0]!, leases[1]!];
  const network = first.address.replace(/\d+$/, "");
  expect(first.address).toMatch(/^(10|192\.168)\./);
  expect(second.address).toStartWith(network);
  expect(second.address).not.toBe(first.address);
  expect([first, second].map(({ router, dns, server }) => ({ router, dns, server }))).toEqual(
    Array(2).fill({ router: `${network}1`, dns: `${network}1`, server: `${network}1` }),
  );
}

async function malformed({ client1, tail }: Home): Promise<void> {
  const { router } = await client1.leased(patience, tail);
  const counted = async (): Promise<number> => {
    const { stdout } = await client1.place.run(["curl", "-s", `http://${router}/api/counters`]);
    return JSON.parse(stdout).dns.short ?? 0;
  };
  const before = await counted();
  await client1.place.sh(`printf 'no name' >/dev/udp/${router}/53`);
  await until({ what: "the message among those counted", within: patience, tail }, async () => {
    return (await counted()) > before;
  });
  expect(await client1.resolve(web.name)).toEqual([web.address]);
}

async function names({ client1, tail }: Home): Promise<void> {
  const resolved = await until({ what: `address of ${web.name}`, within: patience, tail }, async () => {
    const addresses = await client1.resolve(web.name);
    return addresses.length > 0 && addresses;
  });
  expect(resolved).toEqual([web.address]);
  expect(await client1.resolve("nothing.example")).toEqual([]);
}

async function page(home: Home): Promise<void> {
  const { client1, tail } = home;
  const text = await until({ what: `page of ${web.name}`, within: patience, tail }, () =>
    client1.fetch(`http://${web.name}/`),
  );
  expect(text).toContain("The web, seen from home");
  expect((await client1.source()).address).toBe(await wanAddress(home));
}

async function sameTcpPort(home: Home): Promise<void> {
  // Below those that a client takes by itself: an earlier connection may have one of them still.
  const port = 20_000;
  const sources = await Promise.all(
    home.clients.map((client) => client.source(`/rendezvous?parties=${home.clients.length}`, port)),
  );
  const wan = await wanAddress(home);
  expect(sources.map(({ address }) => address)).toEqual([wan, wan]);
  // One keeps its port, the other must not share it.
  const seen = sources.map((source) => source.port);
  expect(seen).toContain(port);
  expect(new Set(seen).size).toBe(2);
}

/** A UDP socket on a client and the endpoint under which the internet sees it. */
async function bound(client: Client, port: number) {
  const socket = client.udp(port);
  const reply = JSON.parse((await socket.line(/payload/, 10_000)).input!);
  const external: Source & { payload: string } = JSON.parse(reply.payload);
  return { socket, reply, external };
}

async function sameUdpPort(home: Home): Promise<void> {
  const port = 30_000;
  const sockets = await Promise.all(home.clients.map((client) => bound(client, port)));
  const wan = await wanAddress(home);
  expect(sockets.map(({ reply, external }) => [reply.from, external.address])).toEqual(
    Array(2).fill([{ address: web.address, port: topology.ports.echo }, wan]),
  );
  expect(new Set(sockets.map(({ external }) => external.port)).size).toBe(2);
  for (const { socket } of sockets) await socket.stop();
}

async function fullCone(home: Home): Promise<void> {
  const { socket, external } = await bound(home.client1, 50_001);
  const query = `to=${external.address}:${external.port}&payload=unexpected`;
  const { source } = JSON.parse(await home.client2.fetch(`http://${web.address}/probe?${query}`));
  expect(source.address).toBe(peer.address);
  const received = JSON.parse((await socket.line(/unexpected/, 10_000)).input!);
  expect(received).toEqual({ from: source, payload: "unexpected" });
  await socket.stop();
}

async function natBehaviour({ client1 }: Home): Promise<void> {
  const { stdout } = await client1.place.run(["turnutils_natdiscovery", "-m", "-f", "-H", stun.address]);
  expect(stdout.match(/NAT with .*!|successful hairpinning/g)).toEqual([
    "successful hairpinning",
    "NAT with Endpoint Independent Mapping!",
    "NAT with Endpoint Independent Filtering!",
  ]);
  // Its exit status is a number for what it has found.
  const older = await client1.place.run(["stun", stun.address], { mayFail: true });
  expect(older.stdout).toContain("Independent Mapping, Independent Filter, preserves ports, will hairpin");
}

async function accelerated({ client1, tail }: Home): Promise<void> {
  const { router } = await client1.leased(patience, tail);
  const ask = async (path: string) =>
    JSON.parse((await client1.place.run(["curl", "-s", `http://${router}/api/${path}`])).stdout);
  const before = await ask("nat");
  const DATAGRAMS = 50;
  const { socket, external } = await bound(client1, 50_002);
  const query = `to=${external.address}:${external.port}&payload=late`;
  for (let i = 0; i < DATAGRAMS; i++) await client1.fetch(`http://${web.address}/probe?${query}`);
  await socket.stop();
  expect(before.accelerator.refused).toBeNull();
  await until({ what: "packets carried past the rules", within: patience, tail }, async () => {
    return (await ask("nat")).accelerator.packets >= before.accelerator.packets + DATAGRAMS;
  });
  expect((await ask("counters")).tap.dropped).toBe(0);
}

async function ping({ client1, client2 }: Home): Promise<void> {
  const { router } = await client1.leased(1000);
  // Both at once: their identifiers may be the same.
  const answered = await Promise.all([
    client1.ping(router),
    client1.ping(web.address),
    client2.ping(web.address),
  ]);
  expect(answered).toEqual([true, true, true]);
}
