import { expect } from "bun:test";
import type { Home } from "@gatehouse/qemu/home.ts";
import { topology } from "@gatehouse/qemu/topology.ts";
import { until } from "@gatehouse/qemu/wait.ts";
import type { Config } from "../../runtime/src/config/schema.ts";
import { Visitor } from "./owner.ts";
import { patience, type Scenario } from "./scenarios.ts";

const { web } = topology.internet;

/** Not a network that is chosen automatically. */
const ADDRESS = "10.11.12.1";

/** Changes that cut their maker off, none of them confirmed, and the way back. */
export const addressNotConfirmed: Scenario = {
  name: "another address for the router: the home follows, nobody confirms, and all is as it was after the time for it",
  async check(home) {
    const before = await addresses(home);
    const { answer } = await change(home, moveHome);
    expect(answer).toMatchObject({ status: 200, body: { revision: null, trial: { address: ADDRESS } } });
    await followed(home, ADDRESS);
    await returned(home, before, "nobody confirmed it in time");
  },
};

export const rebootWithinTheWindow: Scenario = {
  name: "a reboot while a change waits for its confirmation brings the former configuration back at once",
  async check(home) {
    const before = await addresses(home);
    await change(home, moveHome);
    await followed(home, ADDRESS);
    await home.router.reboot();
    await returned(home, before, "the router started again before it was confirmed");
  },
};

export function moveHome({ lans: [home] }: Config): void {
  home!.address = `${ADDRESS}/24`;
}

/** The owner, on client1, changes the document; the answer, and who asked. */
export async function change({ client1, tail }: Home, alter: (config: Config) => void) {
  const owner = await Visitor.at(client1, tail);
  expect((await owner.signIn()).status).toBe(200);
  const { document, revision } = (await owner.ask("configuration")).body;
  alter(document);
  const answer = await owner.tell("PUT", "configuration", { document, revision, why: "a test" });
  return { owner, answer, document };
}

/** Where the clients have their router, once both have a lease. */
export async function addresses(home: Home): Promise<string[]> {
  const leases = await Promise.all(home.clients.map((client) => client.leased(patience, home.tail)));
  return leases.map(({ router }) => router);
}

/** Waits until client1's router is `address`, and answers there. */
export async function followed({ client1, tail }: Home, address: string): Promise<void> {
  await until({ what: `the router at ${address}`, within: patience, tail }, async () => {
    if ((await client1.lease())?.router !== address) {
      await client1.place.run(["dhcpcd", "-4", "--rebind", "eth0"], { mayFail: true });
      return false;
    }
    return client1.ping(address);
  });
}

/** Waits until client1 has its router and the Internet where they were, and the page says why. */
export async function returned(home: Home, before: readonly string[], reason: string): Promise<void> {
  const { client1, tail } = home;
  await followed(home, before[0]!);
  await until({ what: "the Internet", within: patience, tail }, () =>
    client1.fetch(`http://${web.address}/`, ["--max-time", "3"]).then(
      () => true,
      () => false,
    ),
  );
  const status = JSON.parse(await client1.fetch(`http://${before[0]}/api/status`));
  expect(status.trial).toBeNull();
  expect(status.notices.map(({ text }: { text: string }) => text)).toContain(
    `The change “a test” was taken back: ${reason}.`,
  );
}
