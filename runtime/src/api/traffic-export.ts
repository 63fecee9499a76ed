import { Elysia } from "elysia";
import { type Cell, csvRecords } from "./csv.ts";
import { type DownloadedFile, type Downloads, fileName, stamp, textStream } from "./download.ts";
import { type Guard, watching } from "./guard.ts";
import { Fault } from "./model.ts";
import { describeParameters, type FieldFault, unusable, whole, word } from "./query.ts";
import type { RouterSource } from "./source.ts";
import { iso, MAX_TOTALS, rangeOf, SERIES, usualStep } from "./traffic-query.ts";
import { trafficOf } from "./traffic-source.ts";
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

const FAULTS = { 401: Fault, 403: Fault, 404: Fault, 421: Fault, 422: Fault, 429: Fault, 503: Fault };

/** What the traffic's views show, as files. */
export function trafficExport(source: RouterSource, guard: Guard, downloads: Downloads) {
  return new Elysia()
    .onBeforeHandle(watching(guard))
    .get("/api/traffic/export", (asked) => downloads.answer(asked, () => exported(source, asked.request)), {
      response: FAULTS,
      detail: {
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

async function exported(source: RouterSource, request: Request): Promise<DownloadedFile> {
  const { format = "csv", ...query } = rangeOf(source, request, EXPORT);
  const shown = completed(query);
  const faults = exportFaults(shown);
  if (faults.length > 0) throw unusable(faults);
  const table = tableOf(source, shown);
  const pieces = table.pieces();
  // What the first rows cannot be made for is still answered with a fault.
  const first = await pieces.next();
  const texts =
    format === "csv" ? csvTexts(table, begun(first, pieces)) : jsonTexts(shown, table, begun(first, pieces));
  return { name: nameOf(source, shown, format), contentType: FORMATS[format], body: textStream(texts) };
}

/** The view with what it shows unless it is told otherwise. */
function completed({ view = "series", ...query }: Omit<Shown, "view"> & { view?: Shown["view"] }): Shown {
  if (view === "totals") return { view, by: "remote", ...query };
  return { view, step: usualStep(query), ...query };
}

interface Shown extends TableQuery {
  view: "series" | "totals";
  step?: number;
}

function exportFaults({ view, from, to, step, by, top }: Shown): FieldFault[] {
  const faults: FieldFault[] = [];
  if (view === "totals" && step !== undefined)
    faults.push({ field: "step", reason: "means nothing for totals" });
  if (view === "series" && top !== undefined && by === undefined)
    faults.push({ field: "top", reason: "means nothing without by" });
  if (view === "series" && step !== undefined && (to - from) / step > MAX_STEPS)
    faults.push({
      field: "step",
      reason: `takes more for this range: a file has at most ${MAX_STEPS} steps`,
    });
  return faults;
}

function tableOf(source: RouterSource, { view, step, by, ...range }: Shown): TrafficTable {
  const names = new Map(source.devices().map(({ mac, name }) => [mac, name]));
  const traffic = trafficOf(source);
  const callDevice = (mac: string) => names.get(mac);
  if (view === "totals") return totalsTable(traffic, { ...range, by: by ?? "remote" }, callDevice);
  return seriesTable(traffic, { ...range, step: step ?? 0, ...(by !== undefined && { by }) }, callDevice);
}

async function* begun(
  first: IteratorResult<Cell[][]>,
  rest: AsyncGenerator<Cell[][]>,
): AsyncGenerator<Cell[][]> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}

async function* csvTexts(
  { columns }: TrafficTable,
  pieces: AsyncGenerator<Cell[][]>,
): AsyncGenerator<string> {
  let head: Cell[][] = [columns.map(({ name }) => name)];
  for await (const rows of pieces) {
    yield csvRecords([...head, ...rows]);
    head = [];
  }
}

async function* jsonTexts(
  { from, to, ...query }: Shown,
  { columns }: TrafficTable,
  pieces: AsyncGenerator<Cell[][]>,
): AsyncGenerator<string> {
  const units = Object.fromEntries(columns.map(({ name, unit }) => [name, unit]));
  const asked = JSON.stringify({ ...query, from: iso(from), to: iso(to) });
  let separator = "";
  yield `{"query":${asked},\n"units":${JSON.stringify(units)},\n"rows":[`;
  for await (const rows of pieces) {
    const objects = rows.map((cells) =>
      JSON.stringify(Object.fromEntries(columns.map(({ name }, i) => [name, cells[i]]))),
    );
    if (objects.length === 0) continue;
    yield `${separator}\n${objects.join(",\n")}`;
    separator = ",";
  }
  yield "\n]}\n";
}

/** Says what is in the file: whose traffic, of which view, from when to when. */
function nameOf(source: RouterSource, { view, by, device, remote, from, to }: Shown, format: string): string {
  const whose = source.devices().find(({ mac }) => mac === device)?.name || device;
  const words = [
    view === "totals" ? "totals" : "traffic",
    by && `by ${by}`,
    whose,
    remote,
    stamp(from),
    "to",
    stamp(to),
  ];
  return fileName(
    words.filter((word) => word !== undefined),
    format,
  );
}
