import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { TcpPeer, tcpServer, UdpPeer } from "../peers.ts";
import { CLIENT1, CLIENT2, OTHER_SERVER, SERVER, WAN_ADDRESS } from "../topology.ts";
import { ECHO_PORT, NatHome, PATHS, type Policy } from "./nat-home.ts";
import { RawPeer } from "./raw-peer.ts";

const GRE = 47;
const PROVIDER = "198.51.100.2";
const FORWARDS: Policy["forwards"] = [
  { protocol: "tcp", first: 80, last: 80, address: CLIENT1, port: 8080 },
  { protocol: "udp", first: 6000, last: 6002, address: CLIENT1, port: 7000 },
  { protocol: "both", first: 9000, last: 9000, address: CLIENT2, port: 9000 },
  { protocol: "udp", first: 53, last: 53, address: CLIENT2, port: 5353 },
];

describe.each(PATHS)("forwards, %s path", (path) => {
  let home: NatHome;
  let far: UdpPeer;

  beforeAll(async () => {
    home = await NatHome.open(path, { forwards: FORWARDS });
    far = await UdpPeer.open(home.net.provider, 5000, OTHER_SERVER);
  });

  afterAll(async () => {
    far.close();
    await home.close();
  });

  /** Whether a datagram to the external port reaches the host there, and its answer comes from that port. */
  async function leadsTo(externalPort: number, host: UdpPeer): Promise<boolean> {
    far.send("knock", WAN_ADDRESS, externalPort);
    const knock = await host.receive();
    host.send("open", OTHER_SERVER, 5000);
    const answer = await far.receive();
    return knock?.from === `${OTHER_SERVER}:5000` && answer?.from === `${WAN_ADDRESS}:${externalPort}`;
  }

  test("each port of a range leads to the host's, answers come from where they were asked, and with it both work", async () => {
    const { client1, client2 } = home.net;
    const rows: [externalPort: number, host: UdpPeer][] = [
      [6000, await UdpPeer.open(client1, 7000)],
      [6001, await UdpPeer.open(client1, 7001)],
      [6002, await UdpPeer.open(client1, 7002)],
      [9000, await UdpPeer.open(client2, 9000)],
      [53, await UdpPeer.open(client2, 5353)],
    ];
    for (const [port, host] of rows) expect([port, await leadsTo(port, host)]).toEqual([port, true]);
    for (const [, host] of rows) host.close();
  });

  test("TCP from outside reaches the host, which sees who it is", async () => {
    const { client1, client2, provider } = home.net;
    const servers = [tcpServer(client1, CLIENT1, 8080), tcpServer(client2, CLIENT2, 9000)];
    const callers = [
      await TcpPeer.connect(provider, WAN_ADDRESS, 80, 40_080),
      await TcpPeer.connect(provider, WAN_ADDRESS, 9000, 49_000),
    ];
    expect(await Promise.all(callers.map((caller) => caller.ask("?")))).toEqual([
      `${PROVIDER}:40080`,
      `${PROVIDER}:49000`,
    ]);
    for (const caller of callers) caller.close();
    for (const server of servers) server.stop();
  });

  test("what a host sends first from a forwarded port leaves from that port, too", async () => {
    const host = await UdpPeer.open(home.net.client1, 7001);
    expect((await host.ask("?", SERVER, ECHO_PORT))?.text).toBe(`${WAN_ADDRESS}:6001`);
    host.close();
  });

  test("hosts reach a forward by the external address and are seen by theirs", async () => {
    const server = tcpServer(home.net.client1, CLIENT1, 8080);
    const caller = await TcpPeer.connect(home.net.client2, WAN_ADDRESS, 80, 6100);
    expect(await caller.ask("?")).toBe(`${WAN_ADDRESS}:6100`);
    caller.close();
    server.stop();
  });

  test("forwards work without an engine; those taken away meanwhile end when it is back", async () => {
    const host = await UdpPeer.open(home.net.client1, 7000);
    const other = await UdpPeer.open(home.net.client2, 9000);
    await home.dataplane.kill();
    expect([await leadsTo(6000, host), await leadsTo(9000, other)]).toEqual([true, true]);
    await home.restart({ forwards: FORWARDS.filter(({ first }) => first === 9000) });
    far.send("gone", WAN_ADDRESS, 6000);
    // On the same wires after it.
    expect([await leadsTo(9000, other), host.hasArrived]).toEqual([true, false]);
    const kept = (await home.dataplane.list("bindings")).filter(({ kind }) => kind === "forward");
    expect(kept.map(({ transport, externalPort }) => [transport, externalPort])).toEqual([
      ["tcp", 9000],
      ["udp", 9000],
    ]);
    host.close();
    other.close();
  });

  test("a forward takes its port from a binding, which gets another", async () => {
    await home.configure({});
    const bound = await UdpPeer.open(home.net.client2, 6000);
    expect((await bound.ask("?", SERVER, ECHO_PORT))?.text).toBe(`${WAN_ADDRESS}:6000`);
    await home.configure({ forwards: FORWARDS });
    const host = await UdpPeer.open(home.net.client1, 7000);
    expect(await leadsTo(6000, host)).toBe(true);
    expect((await bound.ask("?", SERVER, ECHO_PORT))?.text).not.toBe(`${WAN_ADDRESS}:6000`);
    bound.close();
    host.close();
  });
});

describe.each(PATHS)("a DMZ host, %s path", (path) => {
  let home: NatHome;
  let far: UdpPeer;

  beforeAll(async () => {
    const forwards: Policy["forwards"] = [
      { protocol: "udp", first: 6000, last: 6000, address: CLIENT1, port: 7000 },
    ];
    home = await NatHome.open(path, { dmz: CLIENT2, forwards });
    far = await UdpPeer.open(home.net.provider, 5000, OTHER_SERVER);
  });

  afterAll(async () => {
    far.close();
    await home.close();
  });

  test("gets what nobody else has, and answers from there", async () => {
    const dmz = await UdpPeer.open(home.net.client2, 40_000);
    far.send("knock", WAN_ADDRESS, 40_000);
    expect(await dmz.receive()).toEqual({ text: "knock", from: `${OTHER_SERVER}:5000` });
    dmz.send("open", OTHER_SERVER, 5000);
    expect(await far.receive()).toEqual({ text: "open", from: `${WAN_ADDRESS}:40000` });
    const server = tcpServer(home.net.client2, CLIENT2, 443);
    const caller = await TcpPeer.connect(home.net.provider, WAN_ADDRESS, 443, 41_000);
    expect(await caller.ask("?")).toBe(`${PROVIDER}:41000`);
    caller.close();
    server.stop();
    dmz.close();
  });

  test("is reached by the hosts of the home, too", async () => {
    const dmz = await UdpPeer.open(home.net.client2, 40_001);
    const caller = await UdpPeer.open(home.net.client1, 5100);
    caller.send("hairpin", WAN_ADDRESS, 40_001);
    expect(await dmz.receive()).toEqual({ text: "hairpin", from: `${WAN_ADDRESS}:5100` });
    dmz.send("back", WAN_ADDRESS, 5100);
    expect(await caller.receive()).toEqual({ text: "back", from: `${WAN_ADDRESS}:40001` });
    dmz.close();
    caller.close();
  });

  test("does not get the router's own, what is bound, or what is forwarded", async () => {
    const { client1, client2 } = home.net;
    const bound = await UdpPeer.open(client1, 5200);
    await bound.ask("?", SERVER, ECHO_PORT);
    const forwarded = await UdpPeer.open(client1, 7000);
    const ports = [53, 67, 68, 123, 10_240, 14_335, 14_336, 15_359, 5200, 6000, 40_002];
    const dmz = await Promise.all(ports.map((port) => UdpPeer.open(client2, port)));
    // Each from a socket of its own, which the router's refusals make fail.
    const callers = await Promise.all(
      ports.map((_, i) => UdpPeer.open(home.net.provider, 42_000 + i, OTHER_SERVER)),
    );
    ports.forEach((port, i) => {
      callers[i]!.send(`to ${port}`, WAN_ADDRESS, port);
    });
    // The last one is the DMZ host's; it comes after the others on the same wire.
    expect((await dmz.at(-1)?.receive())?.text).toBe("to 40002");
    expect(dmz.map(({ hasArrived }) => hasArrived)).toEqual(ports.map(() => false));
    expect([(await bound.receive())?.text, (await forwarded.receive())?.text]).toEqual([
      "to 5200",
      "to 6000",
    ]);
    for (const peer of [bound, forwarded, ...dmz, ...callers]) peer.close();
  });

  test("gets protocols without ports", async () => {
    const dmz = new RawPeer(home.net.client2, GRE);
    const tunnel = new RawPeer(home.net.provider, GRE, SERVER);
    tunnel.send("....knock", WAN_ADDRESS);
    expect(await dmz.receive()).toEqual({ from: SERVER, text: "....knock" });
    dmz.send("....open", SERVER);
    expect(await tunnel.receive()).toEqual({ from: WAN_ADDRESS, text: "....open" });
    dmz.close();
    tunnel.close();
  });
});
