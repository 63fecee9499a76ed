/**
 * The lab: `lab.ts [--native]` brings it up and stays; `lab.ts shell HOST [COMMAND…]` and `lab.ts capture LINK [FILE]`
 * work with the one that runs.
 */
import { createWriteStream } from "node:fs";
import { Home } from "./home.ts";
import { Machine } from "./machine.ts";
import type { Namespaces } from "./namespaces.ts";
import { Native } from "./native.ts";
import { publishPage } from "./publish.ts";
import type { Router } from "./router.ts";
import { announce, capture, hostOfRunningLab, withdraw } from "./running-lab.ts";
import { printStep } from "./step.ts";
import { topology } from "./topology.ts";

const usage = `usage: lab.ts [--native]               bring the lab up and stay until Ctrl-C
       lab.ts shell HOST [COMMAND…]   a shell, or one command, as a host of the running lab
       lab.ts capture LINK [FILE]     packets on a link, as pcap, to a file or to standard output`;

async function up(make: (namespaces: Namespaces) => Router): Promise<void> {
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
  const home = await Home.build(make, printStep);
  announce(home.namespaces);
  try {
    await Promise.race([interrupted, serve(home).then(() => interrupted)]);
    console.log("\ntaking the lab down");
  } finally {
    withdraw();
    await home.close();
  }
}

/** Power on, a lease for each client, the page on this machine. */
async function serve(home: Home): Promise<void> {
  const begin = performance.now();
  await home.router.start();
  for (const client of home.clients) client.powerOn();
  for (const client of home.clients) {
    const { address } = await client.leased(180_000, home.tail);
    printStep(`power-on to the lease of ${client.name}, ${address}`, performance.now() - begin);
  }
  const { router } = await home.client1.leased(1000);
  console.log(guide(await publishPage(home.namespaces, home.client1, router), home.router));
}

function guide(page: string, router: Router): string {
  const { web, stun, iperf } = topology.internet;
  const log = router.kind === "machine" ? "\n  the router's console   tail -f build/lab/console.log" : "";
  return `
The lab is up: ${page} is the router's page, as client1 sees it.

  a shell as a client    make lab-shell AT=client1    (or client2, provider)
  one command            bun qemu/lab.ts shell client1 curl http://${web.name}/source
  a browser as a client  bun qemu/lab.ts shell client1 chromium --no-sandbox http://${web.name}/
  packets on a link      bun qemu/lab.ts capture wan wan.pcap    (wan, lan1 or lan2; without a file: to a pipe)${log}

  out there              http://${web.name}/  stun ${stun.address}  iperf3 -c ${iperf.name}

Ctrl-C takes it down.`;
}

/** Runs a command with this terminal's input and output; its status becomes ours. */
async function attach(command: readonly string[]): Promise<never> {
  const child = Bun.spawn([...command], { stdio: ["inherit", "inherit", "inherit"] });
  // Ctrl-C is meant for the command, which gets it from the terminal itself.
  process.on("SIGINT", () => {});
  process.exit(await child.exited);
}

async function record(link: string, file: string | undefined): Promise<void> {
  const child = Bun.spawn(capture(link), { stdio: ["ignore", "pipe", "inherit"] });
  process.on("SIGINT", () => child.kill());
  const sink = file === undefined ? process.stdout : createWriteStream(file);
  for await (const chunk of child.stdout) sink.write(chunk);
}

const [verb, name, ...rest] = process.argv.slice(2);
try {
  if (verb === undefined) await up((namespaces) => new Machine(namespaces));
  else if (verb === "--native") await up((namespaces) => new Native(namespaces));
  else if (verb === "shell" && name) {
    await attach([...hostOfRunningLab(name).prefix, ...(rest.length ? rest : [process.env.SHELL ?? "bash"])]);
  } else if (verb === "capture" && name) await record(name, rest[0]);
  else {
    console.error(usage);
    process.exit(2);
  }
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
