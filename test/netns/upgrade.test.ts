/** A new executable takes the data plane over from the old one, as systemd would have it. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { built, checkout } from "@gatehouse/qemu/toolbox.ts";
import { Glob } from "bun";
import { connectDataplane, type DataplaneClient } from "../../runtime/src/service/dataplane/client.ts";
import type { Report } from "../../runtime/src/service/dataplane/protocol.ts";
import { BusyHome, DIRECTIONS, figures, ONLY_THE_CANARY } from "./busy-home.ts";
import { until } from "./linux-namespace.ts";
import { allowance, type Outage, recoveryOf } from "./outage.ts";
import { wallClock } from "./program.ts";
import { sceneOf } from "./scene.ts";
import { LAN_ADDRESS, Topology, WAN_ADDRESS } from "./topology.ts";

setDefaultTimeout(60_000);

/** Milliseconds for a process to say that it cannot run. */
const PATIENCE = 10_000;
/** systemd waits as long before it starts the service again (RestartSec). */
const RESTART = 100;

const folder = mkdtempSync(join(tmpdir(), "gatehouse-upgrade-"));
const versions = { old: built("gatehouse"), next: join(folder, "gatehouse") };
const net = new Topology();
const reports: Report[] = [];
let client: DataplaneClient;
let running: Bun.Subprocess<"ignore", "inherit", "pipe">;

beforeAll(async () => {
  if (!existsSync(versions.old)) throw new Error(`${versions.old} is missing: run 'make build' first`);
  await compile(versions.next);
  running = start("old");
  client = connectDataplane({
    socketPath: join(folder, "dataplane.sock"),
    onMessage: (report) => void reports.push(report),
  });
  client.configure({
    wan: { interface: "wan0", address: WAN_ADDRESS },
    lans: [{ interface: "br-lan", address: `${LAN_ADDRESS}/24` }],
    path: "offload",
  });
  await until("the data plane is configured", () => reports.some(({ type }) => type === "configured"));
});

afterAll(async () => {
  client.close();
  running.kill("SIGKILL");
  await running.exited;
  net.close();
  rmSync(folder, { recursive: true });
});

test("the new one refuses to run beside the old one, is let in when that has stopped, and nobody notices", async () => {
  const home = await BusyHome.open(sceneOf(net), { kind: "everything", sources: 1, rate: 2000 });
  await home.answers(wallClock());

  const second = start("next", PATIENCE);
  expect([await second.exited, await new Response(second.stderr).text()]).toEqual([
    1,
    expect.stringMatching(/another data plane serves .*dataplane\.sock/),
  ]);
  const beside = wallClock();
  await home.answers(beside);

  const outages: Outage[] = [];
  let allowed = 0;
  for (const version of ["next", "old", "next"] as const) {
    allowed = Math.max(allowed, await allowance());
    running.kill("SIGTERM");
    await running.exited;
    const gone = wallClock();
    await until("systemd starts it again", () => wallClock() > gone + RESTART);
    const started = wallClock();
    running = start(version);
    outages.push(await home.recovers(gone, started));
  }
  const { rows } = await client.list("bindings");
  const report = await home.finish();
  const { streams, flows, crossed } = report;
  const recoveries = outages.map((outage) => recoveryOf(flows, outage));
  const firstAnswers = recoveries.map(({ firstAnswer }) => firstAnswer);
  console.log(`upgrade: ${figures(report)}; first answers ${firstAnswers} of ${allowed.toFixed(0)} ms`);
  expect(recoveries.map(({ late }) => late)).toEqual([0, 0, 0]);
  expect(Math.max(...firstAnswers)).toBeLessThan(allowed);
  expect(flows.filter(({ at, latency }) => at < beside && latency === null)).toEqual([]);
  expect([streams.directions, streams.faults, streams.datagrams.lost]).toEqual([DIRECTIONS, [], []]);
  expect(streams.datagrams.sources).toHaveLength(1);
  const kept = rows.map(({ transport, externalPort }) => `${transport} ${WAN_ADDRESS}:${externalPort}`);
  expect(kept).toContain(`udp ${streams.datagrams.sources[0]}`);
  expect(streams.largestGap).toBeLessThan(allowed);
  expect({ private: crossed.private, lost: crossed.lost }).toEqual({ private: ONLY_THE_CANARY, lost: 0 });
});

/** Starts the data plane; one that still runs after `timeout` milliseconds is told to end. */
function start(version: keyof typeof versions, timeout = 0) {
  const environment = { ...process.env, GATEHOUSE_RUN: folder };
  const words = ["setpriv", "--pdeathsig=KILL", "--", versions[version], "dataplane"];
  return net.router.run(() =>
    Bun.spawn(words, { env: environment, stdio: ["ignore", "inherit", "pipe"], timeout }),
  );
}

/** Another executable from this source: not minified and without bytecode, so that it is not the same one. */
async function compile(outfile: string): Promise<void> {
  const workers = [...new Glob("runtime/src/**/*.worker.ts").scanSync(checkout)];
  const options = ["--compile", "--format=esm", "--entry-naming=[name].[ext]", `--outfile=${outfile}`];
  const child = Bun.spawn([process.execPath, "build", ...options, "runtime/src/main.ts", ...workers], {
    cwd: checkout,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if ((await child.exited) !== 0) throw new Error("the second executable was not compiled");
}
