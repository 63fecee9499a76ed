/** The whole runtime dies piece by piece while the home is busy: the product's executable, next to a real systemd-networkd. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Home } from "@gatehouse/qemu/home.ts";
import { Native } from "@gatehouse/qemu/native.ts";
import type { Place } from "@gatehouse/qemu/place.ts";
import { link, topology } from "@gatehouse/qemu/topology.ts";
import { until } from "@gatehouse/qemu/wait.ts";
import { patience } from "../e2e/scenarios.ts";
import { BusyHome, DIRECTIONS, figures, ONLY_THE_CANARY, type Scene } from "./busy-home.ts";
import { allowance, type Outage, recoveryOf } from "./outage.ts";
import { type Launch, wallClock } from "./program.ts";

setDefaultTimeout(180_000);

/** Milliseconds that a process stays away. */
const OUTAGE = 400;
/** A control plane asks networkd, waits for links and loads a configuration before it has anything to tell the data plane. */
const WITH_CONTROL_PLANE = 5;

let native: Native;
let home: Home;

beforeAll(async () => {
  home = await Home.build((namespaces) => {
    native = new Native(namespaces);
    return native;
  });
  await home.router.start();
  for (const client of home.clients) client.powerOn();
});

afterAll(() => home?.close());

test("killed and started again: control plane, data plane, both at once", async () => {
  const busy = await BusyHome.open(await sceneOf(home), { kind: "everything", sources: 1, rate: 2000 });
  await busy.answers(wallClock());
  const outages: Outage[] = [];
  let allowed = 0;
  for (const roles of [["run"], ["dataplane"], ["dataplane", "run"]] as const) {
    allowed = Math.max(allowed, await allowance());
    await native.kill(...roles);
    const gone = wallClock();
    await until({ what: "end of the outage", within: 5000 }, () => wallClock() > gone + OUTAGE);
    const started = wallClock();
    native.revive(...roles);
    outages.push(await busy.recovers(gone, started));
  }
  const report = await busy.finish();
  const { streams, flows, crossed } = report;
  const [control, data, both] = outages.map((outage) => recoveryOf(flows, outage));
  const firstAnswers = [data, both].map((recovery) => recovery?.firstAnswer);
  console.log(`router: ${figures(report)}; first answers ${firstAnswers} of ${allowed.toFixed(0)} ms`);
  // Without a control plane new flows work as before. The next one tells the data plane its configuration anew, and on kernels
  // without nft's queue statement the rules that ask the engine are a moment later there than the others (nat-table.ts).
  const { gone, started, over } = outages[0]!;
  const unanswered = flows.filter(({ at, latency }) => at > gone && at < over && latency === null);
  const times = unanswered.map(({ at }) => at);
  expect([times.filter((at) => at < started), control!.begunWithout > 10]).toEqual([[], true]);
  if (times.length > 0) expect(times.at(-1)! - times[0]!).toBeLessThan(0.2 * allowed);
  expect([data!.answeredWithout, both!.answeredWithout, data!.late, both!.late]).toEqual([0, 0, 0, 0]);
  expect(data!.firstAnswer).toBeLessThan(allowed);
  expect(both!.firstAnswer).toBeLessThan(WITH_CONTROL_PLANE * allowed);
  expect([streams.directions, streams.faults, streams.datagrams.lost]).toEqual([DIRECTIONS, [], []]);
  expect(streams.datagrams.sources).toHaveLength(1);
  expect(streams.largestGap).toBeLessThan(allowed);
  expect({ private: crossed.private, lost: crossed.lost }).toEqual({ private: ONLY_THE_CANARY, lost: 0 });
});

async function sceneOf({ client1, client2, namespaces, provider, tail }: Home): Promise<Scene> {
  const { peer, web } = topology.internet;
  const leases = [await client1.leased(patience, tail), await client2.leased(patience, tail)];
  const gateway = leases[0]!.router;
  for (const client of [client1, client2]) {
    await until({ what: `the internet at ${client.name}`, within: patience, tail }, () =>
      client.ping(web.address),
    );
  }
  const { stdout } = await client1.place.run(["ip", "-json", "neigh", "show", gateway]);
  const launch =
    (place: Place): Launch =>
    (command) =>
      place.start(command, command.at(-1)?.slice(0, 20));
  return {
    client1: launch(client1.place),
    client2: launch(client2.place),
    router: launch(namespaces.get("router")),
    provider: launch(provider.place),
    server: peer.address,
    access: { interface: link("wan").interface, mac: link("wan").mac },
    wan: "eth0",
    home: {
      interface: link("lan1").interface,
      mac: link("lan1").mac,
      routerMac: JSON.parse(stdout)[0].lladdr,
      nobody: gateway.replace(/\d+$/, "250"),
    },
  };
}
