/**
 * What the tap costs, in network namespaces on this machine's kernel: `tap.ts [rounds]`. Packets are forwarded plainly, in turn
 * without a tap and with taps that do more and more. Speeds are by the processor time of those who send, receive and forward.
 */
import { bulk } from "./bulk.ts";
import { Course } from "./carriers.ts";
import { median, publish, type Result, summarise } from "./series.ts";
import { smallPackets } from "./small-packets.ts";
import { TAP_MODES, TapCourse, type TapMode, type TapReport } from "./tap-course.ts";
import { tapParts } from "./tap-parts.ts";

const rounds = Number(process.argv[2] ?? 3);
const BULK_SECONDS = 1;
/** Long enough that the compiler's work does not show. */
const FLOOD_SECONDS = 3;

interface Measure {
  name: string;
  unit: string;
  modes: readonly TapMode[];
  measure(course: Course): Promise<number>;
}

const MEASURES: Measure[] = [
  {
    name: "bulk TCP up",
    unit: "Gbit/s of CPU",
    modes: TAP_MODES,
    measure: async (course) => (await bulk(course, BULK_SECONDS, 1, false))[1]!,
  },
  {
    name: "bulk TCP down",
    unit: "Gbit/s of CPU",
    modes: TAP_MODES,
    measure: async (course) => (await bulk(course, BULK_SECONDS, 1, true))[1]!,
  },
  {
    name: "64-byte UDP",
    unit: "kpps of CPU",
    modes: ["off", "counters", "all"],
    measure: async (course) => (await smallPackets(course, FLOOD_SECONDS, 1, false))[1]!,
  },
];

/** Values of one mode, round by round. */
interface Series {
  mode: TapMode;
  speed: number[];
  reports: TapReport[];
}

async function forwarding(course: Course, { name, unit, modes, measure }: Measure): Promise<Result[]> {
  const series = modes.map((mode): Series => ({ mode, speed: [], reports: [] }));
  for (let round = 0; round < rounds; round++) {
    for (const { mode, speed, reports } of series) {
      const tapped = await TapCourse.open(course, mode);
      speed.push(await measure(course));
      const report = await tapped.close();
      if (report !== undefined) reports.push(report);
    }
  }
  const off = series[0]!.speed;
  return series.flatMap(({ mode, speed, reports }) => [
    summarise(`${name}, ${mode}`, unit, speed, "off", off),
    ...(reports.length === 0 ? [] : costs(`${name}, ${mode}`, reports)),
  ]);
}

/** What the taps themselves took and lost. */
function costs(name: string, reports: readonly TapReport[]): Result[] {
  const cpu = reports.map(({ frames, cpuMicroseconds }) => cpuMicroseconds / frames);
  const lost = reports.map(({ frames, dropped }) => (dropped * 100) / (frames + dropped));
  return [plain(`${name}, the tap`, "µs/frame", median(cpu)), plain(`${name}, lost`, "%", median(lost))];
}

function plain(metric: string, unit: string, value: number): Result {
  return { metric, value, unit, baseline: null, ratio: null, rounds, spread: null };
}

function parts(): Result[] {
  return [64, 1514, 65_226].flatMap((length) =>
    tapParts(length).map(([part, value]) => plain(`${length} bytes, ${part}`, "ns/frame", value)),
  );
}

const course = await Course.open("plain");
try {
  const results = parts();
  for (const measure of MEASURES) results.push(...(await forwarding(course, measure)));
  publish("tap", results);
} finally {
  await course.close();
}
