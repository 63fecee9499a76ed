import { type Mac, parseMac } from "../addr/mac.ts";
import type { Grouping, RangeQuery } from "../service/traffic/source.ts";
import { WINDOWS } from "../traffic/analysis/live-groups.ts";
import {
  DEVICE,
  type FieldFault,
  type Parameter,
  type Parameters,
  parseQuery,
  readQuery,
  unknownDevice,
  unusable,
  type Values,
  whole,
  word,
} from "./query.ts";
import type { RouterSource } from "./source.ts";
import { DOMAIN, REMOTE, service } from "./traffic-filter.ts";

const TICK_MS = 100;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** The last moment a Date can name. */
const MAX_TIME = 8_640_000_000_000_000;
const ISO_8601 = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** A chart is at most a few thousand pixels wide. */
const MAX_STEPS = 10_000;
const MAX_SUMS = 300_000;
/** Steps that are taken when none is asked for, and how many of them at most. */
const USUAL_STEPS = [100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000];
const USUAL_COARSE = [600_000, 900_000, 1_800_000, 3_600_000, 10_800_000, 21_600_000, DAY_MS];
const USUAL_COUNT = 1000;

const MAX_GROUPS = 100;
export const USUAL_GROUPS = 10;
export const MAX_TOTALS = 1000;
export const USUAL_TOTALS = 100;

/** Milliseconds since 1970, or the same moment by ISO 8601. */
function time(description: string): Parameter<number> {
  return {
    description: `${description}: milliseconds since 1970-01-01 UTC, or ISO 8601 such as 2026-11-22T18:30:00Z`,
    schema: { type: "string" },
    takes: "milliseconds since 1970-01-01 UTC, or a time such as 2026-11-22T18:30:00Z",
    parse(text) {
      const value = /^\d{1,16}$/.test(text)
        ? Number(text)
        : ISO_8601.test(text)
          ? Date.parse(text)
          : Number.NaN;
      return value >= 0 && value <= MAX_TIME ? value : undefined;
    },
  };
}

const GROUPINGS: readonly Grouping[] = ["device", "remote", "domain", "service"];

export const RANGE = {
  from: time("Begin of the range; a day before its end, unless given"),
  to: time("End of the range, excluded; now, unless given"),
  device: DEVICE,
  remote: REMOTE,
  domain: DOMAIN,
  service: service(
    "Services are known of what is in memory, at most a day, and by device: not together with remote or domain, nor grouped by these",
  ),
};
export const SERIES = {
  ...RANGE,
  step: {
    description:
      "Length of a step in milliseconds, a multiple of 100; unless given, such that there are at most 1000",
    schema: { type: "integer", minimum: TICK_MS, multipleOf: TICK_MS },
    takes: "milliseconds, a multiple of 100",
    parse: (text: string) => (/^[1-9]\d{0,12}00$/.test(text) ? Number(text) : undefined),
  },
  by: word(GROUPINGS, "Sums of each group; unless given, of all"),
  top: whole(
    1,
    MAX_GROUPS,
    "How many groups; the largest ones, and one more for what the others have",
    USUAL_GROUPS,
  ),
};
export const TOTALS = {
  ...RANGE,
  by: word(GROUPINGS, "What to group by; unless given, remote, or device where only a service is asked for"),
  top: whole(1, MAX_TOTALS, "How many groups: the largest ones", USUAL_TOTALS),
};
export const NOW = {
  by: word([...GROUPINGS, "protocol"], "What to group by; remote, unless given"),
  seconds: {
    description: "How many seconds, with the one under way; 10, unless given",
    schema: { type: "integer", enum: WINDOWS, default: WINDOWS[0] },
    takes: WINDOWS.join(" or "),
    parse: (text: string) => WINDOWS.find((seconds) => `${seconds}` === text),
  },
  top: whole(1, MAX_TOTALS, "How many groups: the largest ones", USUAL_TOTALS),
};
export const FRAME_TIMES = {
  from: time("Only frames since then"),
  to: time("Only frames before then"),
};

/** What of `parameters` a request gives, its range filled in; throws a RequestFault with all that is wrong. */
export function rangeOf<P extends Parameters & typeof RANGE>(
  source: RouterSource,
  request: Request,
  parameters: P,
): RangeQuery & Omit<Values<P>, keyof RangeQuery> {
  const { values, faults } = readQuery(new URL(request.url).searchParams, parameters);
  const { from, to, device, remote, domain, service, ...rest } = values as Values<typeof RANGE>;
  const [begin, end] = filledIn(from, to, source.status().time);
  if (begin >= end) faults.push({ field: "from", reason: `is not before the range's end, ${iso(end)}` });
  if (faults.length > 0) throw unusable(faults);
  const owner = device === undefined ? undefined : deviceOf(source, device);
  return {
    from: begin,
    to: end,
    ...(owner !== undefined && { device: owner }),
    ...(remote !== undefined && { remote }),
    ...(domain !== undefined && { domain }),
    ...(service !== undefined && { service }),
    ...(rest as Omit<Values<P>, keyof RangeQuery>),
  };
}

/** What of `parameters` a request for frames gives. */
export function selectionOf<P extends Parameters & typeof FRAME_TIMES & { device: Parameter<string> }>(
  source: RouterSource,
  request: Request,
  parameters: P,
): Omit<Values<P>, "device"> & { device?: Mac } {
  const values = parseQuery(request, parameters);
  const { device, ...rest } = values as Values<typeof RANGE>;
  const { from = 0, to = MAX_TIME } = rest;
  if (from >= to) throw unusable([{ field: "from", reason: `is not before to, ${iso(to)}` }]);
  const owner = device === undefined ? undefined : deviceOf(source, device);
  return { ...(rest as Omit<Values<P>, "device">), ...(owner !== undefined && { device: owner }) };
}

/** What totals are grouped by when nothing is asked for: places are not kept by service. */
export function usualGrouping({ service }: RangeQuery): Grouping {
  return service === undefined ? "remote" : "device";
}

/** The step that is taken when none is asked for. */
export function usualStep({ from, to }: RangeQuery): number {
  const fits = (step: number) => (to - from) / step <= USUAL_COUNT;
  return (
    [...USUAL_STEPS, ...USUAL_COARSE].find(fits) ?? Math.ceil((to - from) / USUAL_COUNT / DAY_MS) * DAY_MS
  );
}

/** What makes a series too much for one answer, or means nothing. */
export function seriesFaults(
  { from, to }: RangeQuery,
  step: number,
  by: Grouping | undefined,
  top: number | undefined,
): FieldFault[] {
  const faults: FieldFault[] = [];
  const groups = by === undefined ? 1 : (top ?? USUAL_GROUPS) + 1;
  const most = Math.min(MAX_STEPS, Math.floor(MAX_SUMS / groups));
  if ((to - from) / step > most) {
    const least = Math.ceil((to - from) / most / TICK_MS) * TICK_MS;
    const reason = `takes ${least} and more for this range: an answer has at most ${most} steps of ${groups} sums`;
    faults.push({ field: "step", reason });
  }
  if (by === undefined && top !== undefined)
    faults.push({ field: "top", reason: "means nothing without by" });
  return faults;
}

/** Of a device given by its MAC or home address, the MAC. */
export function deviceOf(source: RouterSource, text: string): Mac {
  const mac = parseMac(text);
  if (mac !== undefined) return mac;
  const device = source.devices().find(({ address }) => address === text);
  if (device === undefined) throw unknownDevice("device", text);
  return device.mac as Mac;
}

/** The MAC address in a path; throws when it is none. */
export function macOf(text: string): Mac {
  const mac = parseMac(text);
  if (mac === undefined) throw unusable([{ field: "mac", reason: "takes a MAC such as 02:00:5e:10:00:01" }]);
  return mac;
}

/** The MAC of a device in a path; throws when nobody has it. */
export function knownDevice(source: RouterSource, text: string): Mac {
  const mac = parseMac(text);
  if (mac === undefined || !source.devices().some((known) => known.mac === mac))
    throw unknownDevice("mac", text);
  return mac;
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function filledIn(from: number | undefined, to: number | undefined, now: number): [from: number, to: number] {
  const end = to ?? now;
  // Sums of whole minutes are at hand for longest.
  return [from ?? Math.max(0, Math.floor((end - DAY_MS) / MINUTE_MS) * MINUTE_MS), end];
}
