import { bulk } from "./bulk.ts";
import { Course } from "./carriers.ts";
import { plain, type Result, summarise } from "./series.ts";
import { smallPackets } from "./small-packets.ts";
import { TAP_MODES, TapCourse, type TapMode, type TapReport } from "./tap-course.ts";

const BULK_SECONDS = 1;
/** Long enough that the compiler's work does not show. */
const FLOOD_SECONDS = 3;

interface Measure {
  name: string;
  unit: string;
  modes: readonly TapMode[];
  /** For a second of processor time of those who send, receive and forward. */
  measure(course: Course): Promise<number>;
}

const MEASURES: Measure[] = [
  {
    name: "bulk TCP up",
    unit: "Gbit/s",
    modes: TAP_MODES,
    measure: async (course) => (await bulk(course, BULK_SECONDS, 1, false))[1]!,
  },
  {
    name: "bulk TCP down",
    unit: "Gbit/s",
    modes: TAP_MODES,
    measure: async (course) => (await bulk(course, BULK_SECONDS, 1, true))[1]!,
  },
  {
    name: "64-byte UDP",
    unit: "kpps",
    modes: ["off", "counters", "all"],
    measure: async (course) => (await smallPackets(course, FLOOD_SECONDS, 1, false))[1]!,
  },
];

/** How fast packets are forwarded beside a tap, compared with none, and what the tap itself took and lost. */
export interface Forwarding {
  mode: TapMode;
  speed: Result;
  tap?: { cpu: Result; lost: Result };
}

/** One kind of traffic with every tap that it was measured with. */
export interface ForwardingRow {
  name: string;
  unit: string;
  forwardings: Forwarding[];
}

/** The kernel forwards plainly, in turn without a tap and with taps that do more and more. */
export async function forwarding(rounds: number): Promise<ForwardingRow[]> {
  const course = await Course.open("plain");
  try {
    const rows: ForwardingRow[] = [];
    for (const measure of MEASURES) rows.push(await forwardingRow(course, measure, rounds));
    return rows;
  } finally {
    await course.close();
  }
}

/** Values of one mode, round by round. */
interface Series {
  mode: TapMode;
  speed: number[];
  reports: TapReport[];
}

async function forwardingRow(course: Course, { name, unit, modes, measure }: Measure, rounds: number) {
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
  const forwardings = series.map(
    ({ mode, speed, reports }): Forwarding => ({
      mode,
      speed: summarise(`${name}, ${mode}`, `${unit} of CPU`, speed, "off", off),
      ...(reports.length > 0 && { tap: costs(`${name}, ${mode}`, reports) }),
    }),
  );
  return { name, unit, forwardings };
}

/** What the taps themselves took and lost. */
function costs(name: string, reports: readonly TapReport[]): { cpu: Result; lost: Result } {
  const cpu = reports.map(({ frames, cpuMicroseconds }) => cpuMicroseconds / frames);
  const lost = reports.map(({ frames, dropped }) => (dropped * 100) / (frames + dropped));
  return { cpu: plain(`${name}, the tap`, "µs/frame", cpu), lost: plain(`${name}, lost`, "%", lost) };
}
