import type {
  Grouping,
  GroupKey,
  RangeQuery,
  TrafficSeries,
  TrafficSource,
  TrafficTotal,
} from "../service/traffic/source.ts";
import { accounted } from "./accounted.ts";
import type { Cell } from "./csv.ts";
import { iso } from "./traffic-query.ts";

/** A table of traffic: its columns with what they mean, and its rows, which are made piece by piece. */
export interface TrafficTable {
  columns: readonly Column[];
  pieces(): AsyncGenerator<Cell[][]>;
}

export interface Column {
  name: string;
  /** The unit, or what stands there. */
  unit: string;
}

export interface TableQuery extends RangeQuery {
  by?: Grouping;
  top?: number;
}

/** Sums asked for at once: some ten milliseconds of work between two pieces. */
const PIECE = 20_000;
/** Steps of the first piece, and of a later one at most; groups may be many more in the next piece than in this one. */
const FIRST_STEPS = 60;
const MOST_STEPS = 3600;
const MOST_GROUPED_STEPS = 300;

const KEYS: Record<Grouping, (Column & { of(key: GroupKey, nameOf: NameOf): Cell })[]> = {
  device: [
    { name: "device", unit: "MAC address", of: ({ device }) => device ?? "others" },
    { name: "device_name", unit: "name", of: ({ device }, nameOf) => (device && nameOf(device)) ?? null },
  ],
  remote: [
    { name: "remote", unit: "IP address", of: ({ remote }) => remote ?? "others" },
    { name: "name", unit: "domain name", of: ({ name }) => name ?? null },
    { name: "name_evidence", unit: "asked, server-name or reverse", of: ({ evidence }) => evidence ?? null },
    { name: "domain", unit: "registered domain", of: ({ domain }) => domain ?? null },
  ],
  domain: [
    { name: "domain", unit: "registered domain, or IP address", of: ({ domain }) => domain ?? "others" },
  ],
  service: [
    { name: "service", unit: "words", of: ({ service }) => service ?? "others" },
    { name: "protocol", unit: "IP protocol number", of: ({ protocol }) => protocol ?? null },
    { name: "port", unit: "port number", of: ({ port }) => port ?? null },
  ],
};
const TIME: Column = { name: "time_utc", unit: "ISO 8601, begin of the step" };
const SUMS: Column[] = [
  { name: "up_bytes", unit: "bytes from the device" },
  { name: "down_bytes", unit: "bytes to the device" },
  { name: "up_packets", unit: "packets from the device" },
  { name: "down_packets", unit: "packets to the device" },
];

/** What a device is called. */
export type NameOf = (mac: string) => string | undefined;

/** One row a group. */
export function totalsTable(
  traffic: TrafficSource,
  query: TableQuery & { by: Grouping },
  nameOf: NameOf,
): TrafficTable {
  const keys = KEYS[query.by];
  return {
    columns: [...keys, ...SUMS].map(plain),
    async *pieces() {
      const totals = await accounted(traffic.totals(query));
      yield totals.map((total) => [...keys.map(({ of }) => of(total.key, nameOf)), ...cellsOf(total)]);
    },
  };
}

/** One row a step; with groups, one row for each that moved something in it. */
export function seriesTable(
  traffic: TrafficSource,
  query: TableQuery & { step: number },
  nameOf: NameOf,
): TrafficTable {
  const { by, top, step, ...range } = query;
  const keys = by === undefined ? [] : KEYS[by];
  return {
    columns: [TIME, ...keys, ...SUMS].map(plain),
    async *pieces() {
      const listed =
        by === undefined || top === undefined ? undefined : await largest(traffic, { ...range, by, top });
      for await (const piece of seriesPieces(traffic, { ...range, step }, by)) {
        const groups = listed === undefined ? piece.groups : gathered(piece.groups, listed);
        yield rowsOf(piece, groups, (key) => keys.map(({ of }) => of(key, nameOf)), by !== undefined);
      }
    },
  };
}

/** The series bit by bit, as many steps at once as suit the number of groups. */
async function* seriesPieces(
  traffic: TrafficSource,
  range: RangeQuery & { step: number },
  by: Grouping | undefined,
): AsyncGenerator<TrafficSeries> {
  const most = by === undefined ? MOST_STEPS : MOST_GROUPED_STEPS;
  let steps = FIRST_STEPS;
  for (let from = range.from; from < range.to; ) {
    const to = Math.min(range.to, from + steps * range.step);
    const piece = await accounted(traffic.series({ ...range, from, to, ...(by !== undefined && { by }) }));
    yield piece;
    const fitting = Math.floor(PIECE / Math.max(1, piece.groups.length));
    steps = Math.max(1, Math.min(fitting, 2 * steps, most));
    from = to;
  }
}

type Group = TrafficSeries["groups"][number];

/** Which groups are the largest of the whole range. */
async function largest(
  traffic: TrafficSource,
  query: RangeQuery & { by: Grouping; top: number },
): Promise<ReadonlySet<string>> {
  const totals = await accounted(traffic.totals(query));
  return new Set(totals.map(({ key }) => identityOf(key)));
}

/** The listed groups, and the sum of the others as one more. */
function gathered(groups: readonly Group[], listed: ReadonlySet<string>): Group[] {
  const own = groups.filter(({ key }) => listed.has(identityOf(key)));
  const rest = groups.filter(({ key }) => !listed.has(identityOf(key)));
  const [first] = rest;
  if (first === undefined) return own;
  const sum = (of: keyof Omit<Group, "key">) =>
    first[of].map((_, i) => rest.reduce((total, group) => total + (group[of][i] ?? 0), 0));
  const sums = {
    up: sum("up"),
    down: sum("down"),
    upPackets: sum("upPackets"),
    downPackets: sum("downPackets"),
  };
  return [...own, { key: {}, ...sums }];
}

function identityOf({ device, remote, domain, protocol, port }: GroupKey): string {
  if (protocol !== undefined) return `${protocol}/${port}`;
  return device ?? remote ?? domain ?? "";
}

/** Step by step; where there are groups, those that were silent in a step are left out. */
function rowsOf(
  { from, step }: TrafficSeries,
  groups: readonly Group[],
  keyCells: (key: GroupKey) => Cell[],
  grouped: boolean,
): Cell[][] {
  const rows: Cell[][] = [];
  const columns = groups.map((group) => ({ group, key: keyCells(group.key) }));
  for (let i = 0; i < (groups[0]?.up.length ?? 0); i++) {
    const time = iso(from + i * step);
    for (const { group, key } of columns) {
      const sums = [group.up, group.down, group.upPackets, group.downPackets].map((values) => values[i] ?? 0);
      if (!grouped || sums.some((sum) => sum > 0)) rows.push([time, ...key, ...sums]);
    }
  }
  return rows;
}

function cellsOf({ up, down, upPackets, downPackets }: TrafficTotal): Cell[] {
  return [up, down, upPackets, downPackets];
}

function plain({ name, unit }: Column): Column {
  return { name, unit };
}
