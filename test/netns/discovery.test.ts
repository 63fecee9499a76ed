import { afterAll, beforeAll, expect, test } from "bun:test";
import { parseMac } from "../../runtime/src/addr/mac.ts";
import { DISCOVERY } from "../../runtime/src/dns/discovery-relay.ts";
import { interfaceIndex } from "../../runtime/src/linux/ffi/libc.ts";
import { applyRuleset } from "../../runtime/src/linux/nftables/ruleset.ts";
import { broadcast, openMulticast } from "../../runtime/src/linux/packet/multicast.ts";
import { renderFirewall } from "../../runtime/src/render/firewall.ts";
import { configOf, networkWith } from "../../runtime/src/render/network.fixture.ts";
import { planNetwork } from "../../runtime/src/render/plan.ts";
import { Discovery } from "../../runtime/src/service/lan/discovery.ts";
import { createLog } from "../../runtime/src/service/log.ts";
import { magicPacket } from "../../runtime/src/wire/wake-on-lan.ts";
import { Namespace, until } from "./linux-namespace.ts";

const NETWORKS = ["home", "things", "guest"] as const;
const router = Namespace.create();
const clients = Object.fromEntries(NETWORKS.map((name) => [name, Namespace.create()]));
const discovery = new Discovery(createLog("discovery", () => {}));
/** What each network's client has heard of the group. */
const heard: Record<string, string[]> = { home: [], things: [], guest: [] };
const sockets = new Map<string, ReturnType<typeof openMulticast>>();

beforeAll(() => {
  const config = configOf({
    lans: NETWORKS.map((name, i) => ({ name, address: `192.168.${77 + i}.1/24`, ports: [`lan${i}`] })),
    discovery: ["home", "things"],
  });
  NETWORKS.forEach((name, i) => {
    router.connect(`lan${i}`, clients[name]!, "eth0");
    router.ip(`link add br-${name} type bridge forward_delay 0 mcast_snooping 0`);
    router.ip(`link set lan${i} master br-${name}`);
    router.ip(`link set br-${name} up`);
    router.ip(`address add 192.168.${77 + i}.1/24 dev br-${name}`);
    clients[name]!.ip(`address add 192.168.${77 + i}.20/24 dev eth0`);
    sockets.set(
      name,
      clients[name]!.run(() =>
        openMulticast({
          interface: "eth0",
          ...DISCOVERY,
          maxLength: 9000,
          onMessage: (bytes) => heard[name]!.push(new TextDecoder().decode(bytes)),
          onError: (error) => {
            throw error;
          },
        }),
      ),
    );
  });
  const { network } = planNetwork(config, {
    links: NETWORKS.map((_, i) => ({ name: `lan${i}`, medium: "ethernet" as const })),
    prefixesOf: () => [],
    current: new Map(),
    provenWan: undefined,
    failing: new Set(),
    accessPoints: () => null,
  });
  router.run(() => applyRuleset(renderFirewall(network)));
  router.run(() =>
    discovery.join(["br-home", "br-things"].map((name) => ({ name, index: interfaceIndex(name) }))),
  );
});

afterAll(() => {
  discovery.close();
  for (const socket of sockets.values()) socket.close();
  for (const namespace of [router, ...Object.values(clients)]) namespace.close();
});

test("what a device announces is heard in the chosen networks, once, and in no other", async () => {
  const things = sockets.get("things")!;
  // A receiver is a thread of its own and may not have begun to listen: announcements are repeated, as devices do.
  let n = 0;
  await until("the first announcement to be passed on", () => {
    things.send(new TextEncoder().encode(`printer, announcement ${n++}`));
    return heard.home!.length > 0;
  });
  things.send(new TextEncoder().encode("printer, here I am"));
  sockets.get("guest")!.send(new TextEncoder().encode("a guest's speaker"));
  sockets.get("home")!.send(new TextEncoder().encode("who prints here?"));
  await until("the question to be heard", () => heard.things!.includes("who prints here?"));
  await until("the answer to be heard", () => heard.home!.includes("printer, here I am"));
  expect(heard.home!.filter((text) => text === "printer, here I am")).toHaveLength(1);
  expect([heard.guest, heard.home!.includes("a guest's speaker"), heard.things!.length]).toEqual([
    [],
    false,
    1,
  ]);
});

test("a sleeping device gets its magic packet", async () => {
  const mac = parseMac("02:00:5e:10:00:77")!;
  const capture = clients.home!.run(() =>
    Bun.spawn(["tcpdump", "-i", "eth0", "-c", "1", "-U", "-w", "-", "udp port 9"], {
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
  const reader = capture.stderr.getReader();
  for (let text = ""; !text.includes("listening"); )
    text += new TextDecoder().decode((await reader.read()).value);
  router.run(() => broadcast("br-home", 9, magicPacket(mac)));
  const bytes = new Uint8Array(await new Response(capture.stdout).arrayBuffer());
  expect(bytes.toHex()).toContain(`ffffffffffff${"02005e100077".repeat(16)}`);
});

test("a network alone joins nothing", () => {
  expect(renderFirewall(networkWith({ wan: "wan0", ports: ["lan0"] }))).not.toContain("5353");
});
