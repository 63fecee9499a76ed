/** The whole runtime with two ways to the Internet: the first one's provider falls silent, with its cable and address in place. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Home } from "@gatehouse/qemu/home.ts";
import { Native } from "@gatehouse/qemu/native.ts";
import type { Place } from "@gatehouse/qemu/place.ts";
import { topology } from "@gatehouse/qemu/topology.ts";
import { until } from "@gatehouse/qemu/wait.ts";
import { wanAddress } from "../e2e/wan.ts";

setDefaultTimeout(180_000);

const { web } = topology.internet;
const patience = 60_000;
/** Three rounds of pings, and what networkd, the firewall and the data plane take. */
const MOST_MS = 15_000;

const line = { address: "192.0.2.7", gateway: "192.0.2.1" };
const configuration = {
  version: 2,
  wans: [
    { name: "cable", port: "eth0" },
    {
      name: "line",
      port: "eth2",
      mode: "static",
      static: { address: `${line.address}/24`, gateway: line.gateway, dns: [line.gateway] },
    },
  ],
  lans: [{ ports: ["eth1"] }],
};

/** Packets from the home that have a source which is not of this line. */
const foreign = (device: string, own: string) => `
nft -f - <<END
table inet line {
  counter foreign {}
  chain arriving {
    type filter hook prerouting priority raw - 10
    iifname ${device} ip saddr != { 0.0.0.0, ${own} } counter name foreign
  }
}
END`;

/** Tells whoever asks what address the question came from. */
const server = `Bun.serve({
  hostname: "${web.address}",
  port: 80,
  fetch: (request, server) => Response.json(server.requestIP(request)),
});
console.log("ready");`;

let home: Home;
/** The second computer of the lab is the other provider. */
let other: Place;

beforeAll(async () => {
  home = await Home.build((namespaces) => new Native(namespaces, configuration));
  other = home.client2.place;
  await other.sh(`
    ip addr add ${line.gateway}/24 dev eth0
    ip addr add ${web.address}/32 dev lo
    ${foreign("eth0", line.address)}`);
  await home.provider.place.sh(foreign("wan", "198.51.100.0/24"));
  const running = other.start([process.execPath, "--eval", server], "other web");
  await running.line(/^ready/, 10_000);
  await home.router.start();
  home.client1.powerOn();
});

afterAll(() => home?.close());

/** The address that a server of the Internet sees; empty when there is no answer within a second. */
async function source(): Promise<string> {
  const url = `http://${web.address}/source`;
  const { stdout } = await home.client1.place.run(["curl", "-s", "--max-time", "1", url], { mayFail: true });
  return stdout === "" ? "" : JSON.parse(stdout).address;
}

/** Waits until clients come out with `address`; how long that took, in milliseconds. */
async function cameOutAs(address: string): Promise<number> {
  const begin = performance.now();
  await until({ what: `packets from ${address}`, within: patience, tail: home.tail }, async () => {
    return (await source()) === address;
  });
  return performance.now() - begin;
}

const silence =
  "nft 'table inet silence { chain arriving { type filter hook prerouting priority -500; iifname wan drop; }; }'";

async function notices(): Promise<string[]> {
  const { stdout } = await home.namespaces.get("router").run(["curl", "-s", "http://127.0.0.1/api/status"]);
  return JSON.parse(stdout).notices.map(({ text }: { text: string }) => text);
}

test("traffic goes over the other way within 15 s, with its address and name servers, and comes back", async () => {
  await home.client1.leased(patience, home.tail);
  const first = await until({ what: "the first way's lease", within: patience, tail: home.tail }, () =>
    wanAddress(home).catch(() => undefined),
  );
  await cameOutAs(first);
  await home.provider.place.sh(silence);
  const away = await cameOutAs(line.address);
  expect(away).toBeLessThan(MOST_MS);
  expect(await notices()).toContain(
    "cable is connected, but nobody answers over it, so another way to the Internet is used.",
  );
  await home.provider.place.sh("nft delete table inet silence");
  const back = await cameOutAs(first);
  expect(back).toBeLessThan(2 * MOST_MS);
  expect((await notices()).filter((text) => text.startsWith("cable"))).toEqual([]);
  console.log(`to the other way in ${Math.round(away)} ms, and back in ${Math.round(back)} ms`);
});

test("a cable that is pulled is noticed at once", async () => {
  await home.router.plug("wan", false);
  expect(await cameOutAs(line.address)).toBeLessThan(MOST_MS / 2);
  await home.router.plug("wan", true);
  await cameOutAs(await wanAddress(home));
});

test("nothing has left by a line with a source that is not the line's", async () => {
  for (const place of [home.provider.place, other]) {
    const { stdout } = await place.run(["nft", "list", "counter", "inet", "line", "foreign"]);
    expect(stdout).toContain("packets 0 bytes 0");
  }
});
