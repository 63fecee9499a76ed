/**
 * What the NAT costs, in network namespaces on this machine's kernel: `nat.ts [--rounds 5] [--seconds 1.5] [--write]`. Rounds go
 * through the carriers in turn, so that what disturbs the machine disturbs all of them. `--write` puts the table into README.md.
 */
import { parseArgs } from "node:util";
import { bulk } from "./bulk.ts";
import { CARRIERS, type Carrier, Course } from "./carriers.ts";
import { latency } from "./latency.ts";
import { BINDINGS, memory } from "./memory.ts";
import { newConnections, newUdpFlows } from "./new-flows.ts";
import { writeReadme } from "./readme.ts";
import { type Row, table } from "./report.ts";
import { type Result, summarise, write } from "./series.ts";
import { smallPackets } from "./small-packets.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "1.5" },
    write: { type: "boolean", default: false },
  },
});
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);

interface Metric {
  name: string;
  unit: string;
}

interface Measurement {
  metrics: Metric[];
  /** Of each metric one value. */
  measure(course: Course): Promise<number[]> | number[];
  /** Whether flows used before would spoil it. */
  needsFreshCourse: boolean;
  carriers: readonly Carrier[];
}

const DECIDING = CARRIERS.filter((carrier) => carrier !== "untapped");

function bulkOf(name: string, flows: number, isDown: boolean): Measurement {
  const measure = (course: Course) => bulk(course, Math.ceil(seconds), flows, isDown);
  return { metrics: [{ name, unit: "Gbit/s" }], measure, needsFreshCourse: false, carriers: CARRIERS };
}

function smallPacketsOf(name: string, flows: number, isDown: boolean): Measurement {
  const metrics = [
    { name, unit: "kpps" },
    // Forgives a busy machine: only what the thread that sends and forwards has got counts.
    { name: `${name}, by CPU time`, unit: "kpps" },
    { name: `${name}, CPU of all`, unit: "µs/packet" },
  ];
  const measure = (course: Course) => smallPackets(course, seconds, flows, isDown);
  return { metrics, measure, needsFreshCourse: false, carriers: CARRIERS };
}

const MEASUREMENTS: Measurement[] = [
  bulkOf("bulk TCP up, 1 flow", 1, false),
  bulkOf("bulk TCP up, 8 flows", 8, false),
  bulkOf("bulk TCP down, 1 flow", 1, true),
  bulkOf("bulk TCP down, 8 flows", 8, true),
  smallPacketsOf("64-byte UDP up, 1 flow", 1, false),
  smallPacketsOf("64-byte UDP up, 1000 flows", 1000, false),
  smallPacketsOf("64-byte UDP down, 1 flow", 1, true),
  {
    metrics: ["first packet, median", "first packet, p99", "later packet, median", "later packet, p99"].map(
      (name) => ({ name: `delay of a ${name}`, unit: "µs" }),
    ),
    measure: latency,
    needsFreshCourse: true,
    carriers: DECIDING,
  },
  {
    metrics: [{ name: "new TCP connections", unit: "1000/s" }],
    measure: (course) => newConnections(course, seconds),
    needsFreshCourse: true,
    carriers: DECIDING,
  },
  {
    metrics: [
      { name: "new UDP flows", unit: "1000/s" },
      { name: "new UDP flows, first packets lost", unit: "" },
    ],
    measure: (course) => newUdpFlows(course, seconds),
    needsFreshCourse: true,
    carriers: DECIDING,
  },
];

/** By metric and carrier, one value a round. */
const series = new Map<string, number[]>();
const seriesOf = (metric: string, carrier: string) => series.get(`${metric}, ${carrier}`) ?? [];

const started = performance.now();
const lasting = new Map<Carrier, Course>();
for (const carrier of CARRIERS) lasting.set(carrier, await Course.open(carrier));
for (let round = 1; round <= rounds; round++) {
  for (const measurement of MEASUREMENTS) {
    for (const carrier of measurement.carriers) await take(measurement, carrier, round);
  }
}
for (const course of lasting.values()) await course.close();
const sizes: number[][] = [];
for (let round = 1; round <= Math.min(rounds, 3); round++) {
  progress(round, `memory with ${BINDINGS} bindings`, "offload");
  sizes.push(await memory());
}
report();

async function take({ metrics, measure, needsFreshCourse }: Measurement, carrier: Carrier, round: number) {
  progress(round, metrics[0]!.name, carrier);
  const course = needsFreshCourse ? await Course.open(carrier) : lasting.get(carrier)!;
  const measured = await measure(course);
  if (needsFreshCourse) await course.close();
  metrics.forEach(({ name }, i) => {
    series.set(`${name}, ${carrier}`, [...seriesOf(name, carrier), measured[i]!]);
  });
}

function progress(round: number, what: string, carrier: Carrier): void {
  const elapsed = Math.round((performance.now() - started) / 1000);
  console.error(`${elapsed} s  round ${round} of ${rounds}  ${what}: ${carrier}`);
}

function report(): void {
  const rows = MEASUREMENTS.flatMap(({ metrics, carriers }) =>
    metrics.map((metric) => rowOf(metric, carriers)),
  );
  const memoryRows = BINDINGS.map((bindings, i) =>
    memoryRow(
      bindings,
      sizes.map((each) => each[i]!),
    ),
  );
  const results = [...rows, ...memoryRows].flatMap(({ cells }) => cells.flatMap(({ results }) => results));
  write("nat", results);
  const text = table([...rows, ...memoryRows], rounds, seconds);
  console.log(text);
  if (options.write) writeReadme("bench-nat", text);
}

/** One metric of every carrier, compared with both baselines in the same rounds. */
function rowOf({ name, unit }: Metric, carriers: readonly Carrier[]): Row {
  const cells = carriers.map((carrier) => {
    const of = (baseline: Carrier): Result =>
      summarise(`${name}, ${carrier}`, unit, seriesOf(name, carrier), baseline, seriesOf(name, baseline));
    return { carrier, results: [of("masquerade"), of("plain")] };
  });
  return { name, unit, cells };
}

function memoryRow(bindings: number, values: readonly number[]): Row {
  const name = `memory of the data plane, ${bindings} binding${bindings === 1 ? "" : "s"}`;
  const result = summarise(
    name,
    "MB",
    values,
    "1 binding",
    sizes.map((each) => each[0]!),
  );
  return { name, unit: "MB", cells: [{ carrier: "offload", results: [result] }] };
}
