/** What the engine has decided outlives it: all kinds of it at once, over several deaths. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { flood } from "./flood.ts";
import { ECHO_PORT, NatHome, PATHS } from "./nat/nat-home.ts";
import { RawPeer } from "./nat/raw-peer.ts";
import { TcpPeer, UdpPeer } from "./peers.ts";
import { launchIn } from "./program.ts";
import { macOf } from "./scene.ts";
import { CLIENT1, CLIENT2, SERVER } from "./topology.ts";

setDefaultTimeout(60_000);

const GRE = 47;
const WEB_PORT = 80;
/** Bindings: too many for one message of a dump, or one page of a listing. */
const MANY = 1500;
const POLICY = {
  filtering: { default: "open", hosts: [{ address: CLIENT2, filtering: "address-and-port" }] },
  forwards: [{ protocol: "both", first: 9000, last: 9009, address: CLIENT1, port: 9100 }],
} as const;

describe.each(PATHS)("what is read back, %s path", (path) => {
  let home: NatHome;

  beforeAll(async () => {
    home = await NatHome.open(path, {
      ...POLICY,
      forwards: [...POLICY.forwards],
      filtering: { ...POLICY.filtering, hosts: [...POLICY.filtering.hosts] },
    });
  });

  afterAll(() => home.close());

  /** Everything that the engine tells, but for ages and sums, in an order of its own. */
  async function state(): Promise<string[]> {
    const { dataplane } = home;
    const rows = [
      ...(await dataplane.list("bindings")).map(({ ageMs, idleMs, upBytes, downBytes, ...row }) => row),
      ...(await dataplane.list("associations")).map(({ ageMs, idleMs, ...row }) => row),
    ];
    return rows.map((row) => JSON.stringify(row)).sort();
  }

  test("bindings with their filtering, forwards and associations, three times in a row", async () => {
    const { client1, client2, router } = home.net;
    const macs = { sourceMac: macOf(client1, "eth0"), destinationMac: macOf(router, "br-lan") };
    const many = {
      kind: "udp-flows",
      interface: "eth0",
      source: "192.168.77.100",
      destination: SERVER,
    } as const;
    const flows = await flood(launchIn(client1), { ...many, ...macs, count: MANY, rate: 10_000 });
    const tunnel = new RawPeer(client1, GRE);
    tunnel.send("....out", SERVER);
    const filtered = await UdpPeer.open(client2, 5000);
    const tcp = await TcpPeer.connect(client2, SERVER, WEB_PORT, 6000);
    const seen = [(await filtered.ask("?", SERVER, ECHO_PORT))?.text, await tcp.ask("?")];
    let before: string[] = [];
    // All of the flood's, whatever else there is.
    const isTheFloods = (row: string) => row.includes(`"${many.source}"`);
    for (let count = 0; count < MANY; count = before.filter(isTheFloods).length) before = await state();
    const kinds = [
      '"filtering":"address-and-port"',
      '"kind":"forward"',
      '"protocol":"gre"',
      '"transport":"tcp"',
    ];
    expect(kinds.filter((kind) => !before.some((row) => row.includes(kind)))).toEqual([]);
    for (let i = 0; i < 3; i++) {
      await home.dataplane.kill();
      await home.restart();
      expect(await state()).toEqual(before);
    }
    expect([(await filtered.ask("?", SERVER, ECHO_PORT))?.text, await tcp.ask("?")]).toEqual(seen);
    await flows.report();
    for (const each of [tunnel, filtered, tcp]) each.close();
  });
});
