/**
 * Throughput from the home to the provider, in network namespaces on this machine's kernel: `nat.ts [rounds] [seconds]`.
 * Rounds go through the carriers in turn, so that what disturbs the machine disturbs all of them.
 */
import { join } from "node:path";
import { SERVER } from "../netns/topology.ts";
import { CARRIERS, type Carrier, Course, SINK_PORT } from "./carriers.ts";
import { publish, summarise } from "./series.ts";

const rounds = Number(process.argv[2] ?? 5);
const seconds = Number(process.argv[3] ?? 2);
const BASELINE: Carrier = "masquerade";

const MEASUREMENTS = [
  { metric: "bulk TCP up", unit: "Gbit/s", measure: (course: Course) => bulk(course, []) },
  { metric: "bulk TCP down", unit: "Gbit/s", measure: (course: Course) => bulk(course, ["--reverse"]) },
  { metric: "64-byte UDP up", unit: "kpps", measure: flood },
];

const courses = new Map<Carrier, Course>();
for (const carrier of CARRIERS) courses.set(carrier, await Course.open(carrier));
const values = new Map<string, number[]>();
for (let round = 0; round < rounds; round++) {
  console.error(`round ${round + 1} of ${rounds}`);
  for (const { metric, measure } of MEASUREMENTS) {
    for (const [carrier, course] of courses) {
      const key = `${metric}, ${carrier}`;
      values.set(key, [...(values.get(key) ?? []), await measure(course)]);
    }
  }
}
const results = MEASUREMENTS.flatMap(({ metric, unit }) =>
  CARRIERS.map((carrier) => {
    const of = (name: Carrier) => values.get(`${metric}, ${name}`) ?? [];
    return summarise(`${metric}, ${carrier}`, unit, of(carrier), BASELINE, of(BASELINE));
  }),
);
publish("nat", results);
for (const course of courses.values()) await course.close();

/** Gbit/s of one TCP connection, as its receiver counts. */
async function bulk({ net }: Course, options: string[]): Promise<number> {
  const server = net.provider.run(() =>
    Bun.spawn(["iperf3", "--server", "--one-off", "--bind", SERVER], {
      stdio: ["ignore", "ignore", "ignore"],
    }),
  );
  const words = ["iperf3", "--client", SERVER, "--time", `${seconds}`, "--json", ...options];
  for (let attempt = 0; ; attempt++) {
    const client = net.client1.run(() => Bun.spawn(words, { stdio: ["ignore", "pipe", "ignore"] }));
    const report = await new Response(client.stdout).json();
    if (report.error === undefined) {
      await server.exited;
      return report.end.sum_received.bits_per_second / 1e9;
    }
    // The server may not listen yet.
    if (attempt === 50) throw new Error(`iperf3: ${report.error}`);
    await Bun.sleep(20);
  }
}

/** Thousands of packets a second that arrive while one core sends. */
async function flood(course: Course): Promise<number> {
  const program = join(import.meta.dir, "flood.ts");
  const words = [process.execPath, program, SERVER, `${SINK_PORT}`, `${seconds + 1}`];
  const sender = course.net.client1.run(() => Bun.spawn(words, { stdio: ["ignore", "inherit", "inherit"] }));
  while (course.arrived() < 10_000) await Bun.sleep(10);
  await Bun.sleep(300);
  const [before, start] = [course.arrived(), performance.now()];
  await Bun.sleep(seconds * 500);
  const rate = (course.arrived() - before) / (performance.now() - start);
  sender.kill();
  await sender.exited;
  return rate;
}
