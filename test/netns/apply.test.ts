/** What a change that concerns no link does to the links: nothing. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Home } from "@gatehouse/qemu/home.ts";
import { Native } from "@gatehouse/qemu/native.ts";
import { built } from "@gatehouse/qemu/toolbox.ts";
import { topology } from "@gatehouse/qemu/topology.ts";
import { until } from "@gatehouse/qemu/wait.ts";
import { change } from "../e2e/lockout.ts";
import { patience } from "../e2e/scenarios.ts";

setDefaultTimeout(120_000);

let home: Home;

beforeAll(async () => {
  home = await Home.build((namespaces) => new Native(namespaces));
  await home.router.start();
  for (const client of home.clients) client.powerOn();
});

afterAll(() => home?.close());

test("a device's new name is known at once; no unit is written, no rule loaded, no link touched, no packet lost", async () => {
  const { client1, namespaces, tail } = home;
  const { router } = await client1.leased(patience, tail);
  await until({ what: "the Internet", within: patience, tail }, () =>
    client1.ping(topology.internet.web.address),
  );
  const place = namespaces.get("router");
  // A file written anew has another inode, a table loaded anew another handle.
  const made = async () =>
    (
      await place.sh(
        `stat -c '%n %i %Y' ${built("toolbox")}/run/systemd/network/*; nft -s -a list chain inet gatehouse input`,
      )
    ).stdout;
  const before = await made();
  const monitor = place.start(["ip", "-4", "monitor", "link", "address", "route", "rule"], "monitor");
  const pings = client1.place.start(
    ["ping", "-q", "-i", "0.02", "-c", "250", topology.internet.web.address],
    "pings",
  );
  const { answer } = await change(home, ({ lans: [lan] }) => {
    lan!.dhcp.reservations.push({ mac: topology.clients[1].mac, address: 77, name: "workshop" });
  });
  expect(answer).toMatchObject({ status: 200, body: { trial: null } });
  await until({ what: "the device's name", within: patience, tail }, async () => {
    const devices: { name: string }[] = JSON.parse(await client1.fetch(`http://${router}/api/devices`));
    return devices.some(({ name }) => name === "workshop");
  });
  const { input: summary } = await pings.line(/packets transmitted/, patience);
  await monitor.stop();
  expect(summary).toContain(" 0% packet loss");
  expect(monitor.lines).toEqual([]);
  expect(await made()).toBe(before);
});
