import type { Home } from "@gatehouse/qemu/home.ts";
import { launchBrowser } from "../harness/browser.ts";
import { patience, type Scenario } from "./scenarios.ts";

/** What the owner sees, in a real browser on a client. */
export const page: Scenario = {
  name: "the router's page, in a browser on a client, shows both clients",
  check: showsClients,
};

async function showsClients(home: Home): Promise<void> {
  const { client1 } = home;
  const leases = await Promise.all(home.clients.map((client) => client.leased(1000)));
  await using browser = await launchBrowser({ prefix: client1.place.prefix });
  const view = await browser.newPage();
  await view.goto(`http://${leases[0]!.router}/`, { timeout: patience });
  const shown = (text: string) =>
    view.getByText(text).filter({ visible: true }).first().waitFor({ timeout: 60_000 });
  for (const { name } of home.clients) await shown(name);
  await view.goto(`http://${leases[0]!.router}/devices`, { timeout: patience });
  for (const [index, { name }] of home.clients.entries()) {
    await shown(name);
    await shown(leases[index]!.address);
  }
}
