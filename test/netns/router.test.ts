/** The whole runtime on this machine's kernel, in a namespace between a real provider and real clients. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Home } from "@gatehouse/qemu/home.ts";
import { Native } from "@gatehouse/qemu/native.ts";
import { built } from "@gatehouse/qemu/toolbox.ts";
import { topology } from "@gatehouse/qemu/topology.ts";
import { until } from "@gatehouse/qemu/wait.ts";
import type { TrafficTotal } from "../../runtime/src/service/traffic/source.ts";
import { account, remembered } from "../e2e/account.ts";
import { interruptions } from "../e2e/interruptions.ts";
import { atHome, ipv6 } from "../e2e/ipv6.ts";
import { page } from "../e2e/page.ts";
import { border, patience, scenarios } from "../e2e/scenarios.ts";

setDefaultTimeout(180_000);

const { web } = topology.internet;

let home: Home;

beforeAll(async () => {
  home = await Home.build((namespaces) => new Native(namespaces));
  await home.router.start();
  for (const client of home.clients) client.powerOn();
});

afterAll(() => home?.close());

for (const { name, check } of [...scenarios, ipv6, atHome, page, account, ...interruptions, remembered])
  test(name, () => check(home));

test("what a client exchanged with the Internet is in the router's account, with the name it asked for", async () => {
  const { client1, namespaces, tail } = home;
  await client1.leased(patience, tail);
  await client1.fetch(`http://${web.name}/source`);
  const name = await until({ what: "an account of the page", within: 20_000, tail }, async () => {
    const range = `from=${Date.now() - 60_000}&to=${Date.now() + 60_000}`;
    const url = `http://127.0.0.1/api/traffic/totals?${range}&by=remote`;
    const { stdout } = await namespaces.get("router").run(["curl", "-s", url]);
    const totals: TrafficTotal[] = JSON.parse(stdout);
    return totals.find(({ key }) => key.remote === web.address)?.key.name;
  });
  expect(name).toBe(web.name);
});

test("when the provider turns out to use the home's network, the home moves and the devices with it", async () => {
  const { client1, namespaces, tail } = home;
  const before = await client1.leased(patience, tail);
  const network = before.router.split(".").slice(0, 3).join(".");
  await namespaces.get("router").run(["ip", "address", "add", `${network}.250/24`, "dev", "eth0"]);
  const moved = async () => (await client1.lease())?.router !== before.router;
  await until({ what: "an address of another network", within: patience, tail }, moved);
  const { router } = await client1.leased(patience, tail);
  expect([router.startsWith(`${network}.`), await client1.ping(router)]).toEqual([false, true]);
  await namespaces.get("router").run(["ip", "address", "del", `${network}.250/24`, "dev", "eth0"]);
});

test("a bridge that went and was made anew is served again", async () => {
  const { client1, namespaces, tail } = home;
  const { router } = await client1.leased(patience, tail);
  await client1.powerOff();
  await namespaces.get("router").sh(`
    ip link del br-home
    ip link add br-home type bridge forward_delay 0
    for port in eth1 eth2; do ip link set "$port" master br-home; done
    ip link set br-home up`);
  client1.powerOn();
  expect((await client1.leased(patience, tail)).router).toBe(router);
});

test("a configuration that cannot be read is passed over for the last good one, and the router says so", async () => {
  const { client1, namespaces, router, tail } = home;
  const path = `${built("toolbox")}/var/lib/gatehouse/config/000099.json`;
  await namespaces.get("router").sh(`echo '{"config": {"version": 1, "wan": {"port": 7}}' >${path}`);
  await router.reboot();
  const { router: address } = await client1.leased(patience, tail);
  const status = await until({ what: "the router's status", within: patience, tail }, async () => {
    const { stdout } = await client1.place.run(["curl", "-s", `http://${address}/api/status`], {
      mayFail: true,
    });
    return stdout === "" ? undefined : JSON.parse(stdout);
  });
  await namespaces.get("router").run(["rm", path]);
  expect(status).toMatchObject({
    wan: { interface: "eth0" },
    notices: [
      {
        severity: "error",
        text: "Configuration revision 99 cannot be used: the file is not JSON.",
        hint: "Revision 1 is in use.",
      },
    ],
  });
});

test(border.name, () => border.check(home));
