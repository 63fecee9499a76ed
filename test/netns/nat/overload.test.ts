import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { parseIPv4 } from "../../../runtime/src/addr/ipv4.ts";
import { udpPacket } from "../../../runtime/src/linux/packet/datagram.ts";
import { until } from "../linux-namespace.ts";
import { UdpPeer } from "../peers.ts";
import { CLIENT1, CLIENT2, LAN_ADDRESS, OTHER_SERVER, SERVER, WAN_ADDRESS } from "../topology.ts";
import { WireTap } from "../wire-tap.ts";
import { ECHO_PORT, isError, NatHome, PATHS, unreachable } from "./nat-home.ts";
import { IPPROTO_RAW, RawPeer } from "./raw-peer.ts";

const DISCARD_PORT = 9;
const POOL = { first: 14_336, last: 15_359 };
/** Code of unreachable: communication administratively prohibited. */
const PROHIBITED = 13;
/** Datagrams sent at once: fewer than the engine's queue holds. */
const BATCH = 1024;
const LIMIT = 60_000;

describe.each(PATHS)("overload, %s path", (path) => {
  let home: NatHome;

  beforeAll(async () => {
    home = await NatHome.open(path, { hostLimit: 65_535 });
    // What floods need not be answered.
    home.net.provider.command(
      ["nft", "-f", "-"],
      `table ip sink {
        chain sink {
          type filter hook prerouting priority -500
          udp dport ${DISCARD_PORT} drop
        }
      }`,
    );
  });

  // Looks through all that the flood has sent.
  afterAll(() => home.close(), LIMIT);

  /** The ports outside of the pool and the router's own, each bound to a port of client1. */
  async function exhaust(): Promise<void> {
    const raw = new RawPeer(home.net.client1, IPPROTO_RAW);
    const isOffered = (port: number) => port < 10_240 || port > POOL.last;
    const ports = Array.from({ length: 65_536 - 1024 }, (_, i) => 1024 + i).filter(isOffered);
    const before = arrived();
    for (let from = 0; from < ports.length; from += BATCH) {
      const batch = ports.slice(from, from + BATCH);
      for (const port of batch) {
        raw.send(datagram(CLIENT1, port), SERVER);
      }
      const all = from + batch.length;
      await until(`${all} datagrams outside`, () => arrived() >= before + all);
    }
    raw.close();
  }

  /** Packets that have come to the provider. */
  const arrived = (): number =>
    JSON.parse(home.net.provider.ip("-stats -json link show eth0"))[0].stats64.rx.packets;

  const overloaded = async (host: string) =>
    (await home.dataplane.list("sessions", { host })).filter((session) => session.overloaded);
  const portOf = (text?: string) => Number(text?.split(":")[1]);
  const isOfPool = (port: number) => port >= POOL.first && port <= POOL.last;

  test(
    "without a free port a host shares one, and gets its own answers, also while there is no engine",
    async () => {
      await exhaust();
      const client = await UdpPeer.open(home.net.client2, 5000);
      const first = portOf((await client.ask("?", SERVER, ECHO_PORT))?.text);
      expect([isOfPool(first), (await overloaded(CLIENT2)).length]).toEqual([true, 1]);
      const stranger = await UdpPeer.open(home.net.provider, 5001, OTHER_SERVER);
      stranger.send("unasked", WAN_ADDRESS, first);
      expect(portOf((await client.ask("?", SERVER, ECHO_PORT))?.text)).toBe(first);
      await home.dataplane.kill();
      expect(portOf((await client.ask("?", SERVER, ECHO_PORT))?.text)).toBe(first);
      await home.restart({ hostLimit: 65_535 });
      expect(portOf((await client.ask("?", SERVER, ECHO_PORT))?.text)).toBe(first);
      expect(await overloaded(CLIENT2)).toMatchObject([
        {
          transport: "udp",
          internalPort: 5000,
          remoteAddress: SERVER,
          remotePort: ECHO_PORT,
          externalPort: first,
        },
      ]);
      client.close();
      stranger.close();
    },
    LIMIT,
  );

  test(
    "RFC 5508 REQ-8: past that a host is told, in the name of the router",
    async () => {
      const atClient = await WireTap.open(home.net.client2, "eth0");
      const raw = new RawPeer(home.net.client2, IPPROTO_RAW);
      for (let port = 20_000; port <= 20_000 + POOL.last - POOL.first + 1; port++) {
        raw.send(datagram(CLIENT2, port), SERVER);
      }
      const isRefusal = (packet: DataView) => isError(packet) && packet.getUint8(21) === PROHIBITED;
      const refusals = () => atClient.packets().filter(isRefusal);
      let port = 30_000;
      // The capture loses some of a flood.
      await until("a refusal", () => {
        raw.send(datagram(CLIENT2, port++), SERVER);
        return refusals().length > 0;
      });
      expect(refusals().map(unreachable)[0]).toMatchObject({
        from: LAN_ADDRESS,
        destination: `${SERVER}:${DISCARD_PORT}`,
      });
      raw.close();
      await atClient.close();
    },
    LIMIT,
  );
});

describe.each(PATHS)("a host's limit, %s path", (path) => {
  test("past it a host is told, in the name of the router; the others are not concerned", async () => {
    const home = await NatHome.open(path, { hostLimit: 2 });
    const atClient = await WireTap.open(home.net.client1, "eth0");
    const peers = [5000, 5001, 5002].map((port) => UdpPeer.open(home.net.client1, port));
    const [first, second, third] = await Promise.all(peers);
    for (const peer of [first, second]) {
      expect(portText(await peer?.ask("?", SERVER, ECHO_PORT))).toBe(`${WAN_ADDRESS}:${peer?.port}`);
    }
    third?.send("?", SERVER, ECHO_PORT);
    const packets = await atClient.packetsUntil("a refusal", isError);
    expect(packets.filter(isError).map(unreachable)).toEqual([
      {
        from: LAN_ADDRESS,
        code: PROHIBITED,
        source: `${CLIENT1}:5002`,
        destination: `${SERVER}:${ECHO_PORT}`,
      },
    ]);
    // A flood hears of it now and then: 50 at once, and 50 a second.
    const DATAGRAMS = 500;
    const began = performance.now();
    const counted = home.dataplane.next(
      ["counters"],
      ({ nat }) => (nat.drops["host-limit"] ?? 0) > DATAGRAMS,
    );
    const raw = new RawPeer(home.net.client1, IPPROTO_RAW);
    for (let i = 0; i < DATAGRAMS; i++) raw.send(datagram(CLIENT1, 5003), SERVER);
    await counted;
    raw.close();
    const told = atClient.packets().filter(isError).length;
    expect([told > 10, told <= 51 + (performance.now() - began) / 20]).toEqual([true, true]);
    const other = await UdpPeer.open(home.net.client2, 5002);
    expect(portText(await other.ask("?", SERVER, ECHO_PORT))).toBe(`${WAN_ADDRESS}:5002`);
    for (const each of [...(await Promise.all(peers)), other, atClient]) await each.close();
    await home.close();
  });
});

/** An empty one to the server's discard port. */
function datagram(from: string, port: number): Uint8Array {
  const target = { address: parseIPv4(SERVER)!, port: DISCARD_PORT };
  return udpPacket({ address: parseIPv4(from)!, port }, target, new Uint8Array(0));
}

const portText = (answer?: { text: string }) => answer?.text;
