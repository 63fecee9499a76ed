import { expect } from "bun:test";
import type { Home } from "@gatehouse/qemu/home.ts";
import { topology } from "@gatehouse/qemu/topology.ts";
import { until } from "@gatehouse/qemu/wait.ts";
import { patience, type Scenario } from "./scenarios.ts";
import { wanAddress } from "./wan.ts";

const { web } = topology.internet;

/** What a home goes through; each leaves the router as it found it. */
export const interruptions: readonly Scenario[] = [
  { name: "the WAN cable pulled and put back: the internet is gone and comes back", check: wanCable },
  { name: "a reboot keeps the leases and brings everything back", check: reboot },
];

/** Whether client1 gets a page; gives up after 3 s. */
async function online({ client1 }: Home): Promise<boolean> {
  return client1.fetch(`http://${web.address}/`, ["--max-time", "3"]).then(
    () => true,
    () => false,
  );
}

async function wanCable(home: Home): Promise<void> {
  const { tail } = home;
  await home.router.plug("wan", false);
  await until({ what: "loss of the internet", within: patience, tail }, async () => !(await online(home)));
  await home.router.plug("wan", true);
  await until({ what: "return of the internet", within: patience, tail }, () => online(home));
  expect((await home.client1.source()).address).toBe(await wanAddress(home));
}

/** The clients forget their leases and ask in the other order, so that only the router's memory can give the same. */
async function reboot(home: Home): Promise<void> {
  const { tail } = home;
  const before = await addresses(home);
  for (const client of home.clients) await client.powerOff();
  await home.router.reboot();
  for (const client of home.clients.toReversed()) {
    client.powerOn();
    await client.leased(patience, tail);
  }
  expect(await addresses(home)).toEqual(before);
  await until({ what: "the internet after the reboot", within: patience, tail }, () => online(home));
}

async function addresses(home: Home): Promise<string[]> {
  const leases = await Promise.all(home.clients.map((client) => client.leased(patience, home.tail)));
  return leases.map(({ address }) => address);
}
