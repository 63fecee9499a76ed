/** Brings the lab up, follows a client from power-on to a fetched page, takes the lab down; the status tells the outcome. */
import { mkdirSync } from "node:fs";
import { Home } from "./home.ts";
import { Machine } from "./machine.ts";
import { Native } from "./native.ts";
import { printStep } from "./step.ts";
import { built } from "./toolbox.ts";
import { topology } from "./topology.ts";
import { until } from "./wait.ts";

/** A figure as every bench verb writes it. */
interface Figure {
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline: string | null;
  readonly ratio: number | null;
  readonly rounds: number;
  readonly spread: number | null;
}

async function follow(home: Home, record: (step: string) => void): Promise<void> {
  const { client1: client } = home;
  const { web } = topology.internet;
  const { tail } = home;
  client.powerOn();
  await home.router.start();
  const { address } = await client.leased(180_000, tail);
  record("power-on to first lease");
  await until({ what: `address of ${web.name}`, within: 60_000, tail }, async () => {
    return (await client.resolve(web.name)).includes(web.address);
  });
  record("power-on to first name resolved");
  await until({ what: `page of ${web.name}`, within: 60_000, tail }, () =>
    client.fetch(`http://${web.name}/`),
  );
  record("power-on to first page fetched");
  const seen = await client.source();
  console.log(`${client.name} has ${address}; ${web.name} sees it as ${seen.address}:${seen.port}`);
}

function carrier({ router }: Home): string {
  return router instanceof Machine ? router.accelerator : router.kind;
}

async function check(native: boolean): Promise<void> {
  const figures: Figure[] = [];
  const home = await Home.build(
    (namespaces) => (native ? new Native(namespaces) : new Machine(namespaces)),
    printStep,
  );
  const begin = performance.now();
  try {
    await follow(home, (step) => {
      const duration = performance.now() - begin;
      printStep(step, duration);
      const metric = `${step} (${carrier(home)})`;
      const value = Math.round(duration / 100) / 10;
      figures.push({ metric, value, unit: "s", baseline: null, ratio: null, rounds: 1, spread: null });
    });
  } finally {
    await home.close();
  }
  mkdirSync(built("bench"), { recursive: true });
  await Bun.write(built("bench/lab.json"), `${JSON.stringify(figures, null, 2)}\n`);
}

try {
  await check(process.argv.includes("--native"));
  console.log("lab-check: a client got from power-on to a page");
  process.exit(0);
} catch (error) {
  console.error(`lab-check: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
