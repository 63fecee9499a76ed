import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { checksum, sum } from "../../../runtime/src/wire/checksum.ts";
import { CLIENT1, CLIENT2, LAN_ADDRESS, OTHER_SERVER, SERVER, WAN_ADDRESS } from "../topology.ts";
import { WireTap } from "../wire-tap.ts";
import { isError, NatHome, PATHS } from "./nat-home.ts";
import { RawPeer } from "./raw-peer.ts";

const PROTOCOLS = [
  ["ipip", 4],
  ["6in4", 41],
  ["gre", 47],
  ["esp", 50],
  ["sctp", 132],
] as const;
const ICMP = 1;

describe.each(PATHS)("protocols without ports, %s path", (path) => {
  let home: NatHome;

  beforeAll(async () => {
    home = await NatHome.open(path);
  });

  afterAll(() => home.close());

  test.each(PROTOCOLS)("%s passes both ways, one host for each remote", async (name, protocol) => {
    const { client1, client2, provider } = home.net;
    const [first, second] = [new RawPeer(client1, protocol), new RawPeer(client2, protocol)];
    const [server, other] = [
      new RawPeer(provider, protocol, SERVER),
      new RawPeer(provider, protocol, OTHER_SERVER),
    ];
    first.send("........out", SERVER);
    expect(await server.receive()).toEqual({ from: WAN_ADDRESS, text: "........out" });
    server.send("........in", WAN_ADDRESS);
    expect(await first.receive()).toEqual({ from: SERVER, text: "........in" });
    second.send("........other", OTHER_SERVER);
    expect(await other.receive()).toEqual({ from: WAN_ADDRESS, text: "........other" });
    other.send("........back", WAN_ADDRESS);
    expect(await second.receive()).toEqual({ from: OTHER_SERVER, text: "........back" });
    const rows = (await home.dataplane.list("associations")).filter((row) => row.protocol === name);
    const pairs = rows.map(({ internalAddress, remoteAddress }) => `${internalAddress} ${remoteAddress}`);
    expect(pairs.toSorted()).toEqual([`${CLIENT1} ${SERVER}`, `${CLIENT2} ${OTHER_SERVER}`]);
    for (const peer of [first, second, server, other]) peer.close();
  });

  test("a second host with the same remote is told that it cannot, and disturbs nothing", async () => {
    const GRE = 47;
    const { client1, client2, provider } = home.net;
    const [first, second] = [new RawPeer(client1, GRE), new RawPeer(client2, GRE)];
    const server = new RawPeer(provider, GRE, SERVER);
    const atClient = await WireTap.open(client2, "eth0");
    first.send("........one", SERVER);
    await server.receive();
    second.send("........two", SERVER);
    const refusal = (await atClient.packetsUntil("a refusal", isError)).find(isError);
    const from = [12, 13, 14, 15].map((at) => refusal?.getUint8(at)).join(".");
    expect([from, refusal?.getUint8(21)]).toEqual([LAN_ADDRESS, 13]);
    first.send("........three", SERVER);
    expect((await server.receive()).text).toBe("........three");
    for (const each of [first, second, server, atClient]) await each.close();
  });

  test("goes on while there is no engine, and after it", async () => {
    const ESP = 50;
    const host = new RawPeer(home.net.client1, ESP);
    const server = new RawPeer(home.net.provider, ESP, SERVER);
    host.send("........out", SERVER);
    await server.receive();
    const passes = async () => {
      host.send("........more", SERVER);
      server.send("........back", WAN_ADDRESS);
      return [(await server.receive()).text, (await host.receive()).text];
    };
    await home.dataplane.kill();
    expect(await passes()).toEqual(["........more", "........back"]);
    await home.restart();
    expect(await passes()).toEqual(["........more", "........back"]);
    const rows = await home.dataplane.list("associations", { host: CLIENT1 });
    expect(rows.some(({ protocol, remoteAddress }) => protocol === "esp" && remoteAddress === SERVER)).toBe(
      true,
    );
    host.close();
    server.close();
  });

  test("others do not leave", async () => {
    const [OSPF, ESP] = [89, 50];
    const hosts = [new RawPeer(home.net.client1, OSPF), new RawPeer(home.net.client1, ESP)];
    const server = new RawPeer(home.net.provider, ESP, SERVER);
    // The second comes after the first, at the engine as on the wire.
    for (const host of hosts) host.send("........", SERVER);
    await server.receive();
    expect((await home.packetsAtBorder()).filter((packet) => packet.getUint8(9) === OSPF)).toEqual([]);
    for (const peer of [...hosts, server]) peer.close();
  });

  test("RFC 5508 REQ-1: timestamp queries are answered, by the identifier that asked", async () => {
    const TIMESTAMP_REPLY = 14;
    const hosts = [new RawPeer(home.net.client1, ICMP), new RawPeer(home.net.client2, ICMP)];
    hosts.forEach((host, i) => {
      host.send(timestampQuery(700 + i), SERVER);
    });
    for (const [i, host] of hosts.entries()) {
      const reply = await host.packet();
      const identifier = new DataView(reply.buffer).getUint16(24);
      expect([reply[20], identifier]).toEqual([TIMESTAMP_REPLY, 700 + i]);
      host.close();
    }
  });
});

/** ICMP timestamp (RFC 792): type, code, checksum, identifier, sequence number and three times. */
function timestampQuery(identifier: number): Uint8Array {
  const TIMESTAMP = 13;
  const view = new DataView(new ArrayBuffer(20));
  view.setUint8(0, TIMESTAMP);
  view.setUint16(4, identifier);
  view.setUint16(2, checksum(sum(view, 0, view.byteLength)));
  return new Uint8Array(view.buffer);
}
