import { expect } from "bun:test";
import type { Home } from "@gatehouse/qemu/home.ts";
import { link, topology } from "@gatehouse/qemu/topology.ts";
import { until } from "@gatehouse/qemu/wait.ts";
import type { TrafficTotal } from "../../runtime/src/service/traffic/source.ts";
import { Visitor } from "./owner.ts";
import type { Scenario } from "./scenarios.ts";

const { web } = topology.internet;
/** Nobody else fetches as much: an hour's sums are this page's, and little besides. */
const BYTES = 2_000_000;
/** What headers, segments that were sent twice and small pages may add. */
const MOST = 1.1 * BYTES;
const PATH = `/bytes?n=${BYTES}`;
const DEVICE = link("lan2").mac;
const HOUR = 3_600_000;
/** Milliseconds until an emulated control plane that has just started tells; one that runs takes a moment. */
const SOON = 60_000;

/** What the router tells its owner of what a device did. */
export const account: Scenario = {
  name: "what a device fetched is in the owner's account and in its capture, also when the control plane has started again",
  check: accounted,
};

/** To be checked after `account` and a reboot, however sudden: the control plane's restart has written all to the disk. */
export const remembered: Scenario = {
  name: "after the reboot the account still has what the device fetched before",
  async check(home) {
    const owner = await Visitor.at(home.client1, home.tail);
    await accountOf(home, owner);
  },
};

async function accounted(home: Home): Promise<void> {
  const { client1, client2, router, tail } = home;
  const [owner, guest] = [await Visitor.at(client1, tail), await Visitor.at(client2, tail)];
  await client2.fetch(`http://${web.name}${PATH}`, ["--output", "/dev/null", "--max-time", "60"]);
  await accountOf(home, owner);
  expect(await requests(owner)).toEqual([`${web.name}${PATH}`]);
  for (const path of ["traffic/totals", "captures/file"])
    expect(await guest.ask(path)).toMatchObject({ status: 401 });
  await router.restartControlPlane();
  await accountOf(home, owner);
  expect(await requests(owner)).toEqual([`${web.name}${PATH}`]);
}

/** Waits until the last hour's account has the device's page, and looks at whether it has it once. */
async function accountOf({ tail }: Home, owner: Visitor): Promise<void> {
  const total = await until({ what: "account of the page", within: SOON, tail }, async () => {
    // Whoever was signed in is not any more when the control plane starts again.
    await owner.signIn();
    const { time } = (await owner.ask("status")).body;
    const range = `from=${time - HOUR}&to=${time}&device=${DEVICE}&by=remote`;
    const totals: TrafficTotal[] = (await owner.ask(`traffic/totals?${range}`)).body;
    return totals.find(({ key, down }) => key.remote === web.address && down >= BYTES);
  });
  expect(total).toMatchObject({ key: { name: web.name } });
  expect(total.down).toBeLessThan(MOST);
}

/** The requests for the page in the device's capture; throws what tshark complains of in it. */
async function requests(owner: Visitor): Promise<string[]> {
  const file = await owner.download(`captures/file?device=${DEVICE}`);
  const filter = `http.request.uri == "${PATH}"`;
  const words = ["-r", file, "-Y", filter, "-T", "fields", "-e", "http.host", "-e", "http.request.uri"];
  const { stdout, stderr } = await owner.place.run(["tshark", ...words, "-E", "separator=,"]);
  expect(stderr.replace(/^Running as user.*\n/m, "")).toBe("");
  return stdout
    .trim()
    .split("\n")
    .map((line) => line.replace(",", ""));
}
