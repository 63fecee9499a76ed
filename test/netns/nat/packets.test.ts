import { describe, expect, test } from "bun:test";
import { parseIPv4 } from "../../../runtime/src/addr/ipv4.ts";
import { udpPacket } from "../../../runtime/src/linux/packet/datagram.ts";
import { until } from "../linux-namespace.ts";
import { TcpPeer, tcpServer } from "../peers.ts";
import { CLIENT1, CLIENT2, SERVER, WAN_ADDRESS } from "../topology.ts";
import { WireTap } from "../wire-tap.ts";
import { NatHome, PATHS, WEB_PORT } from "./nat-home.ts";
import { IPPROTO_RAW, RawPeer } from "./raw-peer.ts";

const SYN = 2;

describe.each(PATHS)("packets on the provider's wire, %s path", (path) => {
  test.each([
    [1492, 1452],
    [1500, 1460],
  ])(
    "with an MTU of %d TCP's segments are at most %d bytes, both ways and whoever begins",
    async (mtu, size) => {
      const forwards = [{ protocol: "tcp", first: 8080, last: 8080, address: CLIENT1, port: 8080 }] as const;
      const home = await NatHome.open(path, { forwards: [...forwards] }, mtu);
      const atClient = await WireTap.open(home.net.client1, "eth0");
      const outward = await TcpPeer.connect(home.net.client1, SERVER, WEB_PORT, 6000);
      const server = tcpServer(home.net.client1, CLIENT1, 8080);
      const inward = await TcpPeer.connect(home.net.provider, WAN_ADDRESS, 8080, 46_000);
      await Promise.all([outward.ask("?"), inward.ask("?")]);
      const isSyn = (packet: DataView) => packet.getUint8(9) === 6 && (packet.getUint8(33) & SYN) !== 0;
      const sizes = (packets: DataView[], isSought: (packet: DataView) => boolean) =>
        packets.filter((packet) => isSyn(packet) && isSought(packet)).map(maxSegmentSize);
      const toHost = (packet: DataView) => packet.getUint32(16) === parseIPv4(CLIENT1);
      const fromRouter = (packet: DataView) => packet.getUint32(12) === parseIPv4(WAN_ADDRESS);
      await atClient.packetsUntil("both connections", () => sizes(atClient.packets(), toHost).length === 2);
      expect([sizes(atClient.packets(), toHost), sizes(await home.packetsAtBorder(), fromRouter)]).toEqual([
        [size, size],
        [size, size],
      ]);
      for (const each of [outward, inward, atClient]) await each.close();
      server.stop();
      await home.close();
    },
  );

  test("RFC 6864: datagrams that may be fragmented have identifications of their own, whoever sent them", async () => {
    const home = await NatHome.open(path);
    const port = 9;
    const SENT = 20;
    for (const [client, address] of [
      [home.net.client1, CLIENT1],
      [home.net.client2, CLIENT2],
    ] as const) {
      const raw = new RawPeer(client, IPPROTO_RAW);
      for (let i = 0; i < SENT; i++) raw.send(fragmentable(address, 5000, SERVER, port, 1 + i), SERVER);
      raw.close();
    }
    const isOurs = (packet: DataView) => packet.getUint8(9) === 17 && packet.getUint16(22) === port;
    const arrived = () => home.border.packets().filter(isOurs);
    await until("all of them outside", () => arrived().length === 2 * SENT);
    const identifications = new Set(arrived().map((packet) => packet.getUint16(4)));
    expect([identifications.size, identifications.has(0)]).toEqual([2 * SENT, false]);
    await home.close();
  });
});

/** The value of the option of that name; 0 where there is none. */
function maxSegmentSize(packet: DataView): number {
  const [END, NOTHING, SIZE] = [0, 1, 2];
  const end = 20 + (packet.getUint8(32) >>> 4) * 4;
  for (let at = 40; at < end && packet.getUint8(at) !== END; ) {
    if (packet.getUint8(at) === SIZE) return packet.getUint16(at + 2);
    at += packet.getUint8(at) === NOTHING ? 1 : packet.getUint8(at + 1);
  }
  return 0;
}

/** A datagram without DF and with the identification. */
function fragmentable(from: string, fromPort: number, to: string, toPort: number, id: number): Uint8Array {
  const endpoint = (text: string, port: number) => ({ address: parseIPv4(text)!, port });
  const packet = udpPacket(endpoint(from, fromPort), endpoint(to, toPort), new Uint8Array(8));
  const view = new DataView(packet.buffer);
  view.setUint16(4, id);
  view.setUint16(6, 0);
  return packet;
}
