/** Ports are asked who offers the Internet there, by real frames; what the router's own DHCP server says is not taken for a provider's. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseIPv4 } from "../../runtime/src/addr/ipv4.ts";
import { type Mac, macBytes } from "../../runtime/src/addr/mac.ts";
import { snapshotRoute } from "../../runtime/src/linux/netlink/route.ts";
import { openOffers } from "../../runtime/src/linux/packet/offers.ts";
import { configOf } from "../../runtime/src/render/network.fixture.ts";
import { planNetwork } from "../../runtime/src/render/plan.ts";
import { startDhcpServer } from "../../runtime/src/service/dhcp/server.ts";
import { createLog } from "../../runtime/src/service/log.ts";
import { probePorts } from "../../runtime/src/service/wan/probe.ts";
import { Code, emitDiscovery, parseDiscovery, Tag, tagOf } from "../../runtime/src/wire/pppoe/discovery.ts";
import { Namespace } from "./linux-namespace.ts";

const CONCENTRATOR = "02:00:5e:10:00:ac" as Mac;
const ip = (text: string) => parseIPv4(text)!;

const router = Namespace.create();
const provider = Namespace.create();
const folder = mkdtempSync(join(tmpdir(), "gatehouse-probe-"));
const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
  router.close();
  provider.close();
  rmSync(folder, { recursive: true });
});

/** A DHCP server on `device` of `namespace` that hands out addresses of `network`, "198.51.100." say. */
function serve(namespace: Namespace, device: string, network: string): void {
  const server = namespace.run(() =>
    startDhcpServer(
      {
        interface: device,
        server: { address: ip(`${network}1`), length: 24 },
        first: ip(`${network}100`),
        last: ip(`${network}199`),
        leaseSeconds: 3600,
        domain: "example",
        dns: [ip(`${network}1`)],
        reservations: [],
      },
      { leases: join(folder, `${device}.json`), log: createLog("dhcp", () => {}), onChange: () => {} },
    ),
  );
  closing.push(() => server.stop());
}

/** Answers as an access concentrator does whoever looks for one on `device`. */
function concentrate(device: string): void {
  const socket = provider.run(() =>
    openOffers(
      device,
      (frame) => void answer(frame),
      (error) => console.error(error),
    ),
  );
  const answer = (frame: Uint8Array) => {
    const packet = parseDiscovery(frame.subarray(14));
    if (typeof packet === "string" || packet.code !== Code.initiation) return;
    const offer = emitDiscovery({
      code: Code.offer,
      session: 0,
      tags: [
        [Tag.acName, new TextEncoder().encode("ac1.provider.example")],
        [Tag.hostUniq, tagOf(packet, Tag.hostUniq)!],
      ],
    });
    socket.send(Uint8Array.from([...frame.subarray(6, 12), ...macBytes(CONCENTRATOR), 0x88, 0x63, ...offer]));
  };
  closing.push(() => socket.close());
}

test("a port with a DHCP server, one with a PPPoE server, one in a loop of the router's own, and one without a cable", async () => {
  for (const name of ["dhcp", "fibre"]) provider.connect(`${name}-provider`, router, name);
  provider.ip("address add 198.51.100.1/24 dev dhcp-provider");
  router.ip("link add br-home type bridge");
  router.ip("address add 192.168.77.1/24 dev br-home");
  router.ip("link add looped type veth peer name looped-back");
  router.ip("link add empty type veth peer name empty-cable");
  router.ip("link set looped-back master br-home");
  for (const name of ["br-home", "looped", "looped-back", "empty"]) router.ip(`link set ${name} up`);
  serve(provider, "dhcp-provider", "198.51.100.");
  serve(router, "br-home", "192.168.77.");
  concentrate("fibre-provider");

  const ports = ["dhcp", "empty", "fibre", "looped"];
  const { network } = planNetwork(configOf({ wans: [{ port: "looped" }], lans: [{ ports: ["dhcp"] }] }), {
    links: ports.map((name) => ({ name, medium: "ethernet" })),
    prefixesOf: () => [],
    current: new Map(),
    provenWan: undefined,
    failing: new Set(),
    accessPoints: () => [],
  });
  const addresses = () => router.ip("-4 -o address").match(/inet \S+/g);
  const before = addresses();
  const probed = await router.run(() =>
    probePorts({ network, snapshot: snapshotRoute() }, { askAgainMs: 800, random: () => 0xc0ffee }),
  );
  expect(probed).toEqual({
    at: expect.any(Number),
    ports: expect.arrayContaining([
      {
        port: "dhcp",
        carrier: true,
        use: "home",
        dhcp: { server: "198.51.100.1", address: expect.stringMatching(/^198\.51\.100\.1\d\d$/) },
        pppoe: null,
      },
      { port: "empty", carrier: false, use: "nothing", dhcp: null, pppoe: null },
      {
        port: "fibre",
        carrier: true,
        use: "nothing",
        dhcp: null,
        pppoe: { concentrator: "ac1.provider.example" },
      },
      { port: "looped", carrier: true, use: "internet", dhcp: null, pppoe: null },
    ]),
    suggestion: { port: "fibre", mode: "pppoe" },
  });
  expect(addresses()).toEqual(before);
});
