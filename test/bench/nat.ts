/**
 * Throughput from the home to the provider, in network namespaces on this machine's kernel: `nat.ts [rounds] [seconds]`.
 * Rounds go through the carriers in turn, so that what disturbs the machine disturbs all of them.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SERVER } from "../netns/topology.ts";
import { CARRIERS, type Carrier, Course, SINK_PORT } from "./carriers.ts";
import { publish, summarise } from "./series.ts";

const rounds = Number(process.argv[2] ?? 5);
const seconds = Number(process.argv[3] ?? 2);
const BASELINE: Carrier = "masquerade";

const MEASUREMENTS = [
  { metrics: ["bulk TCP up"], unit: "Gbit/s", measure: (course: Course) => bulk(course, []) },
  { metrics: ["bulk TCP down"], unit: "Gbit/s", measure: (course: Course) => bulk(course, ["--reverse"]) },
  // The second forgives a busy machine: what sends and forwards runs in one thread, and only its time counts.
  { metrics: ["64-byte UDP up", "64-byte UDP up by CPU time"], unit: "kpps", measure: flood },
];

const courses = new Map<Carrier, Course>();
for (const carrier of CARRIERS) courses.set(carrier, await Course.open(carrier));
const values = new Map<string, number[]>();
for (let round = 0; round < rounds; round++) {
  console.error(`round ${round + 1} of ${rounds}`);
  for (const { metrics, measure } of MEASUREMENTS) {
    for (const [carrier, course] of courses) {
      const measured = await measure(course);
      metrics.forEach((metric, i) => {
        const key = `${metric}, ${carrier}`;
        values.set(key, [...(values.get(key) ?? []), measured[i]!]);
      });
    }
  }
}
const results = MEASUREMENTS.flatMap(({ metrics, unit }) =>
  metrics.flatMap((metric) => {
    const of = (name: Carrier) => values.get(`${metric}, ${name}`) ?? [];
    return CARRIERS.map((carrier) =>
      summarise(`${metric}, ${carrier}`, unit, of(carrier), BASELINE, of(BASELINE)),
    );
  }),
);
publish("nat", results);
for (const course of courses.values()) await course.close();

/** Gbit/s of one TCP connection, as its receiver counts. */
async function bulk({ net }: Course, options: string[]): Promise<number[]> {
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
      return [report.end.sum_received.bits_per_second / 1e9];
    }
    // The server may not listen yet.
    if (attempt === 50) throw new Error(`iperf3: ${report.error}`);
    await Bun.sleep(20);
  }
}

/** Thousands of packets that arrive while one core sends: in a second, and in a second of the sender's CPU time. */
async function flood(course: Course): Promise<number[]> {
  const program = join(import.meta.dir, "flood.ts");
  const words = [process.execPath, program, SERVER, `${SINK_PORT}`, `${seconds + 5}`];
  const sender = course.net.client1.run(() => Bun.spawn(words, { stdio: ["ignore", "inherit", "inherit"] }));
  const sample = () => ({ arrived: course.arrived(), at: performance.now(), cpu: cpuTime(sender.pid) });
  for (const idle = course.arrived(); course.arrived() < idle + 10_000; ) await Bun.sleep(10);
  const before = sample();
  await Bun.sleep(seconds * 1000);
  const after = sample();
  sender.kill();
  await sender.exited;
  const packets = after.arrived - before.arrived;
  return [packets / (after.at - before.at), packets / (after.cpu - before.cpu)];
}

/** Milliseconds of CPU time that a process has used, in user and kernel mode. */
function cpuTime(pid: number): number {
  const CLOCK_TICK = 10;
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK;
}
