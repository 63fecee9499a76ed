import type { AssociationRow, BindingRow, Listed, Rows, SessionRow } from "../dataplane/listing.ts";
import type { NatSummary } from "../router/nat-view.ts";
import type { Named } from "./names.ts";

/** One column: its heading, and whether it holds figures. */
type Column = [heading: string, align?: "right"];

const USE: Column[] = [
  ["AGE", "right"],
  ["IDLE", "right"],
];
const BYTES: Column[] = [
  ["UP", "right"],
  ["DOWN", "right"],
];
const COLUMNS: Record<Listed, Column[]> = {
  bindings: [
    ["DEVICE"],
    ["PROTOCOL"],
    ["INTERNAL"],
    ["EXTERNAL", "right"],
    ["OPEN TO"],
    ["STATE"],
    ...USE,
    ...BYTES,
  ],
  sessions: [
    ["DEVICE"],
    ["PROTOCOL"],
    ["INTERNAL"],
    ["EXTERNAL", "right"],
    ["REMOTE"],
    ["STATE"],
    ...USE,
    ...BYTES,
  ],
  associations: [["DEVICE"], ["PROTOCOL"], ["INTERNAL"], ["REMOTE"], ...USE],
};
const OPEN_TO: Record<BindingRow["filtering"], string> = {
  open: "everyone",
  address: "its contacts",
  "address-and-port": "its exact contacts",
};
/** A name longer than this would push the figures off the screen. */
const NAME_WIDTH = 24;

/** A table of `rows`, sorted by device, then protocol and ports. */
export function tableText<What extends Listed>(
  what: What,
  rows: readonly Rows[What][],
  devices: readonly Named[],
): string {
  if (rows.length === 0) return `No ${what}.\n`;
  const names = new Map(devices.map(({ address, mac, name }) => [address, name || mac]));
  const lines = sorted(rows).map((row) => [shortened(names.get(row.internalAddress) ?? "-"), ...cells(row)]);
  return aligned(COLUMNS[what], lines);
}

function cells(row: Rows[Listed]): string[] {
  if (!("transport" in row)) return associationCells(row);
  const ends = [row.transport, `${row.internalAddress}:${row.internalPort}`, `${row.externalPort}`];
  const use = [brief(row.ageMs), brief(row.idleMs), volume(row.upBytes), volume(row.downBytes)];
  return "remoteAddress" in row
    ? [...ends, `${row.remoteAddress}:${row.remotePort}`, sessionState(row), ...use]
    : [...ends, OPEN_TO[row.filtering], row.kind, ...use];
}

function associationCells({
  protocol,
  internalAddress,
  remoteAddress,
  ageMs,
  idleMs,
}: AssociationRow): string[] {
  return [protocol, internalAddress, remoteAddress, brief(ageMs), brief(idleMs)];
}

function sessionState({ state, overloaded }: SessionRow): string {
  return overloaded ? `${state}, shares its port` : state;
}

/** How much is held, and what was refused and why. */
export function summaryText(summary: Omit<NatSummary, "state" | "path">): string {
  const { bindings, sessions, associations, overloaded, created, expired, accelerator, refused } = summary;
  const lines: [string, number, string][] = [
    [
      "bindings",
      bindings,
      `${count(created)} made and ${count(expired)} expired since the data plane started`,
    ],
    ["sessions", sessions, overloaded === 0 ? "" : `${count(overloaded)} share a port, as none was free`],
    ["associations", associations, "tunnels and the like, without ports"],
  ];
  const held = lines.map(([name, number, note]) =>
    `  ${name.padEnd(14)}${count(number).padStart(10)}  ${note}`.trimEnd(),
  );
  const why = refused.map(({ count: packets, text, hint, reason }) =>
    [
      `  ${count(packets).padStart(10)}  ${text} (${reason})`,
      ...(hint === "" ? [] : [`${" ".repeat(14)}${hint}`]),
    ].join("\n"),
  );
  const nothing = "Nothing was refused.";
  const past = `${count(accelerator.packets)} packets were carried past the rules${off(accelerator.refused)}.`;
  return `Held now\n${held.join("\n")}\n\n${past}\n\n${why.length === 0 ? nothing : `Packets refused, and why\n${why.join("\n")}`}\n`;
}

function off(reason: string | null): string {
  return reason === null ? "" : `; off now: ${reason}`;
}

/** Device by device; `en` sorts digits as numbers. */
const collator = new Intl.Collator("en", { numeric: true });

function sorted<Row extends Rows[Listed]>(rows: readonly Row[]): Row[] {
  const keyed = rows.map((row) => ({ row, key: sortKey(row) }));
  return keyed.sort((a, b) => collator.compare(a.key, b.key)).map(({ row }) => row);
}

function sortKey(row: Rows[Listed]): string {
  if (!("transport" in row)) return `${row.internalAddress} ${row.protocol} ${row.remoteAddress}`;
  const remote = "remoteAddress" in row ? `${row.remoteAddress} ${row.remotePort}` : "";
  return `${row.internalAddress} ${row.transport} ${row.internalPort} ${remote}`;
}

function aligned(columns: Column[], lines: string[][]): string {
  const widths = columns.map(([heading], i) =>
    lines.reduce((width, line) => Math.max(width, line[i]?.length ?? 0), heading.length),
  );
  const format = (line: string[]) =>
    line
      .map((cell, i) => (columns[i]?.[1] === "right" ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd();
  const heading = columns.map(([text]) => text);
  return `${[heading, ...lines].map(format).join("\n")}\n`;
}

/** A device chooses its name: it must not steer the terminal. */
function shortened(name: string): string {
  const plain = name.replace(/\p{C}/gu, "\u{fffd}");
  return plain.length <= NAME_WIDTH ? plain : `${plain.slice(0, NAME_WIDTH - 1)}…`;
}

function count(amount: number): string {
  return amount.toLocaleString("en");
}

/** A length of time in its largest unit: "12s", "3m", "2h", "5d". */
function brief(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

const PREFIXES = ["", "k", "M", "G", "T"];

/** Bytes to three significant figures with a decimal prefix: 1234567 is "1.23 MB". */
function volume(bytes: number): string {
  let [value, prefix] = [bytes, 0];
  while (value >= 999.5 && prefix < PREFIXES.length - 1) [value, prefix] = [value / 1000, prefix + 1];
  const digits = prefix === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${PREFIXES[prefix]}B`;
}
