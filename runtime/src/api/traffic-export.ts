import { Elysia } from "elysia";
import type { Grouping } from "../service/traffic/source.ts";
import { answers } from "./answers.ts";
import { type Cell, csvRecords } from "./csv.ts";
import { type DownloadedFile, type Downloads, deviceWord, fileName, stamp, textStream } from "./download.ts";
import { type Guard, watching } from "./guard.ts";
import type { Device } from "./model.ts";
import { describeParameters, type FieldFault, unusable, whole, word } from "./query.ts";
import type { RouterSource } from "./source.ts";
import { serviceText } from "./traffic-filter.ts";
import { iso, MAX_TOTALS, rangeOf, SERIES, usualGrouping, usualStep } from "./traffic-query.ts";
import { seriesTable, type TableQuery, type TrafficTable, totalsTable } from "./traffic-table.ts";

/** A day of tenths of a second, a week of seconds, a year of minutes. */
const MAX_STEPS = 1_000_000;
const FORMATS = {
  csv: "text/csv; charset=utf-8; header=present",
  json: "application/json",
};

const EXPORT = {
  format: word(["csv", "json"], "csv, unless given"),
  view: word(["series", "totals"], "A row for each step, or for each group alone; series, unless given"),
  ...SERIES,
  top: whole(1, MAX_TOTALS, "How many groups: the largest of the range; unless given, all"),
};

const FILE_ANSWERS = answers(
  200,
  "The file",
  ["text/csv", "application/json"],
  [401, 403, 404, 421, 422, 429, 503],
);

/** What the traffic's views show, as files. */
export function trafficExport(source: RouterSource, guard: Guard, downloads: Downloads) {
  return new Elysia()
    .onBeforeHandle(watching(guard))
    .get("/api/traffic/export", (asked) => downloads.answer(asked, () => exported(source, asked.request)), {
      detail: {
        responses: FILE_ANSWERS,
        operationId: "exportTraffic",
        tags: ["Traffic"],
        summary: "Traffic as a file",
        description:
          "CSV (RFC 4180, UTF-8) whose first row names the columns, or JSON with the query, the columns' units and the rows. " +
          "Times are UTC. With groups, a step has a row for each group that moved something in it. Texts that a spreadsheet " +
          "would take for a formula have an apostrophe in front. The file is sent while it is made.",
        parameters: describeParameters(EXPORT),
      },
    });
}

/** A table, and what it is asked for. */
type View =
  | { view: "series"; query: TableQuery & { step: number } }
  | { view: "totals"; query: TableQuery & { by: Grouping } };

function exported(source: RouterSource, request: Request): DownloadedFile {
  const { format = "csv", ...query } = rangeOf(source, request, EXPORT);
  const shown = viewOf(query);
  const devices = source.devices();
  const names = new Map(devices.map(({ mac, name }) => [mac, name]));
  const callDevice = (mac: string) => names.get(mac);
  const table =
    shown.view === "totals"
      ? totalsTable(source.traffic, shown.query, callDevice)
      : seriesTable(source.traffic, shown.query, callDevice);
  const texts = format === "csv" ? csvTexts(table) : jsonTexts(shown, table);
  return { name: nameOf(shown, devices, format), contentType: FORMATS[format], body: textStream(texts) };
}

type Asked = TableQuery & Partial<Pick<View, "view">> & { step?: number };

/** What is shown, filled in; throws a RequestFault with all that does not go together. */
function viewOf({ view = "series", ...query }: Asked): View {
  const { step = usualStep(query), by = usualGrouping(query) } = query;
  const faults = view === "totals" ? totalsFaults(query) : seriesFaults(query, step);
  if (faults.length > 0) throw unusable(faults);
  return view === "totals" ? { view, query: { ...query, by } } : { view, query: { ...query, step } };
}

function totalsFaults({ step }: Asked): FieldFault[] {
  return step === undefined ? [] : [{ field: "step", reason: "means nothing for totals" }];
}

function seriesFaults({ from, to, by, top }: Asked, step: number): FieldFault[] {
  const faults: FieldFault[] = [];
  if (top !== undefined && by === undefined)
    faults.push({ field: "top", reason: "means nothing without by" });
  if ((to - from) / step > MAX_STEPS) {
    const least = Math.ceil((to - from) / MAX_STEPS / 100) * 100;
    const reason = `takes ${least} and more for this range: a file has at most ${MAX_STEPS} steps`;
    faults.push({ field: "step", reason });
  }
  return faults;
}

async function* csvTexts({ columns, pieces }: TrafficTable): AsyncGenerator<string> {
  let head: Cell[][] = [columns.map(({ name }) => name)];
  for await (const rows of pieces()) {
    yield csvRecords([...head, ...rows]);
    head = [];
  }
}

async function* jsonTexts({ view, query }: View, { columns, pieces }: TrafficTable): AsyncGenerator<string> {
  const units = Object.fromEntries(columns.map(({ name, unit }) => [name, unit]));
  const { service } = query;
  const asked = {
    ...{ view, ...query, from: iso(query.from), to: iso(query.to) },
    ...(service !== undefined && { service: serviceText(service) }),
  };
  let before = `{"query":${JSON.stringify(asked)},\n"units":${JSON.stringify(units)},\n"rows":[\n`;
  for await (const rows of pieces()) {
    const objects = rows.map((cells) => Object.fromEntries(columns.map(({ name }, i) => [name, cells[i]])));
    if (objects.length === 0) continue;
    yield before + objects.map((object) => JSON.stringify(object)).join(",\n");
    before = ",\n";
  }
  yield before === ",\n" ? "\n]}\n" : `${before}]}\n`;
}

/** Says what is in the file: whose traffic, of which view, from when to when. */
function nameOf(
  { view, query: { by, device, remote, domain, service, from, to } }: View,
  devices: readonly Device[],
  format: string,
): string {
  const whose = device && deviceWord(device, devices);
  const words = [
    view === "totals" ? "totals" : "traffic",
    by && `by ${by}`,
    whose,
    remote,
    domain,
    service && serviceText(service),
    stamp(from),
    "to",
    stamp(to),
  ];
  return fileName(
    words.filter((word) => word !== undefined),
    format,
  );
}
