import { afterAll, expect, test } from "bun:test";
import { parseIPv4 } from "../../runtime/src/addr/ipv4.ts";
import { parsePrefix } from "../../runtime/src/addr/prefix.ts";
import { setLinkUp } from "../../runtime/src/linux/netlink/link-up.ts";
import { type RouteSnapshot, snapshotRoute, watchRoute } from "../../runtime/src/linux/netlink/route.ts";
import { Namespace } from "./linux-namespace.ts";

const CLIENT_MAC = "02:00:5e:00:08:02";
const ROUTER_MAC = "02:00:5e:00:08:01";

const router = Namespace.create();
const client = Namespace.create();
afterAll(() => {
  router.close();
  client.close();
});

function linkIndex(name: string): number {
  return snapshot().links.find((link) => link.name === name)!.index;
}

function snapshot(): RouteSnapshot {
  return router.run(snapshotRoute);
}

test("a snapshot says which ports there are, who is on them and where the default route leads", async () => {
  router.ip(`link add br-lan address ${ROUTER_MAC} type bridge`);
  client.connect("eth0", router, "gh-port");
  client.ip(`link set eth0 address ${CLIENT_MAC}`);
  router.ip("link set gh-port master br-lan");
  router.ip("link set br-lan up");
  router.ip("addr add 192.168.8.1/24 dev br-lan");
  client.ip("addr add 192.168.8.2/24 dev eth0");
  router.ip("route add default via 192.168.8.2 metric 20");
  router.ip("route add default dev gh-port metric 10");
  router.ip("route add 198.51.100.0/24 via 192.168.8.2");
  router.ip(`neigh add 192.168.8.9 lladdr ${CLIENT_MAC} dev br-lan`);
  // One frame of the client teaches the bridge its port.
  const socket = await client.run(() => Bun.udpSocket({ hostname: "192.168.8.2" }));
  socket.send("hello", 9, "192.168.8.1");
  const { links, addresses, defaultRoutes, neighbours, bridgePorts } = snapshot();
  socket.close();
  const [bridge, port] = [linkIndex("br-lan"), linkIndex("gh-port")];
  const { mac } = links.find(({ index }) => index === port)!;
  expect({
    links: links.filter(({ name }) => name === "br-lan" || name === "gh-port"),
    addresses: addresses.filter(({ link }) => link === bridge),
    defaultRoutes,
    neighbour: neighbours.find(({ address }) => address === parseIPv4("192.168.8.9")),
    bridgePorts,
  } as unknown).toEqual({
    links: [
      {
        index: bridge,
        name: "br-lan",
        kind: "bridge",
        medium: "virtual",
        mac: ROUTER_MAC,
        up: true,
        carrier: true,
        master: 0,
        mtu: 1500,
      },
      {
        index: port,
        name: "gh-port",
        kind: "veth",
        medium: "virtual",
        mac,
        up: true,
        carrier: true,
        master: bridge,
        mtu: 1500,
      },
    ],
    addresses: [{ link: bridge, prefix: parsePrefix("192.168.8.1/24") }],
    defaultRoutes: [
      { link: port, gateway: 0, metric: 10 },
      { link: bridge, gateway: parseIPv4("192.168.8.2"), metric: 20 },
    ],
    neighbour: { link: bridge, address: parseIPv4("192.168.8.9"), mac: CLIENT_MAC, confirmed: true },
    bridgePorts: [{ bridge, port, mac: CLIENT_MAC }],
  });
});

test("a watch tells of a link, an address and a cable, and not of nothing", async () => {
  const wanted: [what: string, holds: (snapshot: RouteSnapshot) => boolean, change: () => void][] = [
    ["at once", () => true, () => {}],
    [
      "a link",
      ({ links }) => links.some(({ name }) => name === "gh-new"),
      () => client.connect("eth1", router, "gh-new"),
    ],
    [
      "an address",
      ({ addresses }) => addresses.some(({ prefix }) => prefix.address === parseIPv4("10.8.0.1")),
      () => router.ip("addr add 10.8.0.1/24 dev gh-new"),
    ],
    [
      "a cable pulled",
      ({ links }) => links.some(({ name, carrier }) => name === "gh-new" && !carrier),
      () => client.ip("link set eth1 down"),
    ],
  ];
  const seen: RouteSnapshot[] = [];
  let wake = () => {};
  // The first snapshot is taken inside, the later ones on this thread wherever it stands: it stays inside until
  // the end.
  const leave = router.enter();
  const watch = watchRoute((snapshot) => {
    seen.push(snapshot);
    wake();
  }, console.error);
  try {
    for (const [, holds, change] of wanted) {
      change();
      while (!holds(seen.at(-1)!)) await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    watch.close();
    leave();
  }
  for (let i = 1; i < seen.length; i++) expect(seen[i]).not.toEqual(seen[i - 1]);
});

test("a link is taken down and up, one that is not there is an error", () => {
  const router = Namespace.create();
  try {
    router.ip("link add near up type veth peer far");
    const near = () => router.run(snapshotRoute).links.find(({ name }) => name === "near")!;
    const after = (isUp: boolean) => {
      router.run(() => setLinkUp(near().index, isUp));
      return near().up;
    };
    expect([after(false), after(true)]).toEqual([false, true]);
    expect(() => router.run(() => setLinkUp(999, true))).toThrow("taking a link up: ENODEV, no such device");
  } finally {
    router.close();
  }
});
