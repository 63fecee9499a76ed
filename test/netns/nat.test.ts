import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { bind, close, sendTo, setsockopt, socket } from "../../runtime/src/linux/ffi/libc.ts";
import type { DataplaneProcess } from "./dataplane.ts";
import { until } from "./linux-namespace.ts";
import { ECHO_PORT, isError, isFromHome, NatHome, PATHS, unreachable, WEB_PORT } from "./nat/nat-home.ts";
import { TcpPeer, UdpPeer } from "./peers.ts";
import { OTHER_SERVER, SERVER, type Topology, WAN_ADDRESS } from "./topology.ts";
import { WireTap } from "./wire-tap.ts";

describe.each(PATHS)("NAT, %s path", (path) => {
  let home: NatHome;
  let net: Topology;
  let dataplane: DataplaneProcess;

  const endpoints = async () =>
    (await dataplane.list("bindings")).map(
      ({ transport, internalAddress, internalPort, externalPort }) =>
        `${transport} ${internalAddress}:${internalPort} ${externalPort}`,
    );

  beforeAll(async () => {
    home = await NatHome.open(path);
    ({ net, dataplane } = home);
  });

  afterAll(() => home.close());

  test("UDP, TCP and ping pass; the server sees the external address and the client's own port", async () => {
    const udp = await UdpPeer.open(net.client1, 5000);
    const tcp = await TcpPeer.connect(net.client1, SERVER, WEB_PORT, 6000);
    expect([await udp.ask("?", SERVER, ECHO_PORT), await tcp.ask("?")]).toEqual([
      { text: `${WAN_ADDRESS}:5000`, from: `${SERVER}:${ECHO_PORT}` },
      `${WAN_ADDRESS}:6000`,
    ]);
    expect(net.client1.command(["ping", "-c3", "-i0.1", "-W2", SERVER])).toContain(" 0% packet loss");
    udp.close();
    tcp.close();
  });

  test("two clients with one source port both work, and each gets its own answers", async () => {
    const peers = [await UdpPeer.open(net.client1, 5100), await UdpPeer.open(net.client2, 5100)];
    const answers = await Promise.all(peers.map((peer) => peer.ask("?", SERVER, ECHO_PORT)));
    const connections = [
      await TcpPeer.connect(net.client1, SERVER, WEB_PORT, 6100),
      await TcpPeer.connect(net.client2, SERVER, WEB_PORT, 6100),
    ];
    const lines = await Promise.all(connections.map((connection) => connection.ask("?")));
    const seen = [...answers.map((answer) => answer?.text), ...lines];
    expect([new Set(seen).size, seen.every((text) => text?.startsWith(`${WAN_ADDRESS}:`))]).toEqual([
      4,
      true,
    ]);
    for (const peer of [...peers, ...connections]) peer.close();
  });

  test("RFC 4787 REQ-8: a peer never contacted reaches the client through its binding", async () => {
    const client = await UdpPeer.open(net.client1, 5200);
    await client.ask("?", SERVER, ECHO_PORT);
    const stranger = await UdpPeer.open(net.provider, 9, OTHER_SERVER);
    stranger.send("hello", WAN_ADDRESS, 5200);
    expect(await client.receive()).toEqual({ text: "hello", from: `${OTHER_SERVER}:9` });
    client.close();
    stranger.close();
  });

  test("RFC 4787 REQ-9 and 9a: hosts reach each other by external endpoints and see external sources", async () => {
    const callee = await UdpPeer.open(net.client1, 5300);
    const caller = await UdpPeer.open(net.client2, 5301);
    await callee.ask("?", SERVER, ECHO_PORT);
    caller.send("hairpin", WAN_ADDRESS, 5300);
    expect(await callee.receive()).toEqual({ text: "hairpin", from: `${WAN_ADDRESS}:5301` });
    callee.send("back", WAN_ADDRESS, 5301);
    expect(await caller.receive()).toEqual({ text: "back", from: `${WAN_ADDRESS}:5300` });
    callee.close();
    caller.close();
  });

  test("a UDP checksum of zero stays zero, both ways", async () => {
    const atProvider = await WireTap.open(net.provider, "eth0");
    const atClient = await WireTap.open(net.client1, "eth0");
    const client = await UdpPeer.open(net.client1, 5400);
    sendWithoutChecksum(net.client1, 5401, SERVER, ECHO_PORT);
    await client.ask("?", SERVER, ECHO_PORT);
    sendWithoutChecksum(net.provider, 5402, WAN_ADDRESS, 5400);
    await client.receive();
    const checksumFrom = async (tap: WireTap, port: number) => {
      const isSought = (packet: DataView) => packet.getUint16(20) === port;
      return (await tap.packetsUntil(`UDP from port ${port}`, isSought)).find(isSought)?.getUint16(26);
    };
    expect([await checksumFrom(atProvider, 5401), await checksumFrom(atClient, 5402)]).toEqual([0, 0]);
    for (const each of [atProvider, atClient, client]) await each.close();
  });

  test("fragments pass, both ways", async () => {
    const client = await UdpPeer.open(net.client1, 5500);
    const far = await UdpPeer.open(net.provider, 5501, SERVER);
    client.send("x".repeat(4000), SERVER, 5501);
    expect(await far.receive()).toEqual({ text: "x".repeat(4000), from: `${WAN_ADDRESS}:5500` });
    far.send("y".repeat(4000), WAN_ADDRESS, 5500);
    expect(await client.receive()).toEqual({ text: "y".repeat(4000), from: `${SERVER}:5501` });
    client.close();
    far.close();
  });

  test("RFC 5508 REQ-4: a port unreachable from outside is told to the client in its own words", async () => {
    const atClient = await WireTap.open(net.client2, "eth0");
    const client = await UdpPeer.open(net.client2, 5200);
    client.send("?", SERVER, 1);
    const packets = await atClient.packetsUntil("an ICMP error", isError);
    expect(packets.filter(isError).map(unreachable)).toEqual([
      { from: SERVER, code: 3, source: "192.168.77.12:5200", destination: `${SERVER}:1` },
    ]);
    client.close();
    await atClient.close();
  });

  test("RFC 5508 REQ-5: a port unreachable from a client names only external endpoints", async () => {
    const atProvider = await WireTap.open(net.provider, "eth0");
    const client = await UdpPeer.open(net.client1, 5600);
    await client.ask("?", SERVER, ECHO_PORT);
    client.close();
    const far = await UdpPeer.open(net.provider, 5601, SERVER);
    far.send("gone?", WAN_ADDRESS, 5600);
    const packets = await atProvider.packetsUntil("an ICMP error", isError);
    expect(packets.filter(isError).map(unreachable)).toEqual([
      { from: WAN_ADDRESS, code: 3, source: `${SERVER}:5601`, destination: `${WAN_ADDRESS}:5600` },
    ]);
    far.close();
    await atProvider.close();
  });

  test("killing the data plane breaks nothing established and lets nothing out untranslated; a restart goes on", async () => {
    const udp = await UdpPeer.open(net.client1, 5700);
    const tcp = await TcpPeer.connect(net.client1, SERVER, WEB_PORT, 6700);
    await Promise.all([udp.ask("?", SERVER, ECHO_PORT), tcp.ask("?")]);
    const before = await endpoints();
    const atProvider = await WireTap.open(net.provider, "eth0");

    await dataplane.kill();
    const late = await UdpPeer.open(net.client2, 5701);
    late.send("untranslated", SERVER, ECHO_PORT);
    expect([(await udp.ask("?", SERVER, ECHO_PORT))?.text, await tcp.ask("?")]).toEqual([
      `${WAN_ADDRESS}:5700`,
      `${WAN_ADDRESS}:6700`,
    ]);
    // The kernel handled the late client's packet before these, on the same wire.
    const packets = await atProvider.packetsUntil(
      "TCP from the client",
      (packet) => packet.getUint16(20) === 6700,
    );
    expect([packets.filter(isFromHome), late.hasArrived]).toEqual([[], false]);

    await home.restart();
    expect(await endpoints()).toEqual(before);
    expect([await tcp.ask("?"), (await late.ask("?", SERVER, ECHO_PORT))?.text]).toEqual([
      `${WAN_ADDRESS}:6700`,
      `${WAN_ADDRESS}:5701`,
    ]);
    for (const each of [udp, tcp, late, atProvider]) await each.close();
  });

  test("an element put into the maps by hand does not stop a client for good", async () => {
    net.router.command([
      "nft",
      "add element ip gatehouse_nat bindings_in_addr { udp . 5750 : 192.168.77.99 }",
    ]);
    const client = await UdpPeer.open(net.client1, 5750);
    client.send("refused", SERVER, ECHO_PORT);
    await until("the element is gone", () => !net.router.command(["nft", "list", "ruleset"]).includes(".99"));
    expect((await client.ask("?", SERVER, ECHO_PORT))?.text).toBe(`${WAN_ADDRESS}:5750`);
    client.close();
  });

  test("without its queue rules nothing leaves untranslated; a configuration puts them back", async () => {
    for (const chain of ["bind", "heads"]) {
      net.router.command(["nft", `flush chain ip gatehouse_nat ${chain}`]);
    }
    const atProvider = await WireTap.open(net.provider, "eth0");
    const client = await UdpPeer.open(net.client1, 5760);
    client.send("untranslated", SERVER, ECHO_PORT);
    // The router's own ping comes after it on the same wire.
    net.router.command(["ping", "-c1", "198.51.100.2"]);
    const packets = await atProvider.packetsUntil("the router's ping", (packet) => packet.getUint8(9) === 1);
    await home.configure({});
    expect([packets.filter(isFromHome), (await client.ask("?", SERVER, ECHO_PORT))?.text]).toEqual([
      [],
      `${WAN_ADDRESS}:5760`,
    ]);
    client.close();
    await atProvider.close();
  });

  test("a client's traffic is told within the second", async () => {
    const mac = JSON.parse(net.client1.ip("-json link show eth0"))[0].address;
    // Ethernet, IP, ICMP and 56 bytes, there and back; more when another test's connection still ends.
    const isWhole = (device: { mac: string; upBytes: number; downBytes: number }) =>
      device.mac === mac && device.upBytes >= 98 && device.downBytes >= 98;
    const report = dataplane.next(["traffic"], ({ devices }) => devices.some(isWhole));
    net.client1.command(["ping", "-c1", SERVER]);
    expect((await report).intervalMs).toBeLessThan(1000);
  });

  test("another external address ends the old bindings at once", async () => {
    const client = await UdpPeer.open(net.client1, 5800);
    await client.ask("?", SERVER, ECHO_PORT);
    net.router.ip("address replace 198.51.100.9/24 dev wan0");
    await dataplane.configure({ ...home.config(), wan: { interface: "wan0", address: "198.51.100.9" } });
    expect([await dataplane.list("bindings"), (await client.ask("?", SERVER, ECHO_PORT))?.text]).toEqual([
      [],
      "198.51.100.9:5800",
    ]);
    client.close();
  });

  test("without an external address nothing leaves", async () => {
    await dataplane.configure({ ...home.config(), wan: null });
    const atProvider = await WireTap.open(net.provider, "eth0");
    const client = await UdpPeer.open(net.client1, 5900);
    client.send("?", SERVER, ECHO_PORT);
    // The router's own ping comes after it on the same wire.
    net.router.command(["ping", "-c1", "198.51.100.2"]);
    const packets = await atProvider.packetsUntil("the router's ping", (packet) => packet.getUint8(9) === 1);
    expect(packets.filter((packet) => packet.getUint8(9) === 17)).toEqual([]);
    client.close();
    await atProvider.close();
  });

  test("a configuration that cannot be is refused with every fault", async () => {
    const refused = dataplane.configure({
      wan: { interface: "wan0", address: "198.51.100.256" },
      lans: [{ interface: "br-lan", address: "192.168.77.1" }],
      path,
    });
    await expect(refused).rejects.toThrow(/lans\.0\.address.*wan\.address/);
    const absent = dataplane.configure({
      ...home.config(),
      lans: [{ interface: "nowhere0", address: "10.0.0.1/8" }],
    });
    await expect(absent).rejects.toThrow(/lans\.0\.interface.*ENODEV/);
  });
});

/** One datagram with SO_NO_CHECK, which sends the checksum zero. */
function sendWithoutChecksum(from: Topology["client1"], port: number, address: string, toPort: number): void {
  const fd = from.run(() => socket(2, 2, 0));
  setsockopt(fd, 1, 11, 1, "SO_NO_CHECK");
  bind(fd, socketAddress("0.0.0.0", port));
  sendTo(fd, new TextEncoder().encode("no checksum"), socketAddress(address, toPort));
  close(fd);
}

/** struct sockaddr_in */
function socketAddress(address: string, port: number): Uint8Array {
  return Uint8Array.of(2, 0, port >>> 8, port & 255, ...address.split(".").map(Number), ...Array(8).fill(0));
}
