import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { TcpPeer, tcpServer, UdpPeer } from "../peers.ts";
import { CLIENT1, OTHER_SERVER, SERVER, WAN_ADDRESS } from "../topology.ts";
import { WireTap } from "../wire-tap.ts";
import { ECHO_PORT, isError, NatHome, PATHS, unreachable, WEB_PORT } from "./nat-home.ts";
import { RawPeer } from "./raw-peer.ts";

const GRE = 47;
const EXTERNAL = "198.51.100.7";

describe.each(PATHS)("a host with an external address of its own, %s path", (path) => {
  let home: NatHome;

  beforeAll(async () => {
    home = await NatHome.open(path, { mapped: [{ external: EXTERNAL, internal: CLIENT1 }] });
    home.net.router.ip(`address add ${EXTERNAL}/32 dev wan0`);
  });

  afterAll(() => home.close());

  test("sends from it with its own ports, those that the router holds back as well; others do as before", async () => {
    const { client1, client2 } = home.net;
    const udp = await UdpPeer.open(client1, 12_000);
    const tcp = await TcpPeer.connect(client1, SERVER, WEB_PORT, 6000);
    const other = await UdpPeer.open(client2, 5000);
    expect([
      (await udp.ask("?", SERVER, ECHO_PORT))?.text,
      await tcp.ask("?"),
      (await other.ask("?", SERVER, ECHO_PORT))?.text,
    ]).toEqual([`${EXTERNAL}:12000`, `${EXTERNAL}:6000`, `${WAN_ADDRESS}:5000`]);
    expect(client1.command(["ping", "-c2", "-i0.1", "-W2", SERVER])).toContain(" 0% packet loss");
    for (const peer of [udp, tcp, other]) peer.close();
  });

  test("gets all that comes for it", async () => {
    const { client1, provider } = home.net;
    const host = await UdpPeer.open(client1, 53);
    const stranger = await UdpPeer.open(provider, 5000, OTHER_SERVER);
    stranger.send("knock", EXTERNAL, 53);
    expect(await host.receive()).toEqual({ text: "knock", from: `${OTHER_SERVER}:5000` });
    const server = tcpServer(client1, CLIENT1, 443);
    const caller = await TcpPeer.connect(provider, EXTERNAL, 443, 40_443);
    expect(await caller.ask("?")).toBe("198.51.100.2:40443");
    const atClient = await WireTap.open(client1, "eth0");
    expect(provider.command(["ping", "-c1", "-W2", EXTERNAL])).toContain(" 0% packet loss");
    await atClient.packetsUntil("the ping at the host", (packet) => packet.getUint8(9) === 1);
    for (const each of [host, stranger, caller, atClient]) await each.close();
    server.stop();
  });

  test("uses protocols without ports as it likes, without an engine, too", async () => {
    const tunnels = [
      new RawPeer(home.net.client1, GRE),
      new RawPeer(home.net.provider, GRE, SERVER),
    ] as const;
    await home.dataplane.kill();
    tunnels[0].send("....out", SERVER);
    expect(await tunnels[1].receive()).toEqual({ from: EXTERNAL, text: "....out" });
    tunnels[1].send("....in", EXTERNAL);
    expect(await tunnels[0].receive()).toEqual({ from: SERVER, text: "....in" });
    await home.restart();
    for (const tunnel of tunnels) tunnel.close();
  });

  test("and the others reach each other by external addresses", async () => {
    const mapped = await UdpPeer.open(home.net.client1, 5300);
    const other = await UdpPeer.open(home.net.client2, 5301);
    other.send("hairpin", EXTERNAL, 5300);
    expect(await mapped.receive()).toEqual({ text: "hairpin", from: `${WAN_ADDRESS}:5301` });
    mapped.send("back", WAN_ADDRESS, 5301);
    expect(await other.receive()).toEqual({ text: "back", from: `${EXTERNAL}:5300` });
    mapped.close();
    other.close();
  });

  test("is told ICMP errors in its own words, and names only external endpoints in its own", async () => {
    const { client1, provider } = home.net;
    const [atClient, atProvider] = [
      await WireTap.open(client1, "eth0"),
      await WireTap.open(provider, "eth0"),
    ];
    const host = await UdpPeer.open(client1, 5400);
    host.send("?", SERVER, 1);
    const told = await atClient.packetsUntil("an ICMP error at the host", isError);
    const far = await UdpPeer.open(provider, 5401, OTHER_SERVER);
    far.send("?", EXTERNAL, 5402);
    const isFromHost = (packet: DataView) => isError(packet) && unreachable(packet).from === EXTERNAL;
    const says = await atProvider.packetsUntil("an ICMP error of the host", isFromHost);
    expect([told.filter(isError).map(unreachable), says.filter(isFromHost).map(unreachable)]).toEqual([
      [{ from: SERVER, code: 3, source: `${CLIENT1}:5400`, destination: `${SERVER}:1` }],
      [{ from: EXTERNAL, code: 3, source: `${OTHER_SERVER}:5401`, destination: `${EXTERNAL}:5402` }],
    ]);
    for (const each of [host, far, atClient, atProvider]) await each.close();
  });

  test("that loses it gets a binding like the others, and what comes for it ends", async () => {
    const host = await UdpPeer.open(home.net.client1, 5500);
    expect((await host.ask("?", SERVER, ECHO_PORT))?.text).toBe(`${EXTERNAL}:5500`);
    await home.configure({});
    expect((await host.ask("?", SERVER, ECHO_PORT))?.text).toBe(`${WAN_ADDRESS}:5500`);
    const stranger = await UdpPeer.open(home.net.provider, 5501, OTHER_SERVER);
    stranger.send("old", EXTERNAL, 5500);
    const other = await UdpPeer.open(home.net.provider, 5502, OTHER_SERVER);
    other.send("new", WAN_ADDRESS, 5500);
    expect(await host.receive()).toEqual({ text: "new", from: `${OTHER_SERVER}:5502` });
    for (const peer of [host, stranger, other]) peer.close();
  });
});
