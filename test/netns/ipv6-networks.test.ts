/** What networks of the home may do over IPv6, by the rules that their configuration compiles to. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { applyRuleset } from "../../runtime/src/linux/nftables/ruleset.ts";
import { renderFirewall } from "../../runtime/src/render/firewall.ts";
import { configOf, networkWith } from "../../runtime/src/render/network.fixture.ts";
import type { LanSide } from "../../runtime/src/render/network.ts";
import { Namespace, until } from "./linux-namespace.ts";

setDefaultTimeout(30_000);

const config = configOf({
  lans: [{}, { name: "things", ports: [], internet: false, router: false }],
  rules: [{ from: "home", to: "things", protocol: "tcp", ports: 80 }],
  wifi: { networks: [] },
});
const plain = networkWith({ config, wan: "wan0", ports: ["port-home"] });
const [home] = plain.lans;
const things: LanSide = { ...home, config: config.lans[1]!, bridge: "br-things" };
const network = {
  ...plain,
  lans: [home, things] as [LanSide, ...LanSide[]],
  ipv6: {
    ula: "fd12:3456:789a::/48",
    subnets: new Map([
      ["home", 0],
      ["things", 1],
    ]),
    former: new Map(),
    reachable: new Map(),
  },
};

/** Each side's interface of the router, and its prefix of 64 bits; the router is 1 there, who is behind it 9. */
const SIDES = {
  wan0: "2001:db8:f:",
  "br-home": "fd12:3456:789a:",
  "br-things": "fd12:3456:789a:1:",
} as const;
const HOME_GLOBAL = "2001:db8:a:";

const [router, web, laptop, lamp] = [
  Namespace.create(),
  Namespace.create(),
  Namespace.create(),
  Namespace.create(),
];
const hosts = { wan0: web, "br-home": laptop, "br-things": lamp };
const servers = [router, web, laptop, lamp].map((namespace) =>
  namespace.run(() => Bun.listen({ hostname: "::", port: 80, socket: { data() {} } })),
);

beforeAll(async () => {
  router.command(["sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding"]);
  for (const [side, host] of Object.entries(hosts) as [keyof typeof SIDES, Namespace][]) {
    const port = side.replace("br-", "port-");
    router.connect(port, host, "eth0");
    if (port !== side) {
      router.ip(`link add ${side} type bridge`);
      router.ip(`link set ${port} master ${side}`);
      router.ip(`link set ${side} up`);
    }
    router.ip(`address add ${SIDES[side]}:1/64 dev ${side} nodad`);
    host.ip(`address add ${SIDES[side]}:9/64 dev eth0 nodad`);
    host.ip(`route add default via ${SIDES[side]}:1`);
  }
  router.ip(`address add ${HOME_GLOBAL}:1/64 dev br-home nodad`);
  laptop.ip(`address add ${HOME_GLOBAL}:9/64 dev eth0 nodad`);
  router.ip(`route add default via ${SIDES.wan0}:9`);
  router.run(() => applyRuleset(renderFirewall(network)));
  // Until a link's own address is known to be nobody else's, neighbours are not asked for.
  for (const namespace of [router, web, laptop, lamp])
    await until("usable addresses", () => !namespace.ip("-6 address").includes("tentative"));
});

afterAll(() => {
  for (const server of servers) server.stop(true);
  for (const namespace of [router, web, laptop, lamp]) namespace.close();
});

/** Whether a TCP connection opens. */
function opens(from: Namespace, address: string): boolean {
  const words = ["timeout", "1", "bash", "-c", `</dev/tcp/${address}/80`];
  return from.run(() => Bun.spawnSync(words)).exitCode === 0;
}

test("home reaches the Internet and, as a rule says, the things; these reach nobody, and the page is not theirs", () => {
  expect({
    homeOut: opens(laptop, `${SIDES.wan0}:9`),
    homeToThings: opens(laptop, `${SIDES["br-things"]}:9`),
    homeToPage: opens(laptop, `${SIDES["br-home"]}:1`),
    thingsOut: opens(lamp, `${SIDES.wan0}:9`),
    thingsToHome: opens(lamp, `${SIDES["br-home"]}:9`),
    thingsToPage: opens(lamp, `${SIDES["br-things"]}:1`),
    thingsToHomesPage: opens(lamp, `${SIDES["br-home"]}:1`),
    webIn: opens(web, `${HOME_GLOBAL}:9`),
    webToPage: opens(web, `${SIDES.wan0}:1`),
    webToHomesPage: opens(web, `${HOME_GLOBAL}:1`),
    webToUla: opens(web, `${SIDES["br-home"]}:9`),
  }).toEqual({
    homeOut: true,
    homeToThings: true,
    homeToPage: true,
    thingsOut: false,
    thingsToHome: false,
    thingsToPage: false,
    thingsToHomesPage: false,
    webIn: false,
    webToPage: false,
    webToHomesPage: false,
    webToUla: false,
  });
});
