import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { parseIPv4 } from "../../../runtime/src/addr/ipv4.ts";
import { udpPacket } from "../../../runtime/src/linux/packet/datagram.ts";
import { until } from "../linux-namespace.ts";
import { TcpPeer, UdpPeer } from "../peers.ts";
import { CLIENT1, LAN_ADDRESS, SERVER, WAN_ADDRESS } from "../topology.ts";
import { WireTap } from "../wire-tap.ts";
import { ECHO_PORT, NatHome, WEB_PORT } from "./nat-home.ts";
import { IPPROTO_RAW, RawPeer } from "./raw-peer.ts";

// What was carried is told once a second.
setDefaultTimeout(20_000);

const TIME_EXCEEDED = 11;
const UNREACHABLE = 3;

let home: NatHome;

beforeAll(async () => {
  home = await NatHome.open("offload");
});

afterAll(() => home.close());

/** Packets that have met a program so far, out and in. */
async function carried(): Promise<[out: number, back: number]> {
  const { accelerator } = await home.dataplane.next(["counters"]);
  expect(accelerator?.refused).toBe(null);
  return [accelerator!.outPackets, accelerator!.inPackets];
}

/** How many more have after `body`. */
async function carriedBy(body: () => Promise<unknown>): Promise<[out: number, back: number]> {
  const before = await carried();
  await body();
  const after = await carried();
  return [after[0] - before[0], after[1] - before[1]];
}

async function echoes(client: UdpPeer, count: number, from: string): Promise<void> {
  for (let i = 0; i < count; i++) {
    expect((await client.ask("?", SERVER, ECHO_PORT))?.text).toBe(from);
  }
}

test("packets of bindings are carried by the programs, all but the first, and all of them are counted for their device", async () => {
  const mac = JSON.parse(home.net.client1.ip("-json link show eth0"))[0].address;
  const client = await UdpPeer.open(home.net.client1, 5000);
  const counted = home.dataplane.next(["traffic"], ({ devices }) =>
    devices.some((each) => each.mac === mac && each.upPackets === 10 && each.downPackets === 10),
  );
  const [out, back] = await carriedBy(() => echoes(client, 10, `${WAN_ADDRESS}:5000`));
  await counted;
  expect([out, back]).toEqual([9, 10]);
  client.close();
});

test("a port that is not the host's own is carried, too, and so is TCP", async () => {
  const first = await UdpPeer.open(home.net.client1, 5001);
  const second = await UdpPeer.open(home.net.client2, 5001);
  await echoes(first, 1, `${WAN_ADDRESS}:5001`);
  const outside = (await second.ask("?", SERVER, ECHO_PORT))?.text ?? "";
  expect(outside).not.toBe(`${WAN_ADDRESS}:5001`);
  expect(await carriedBy(() => echoes(second, 5, outside))).toEqual([5, 5]);
  const connection = await TcpPeer.connect(home.net.client1, SERVER, WEB_PORT, 6001);
  const [out, back] = await carriedBy(async () => {
    for (let i = 0; i < 5; i++) expect(await connection.ask("?")).toBe(`${WAN_ADDRESS}:6001`);
  });
  expect([out >= 5, back >= 5]).toEqual([true, true]);
  for (const each of [first, second, connection]) each.close();
});

test("what is not plain goes by the rules and comes to the same", async () => {
  const client = await UdpPeer.open(home.net.client1, 5002);
  const far = await UdpPeer.open(home.net.provider, 5003, SERVER);
  const atClient = await WireTap.open(home.net.client1, "eth0");
  const raw = new RawPeer(home.net.client1, IPPROTO_RAW);
  await client.ask("?", SERVER, ECHO_PORT);
  const send = (text: string, change: (packet: DataView) => DataView) => {
    const source = { address: parseIPv4(CLIENT1)!, port: 5002 };
    const target = { address: parseIPv4(SERVER)!, port: 5003 };
    const packet = change(new DataView(udpPacket(source, target, new TextEncoder().encode(text)).buffer));
    raw.send(new Uint8Array(packet.buffer), SERVER);
  };
  const hasError = (type: number) =>
    until("an ICMP error", () =>
      atClient.packets().some((packet) => packet.getUint8(9) === 1 && packet.getUint8(20) === type),
    );
  home.net.router.ip("link set wan0 mtu 1400");
  const difference = await carriedBy(async () => {
    for (const [text, change] of [
      ["may be fragmented", mayBeFragmented],
      ["has options", withOptions],
    ] as const) {
      send(text, change);
      expect(await far.receive()).toEqual({ text, from: `${WAN_ADDRESS}:5002` });
    }
    client.send("x".repeat(4000), SERVER, 5003);
    expect((await far.receive())?.text).toBe("x".repeat(4000));
    send("dies here", atItsEnd);
    await hasError(TIME_EXCEEDED);
    send("x".repeat(1400), (packet) => packet);
    await hasError(UNREACHABLE);
  });
  home.net.router.ip("link set wan0 mtu 1500");
  expect([difference, far.hasArrived]).toEqual([[0, 0], false]);
  send("plain", (packet) => packet);
  expect(await far.receive()).toEqual({ text: "plain", from: `${WAN_ADDRESS}:5002` });
  for (const each of [client, far, raw, atClient]) await each.close();
});

test("a binding that has ended is carried no more", async () => {
  const client = await UdpPeer.open(home.net.client1, 5004);
  const far = await UdpPeer.open(home.net.provider, 5005, SERVER);
  client.send("?", SERVER, 5005);
  await far.receive();
  far.send("still", WAN_ADDRESS, 5004);
  expect((await client.receive())?.text).toBe("still");
  const ended = home.dataplane.next(["counters"], ({ nat }) => nat.bindings === 0);
  await home.configure({ timers: { udp: 0.001, tcpTransitory: 0.001, tcpEstablished: 0.001 } });
  await ended;
  const difference = await carriedBy(async () => {
    far.send("too late", WAN_ADDRESS, 5004);
    // The router's own packet comes after it on the same wire.
    home.net.router.command(["ping", "-c1", "-W2", "198.51.100.2"]);
    home.net.router.command(["ping", "-c1", "-W2", CLIENT1]);
  });
  await home.configure({});
  expect([difference, client.hasArrived]).toEqual([[0, 0], false]);
  client.close();
  far.close();
});

test("without the data plane the rules carry all of it; a new one takes over", async () => {
  const client = await UdpPeer.open(home.net.client1, 5006);
  await echoes(client, 2, `${WAN_ADDRESS}:5006`);
  await home.dataplane.kill();
  await echoes(client, 2, `${WAN_ADDRESS}:5006`);
  await home.restart();
  expect(await carriedBy(() => echoes(client, 3, `${WAN_ADDRESS}:5006`))).toEqual([3, 3]);
  client.close();
});

test("an interface that is made anew is followed", async () => {
  const client = await UdpPeer.open(home.net.client1, 5007);
  await echoes(client, 1, `${WAN_ADDRESS}:5007`);
  const { router } = home.net;
  router.ip("link del br-lan");
  router.ip("link add br-lan type bridge");
  router.ip(`address add ${LAN_ADDRESS}/24 dev br-lan`);
  router.ip("link set br-lan up");
  for (const port of ["lan0", "lan1"]) router.ip(`link set ${port} master br-lan`);
  await home.configure({});
  for (const place of [home.net.client1, home.net.client2]) {
    place.command(["ping", "-c1", "-W2", LAN_ADDRESS]);
  }
  expect(await carriedBy(() => echoes(client, 3, `${WAN_ADDRESS}:5007`))).toEqual([3, 3]);
  client.close();
});

test("a host that is filtered, and the inline path, go by the rules", async () => {
  const client = await UdpPeer.open(home.net.client1, 5008);
  await echoes(client, 1, `${WAN_ADDRESS}:5008`);
  await home.configure({
    filtering: { default: "open", hosts: [{ address: CLIENT1, filtering: "address" }] },
  });
  const filtered = await carriedBy(() => echoes(client, 3, `${WAN_ADDRESS}:5008`));
  await home.dataplane.configure({ ...home.config(), path: "inline" });
  const inline = await carriedBy(() => echoes(client, 3, `${WAN_ADDRESS}:5008`));
  await home.configure({});
  const open = await carriedBy(() => echoes(client, 3, `${WAN_ADDRESS}:5008`));
  expect([filtered, inline, open]).toEqual([
    [0, 0],
    [0, 0],
    [3, 3],
  ]);
  client.close();
});

test("several networks, hosts with an address of their own and a smaller link do not stop it", async () => {
  const client = await UdpPeer.open(home.net.client1, 5009);
  home.net.router.ip("link add br-guest type bridge");
  const { lans, wan } = home.config();
  await home.dataplane.configure({
    ...home.config({ mapped: [{ external: "198.51.100.7", internal: "192.168.77.40" }] }, 1492),
    lans: [...lans, { interface: "br-guest", address: "192.168.78.1/24" }],
  });
  await echoes(client, 1, `${WAN_ADDRESS}:5009`);
  const connection = await TcpPeer.connect(home.net.client1, SERVER, WEB_PORT, 6009);
  const [out, back] = await carriedBy(async () => {
    await echoes(client, 3, `${WAN_ADDRESS}:5009`);
    expect(await connection.ask("?")).toBe(`${WAN_ADDRESS}:6009`);
  });
  expect([out > 3, back > 3]).toEqual([true, true]);
  await home.dataplane.configure({ ...home.config(), wan, lans });
  home.net.router.ip("link del br-guest");
  client.close();
  connection.close();
});

test("a provider's link that is no Ethernet goes by the rules, and the reason is told", async () => {
  home.net.router.ip("tuntap add dev tun0 mode tun");
  await home.dataplane.configure({
    ...home.config(),
    wan: { interface: "tun0", address: WAN_ADDRESS },
  });
  const { accelerator } = await home.dataplane.next(["counters"]);
  expect(accelerator?.refused).toBe("tun0 is no Ethernet");
  await home.configure({});
  home.net.router.ip("link del tun0");
});

function mayBeFragmented(packet: DataView): DataView {
  packet.setUint16(6, 0);
  return packet;
}

function atItsEnd(packet: DataView): DataView {
  packet.setUint8(8, 1);
  return packet;
}

/** With four bytes of options that do nothing. */
function withOptions(packet: DataView): DataView {
  const NOTHING = 1;
  const bytes = new Uint8Array(packet.buffer);
  const longer = Uint8Array.of(...bytes.subarray(0, 20), ...Array(4).fill(NOTHING), ...bytes.subarray(20));
  longer[0] = 0x46;
  const view = new DataView(longer.buffer);
  view.setUint16(2, longer.length);
  return view;
}
