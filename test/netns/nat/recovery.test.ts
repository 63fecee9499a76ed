import { afterAll, beforeAll, expect, test } from "bun:test";
import { UdpPeer } from "../peers.ts";
import { CLIENT1, OTHER_SERVER, SERVER, WAN_ADDRESS } from "../topology.ts";
import { ECHO_PORT, NatHome } from "./nat-home.ts";
import { RawPeer } from "./raw-peer.ts";

const IPPROTO_ICMP = 1;
/** Sent at once: less than a link's backlog or the engine's queue holds. */
const BATCH = 400;
const LIMIT = 30_000;

let home: NatHome;

beforeAll(async () => {
  home = await NatHome.open("offload");
});

afterAll(() => home.close());

test("what was carried by a table that somebody has taken away goes on with the next configuration", async () => {
  const client = await UdpPeer.open(home.net.client1, 5000);
  await client.ask("?", SERVER, ECHO_PORT);
  home.net.router.command(["nft", "delete table ip gatehouse_nat"]);
  await home.configure({});
  expect(await client.ask("?", SERVER, ECHO_PORT)).toEqual({
    text: `${WAN_ADDRESS}:5000`,
    from: `${SERVER}:${ECHO_PORT}`,
  });
  client.close();
});

test(
  "tens of thousands of bindings that run out of time at once are gone soon, though nothing else happens",
  async () => {
    const COUNT = 60_000;
    const client = new RawPeer(home.net.client1, IPPROTO_ICMP, CLIENT1);
    await home.configure({ hostLimit: 65_535, timers: { icmpQuery: 3600 } });
    // A few more, as a busy machine loses some.
    for (let sent = 0; sent < COUNT + 10 * BATCH; ) {
      for (const end = sent + BATCH; sent < end; sent++) client.send(echoRequest(sent), OTHER_SERVER);
      await home.dataplane.list("associations");
    }
    const { nat: before } = await home.dataplane.next(["counters"], ({ nat }) => nat.bindings >= COUNT);
    await home.configure({ hostLimit: 65_535, timers: { icmpQuery: 0.001 } });
    let reports = 0;
    await home.dataplane.next(["counters"], ({ nat }) => {
      if (nat.expired > before.expired) reports++;
      return nat.expired >= before.expired + COUNT;
    });
    // A report a second; at one look at the timers each time that messages are handled it would be four.
    expect(reports).toBeLessThanOrEqual(3);
    client.close();
  },
  LIMIT,
);

function echoRequest(identifier: number): Uint8Array {
  const sum = 0x0800 + identifier;
  const checksum = ~((sum & 0xffff) + (sum >>> 16)) & 0xffff;
  return Uint8Array.of(8, 0, checksum >>> 8, checksum & 255, identifier >>> 8, identifier & 255, 0, 0);
}
