import { type Mac, parseMac } from "../../addr/mac.ts";
import type { DataplaneClient, ListFilter, Page } from "../dataplane/client.ts";
import { type BindingRow, type Listed, MAX_ROWS, type Rows } from "../dataplane/listing.ts";
import type { Device } from "./devices.ts";
import { type Refusal, refusals } from "./nat-refusals.ts";
import type { CountersReport } from "./translation.ts";

export type Filtering = BindingRow["filtering"];

/** What to list; nothing given means all. */
export interface PortFilter extends Pick<ListFilter, "host" | "transport"> {
  /** Internal, external or remote. */
  port?: number;
}

/** Asks the data plane; at most 1000 rows at a time. */
export type Lister = DataplaneClient["list"];

/** Rows with the device that the internal address belongs to; null when none is known. */
export type OwnedRows = { [What in Listed]: Rows[What] & { device: { mac: Mac; name: string } | null } };

/** What a device's games and calls meet (RFC 4787 section 5 in the consoles' words), and the figures behind it. */
export interface DeviceNat {
  mac: Mac;
  type: "open" | "moderate" | "strict";
  filtering: Filtering;
  bindings: number;
  sessions: number;
  overloaded: number;
  limit: number;
}

/** Address translation as a whole. */
export interface NatSummary {
  state: "running" | "stopped";
  path: "offload" | "inline";
  bindings: number;
  sessions: number;
  associations: number;
  overloaded: number;
  created: number;
  expired: number;
  /** Packets that BPF programs carried past the rules, and why those are off; null: nothing is in their way. */
  accelerator: { packets: number; refused: string | null };
  refused: Refusal[];
}

export interface NatPolicy {
  filtering: Filtering;
  devices: readonly { mac: string; filtering: Filtering }[];
  deviceLimit: number;
}

export interface NatViewOptions {
  list: Lister;
  /** What the data plane counted last; undefined before it has said anything. */
  counted(): CountersReport | undefined;
  status(): Pick<NatSummary, "state" | "path">;
  devices(): Device[];
  /** Of the configuration: who may answer whom, and how many bindings one device may have. */
  policy(): NatPolicy;
}

const NOTHING = { bindings: 0, sessions: 0, associations: 0, overloaded: 0, created: 0, expired: 0 };
/** Pages looked at for one answer, so that it does not wait for all of a long list. */
const MAX_PAGES = 16;
/** How long a device's figures are good for: every open page of it asks for them, and a busy device has many rows. */
const FRESH_MS = 5_000;

/** Address translation for people: what the data plane lists, with the devices' names. */
export class NatView {
  readonly #types = new Map<Mac, { at: number; answer: Promise<DeviceNat> }>();

  constructor(private readonly options: NatViewOptions) {}

  summary(): NatSummary {
    const { state, path } = this.options.status();
    return { state, path, ...heldAndRefused(this.options.counted()) };
  }

  /** At most `limit` (up to 1000) rows that fit `filter`, from `after` on. Rejects when the data plane does not answer. */
  async list<What extends Listed>(
    what: What,
    filter: PortFilter,
    limit: number,
    after = 0,
  ): Promise<{ rows: OwnedRows[What][]; next: number | null }> {
    const owners = ownersOf(this.options.devices());
    const page = await gather(this.options.list, what, filter, limit, after);
    const rows = page.rows.map((row) => ({ ...row, device: owners.get(row.internalAddress) ?? null }));
    return { rows: rows as OwnedRows[What][], next: page.next };
  }

  /** How a device gets through; undefined when there is no such device. Rejects when the data plane does not answer. */
  async device(mac: string): Promise<DeviceNat | undefined> {
    const device = this.options.devices().find((known) => known.mac === mac);
    if (device === undefined) return undefined;
    const now = performance.now();
    const known = this.#types.get(device.mac);
    if (known !== undefined && now - known.at < FRESH_MS) return known.answer;
    for (const [other, { at }] of this.#types) if (now - at >= FRESH_MS) this.#types.delete(other);
    const answer = this.#figures(device);
    this.#types.set(device.mac, { at: now, answer });
    return answer;
  }

  async #figures({ mac, address }: Device): Promise<DeviceNat> {
    const { list } = this.options;
    const policy = this.options.policy();
    const filtering = policy.devices.find((one) => parseMac(one.mac) === mac)?.filtering ?? policy.filtering;
    const held = { bindings: 0, sessions: 0, overloaded: 0 };
    const countBindings = async (host: string) => {
      for await (const { kind } of everyRow(list, "bindings", { host }))
        if (kind === "dynamic") held.bindings++;
    };
    const countSessions = async (host: string) => {
      for await (const { overloaded } of everyRow(list, "sessions", { host })) {
        held.sessions++;
        if (overloaded) held.overloaded++;
      }
    };
    if (address !== null) await Promise.all([countBindings(address), countSessions(address)]);
    const limit = policy.deviceLimit;
    const isShort = held.overloaded > 0 || held.bindings >= limit;
    const type = isShort ? "strict" : filtering === "open" ? "open" : "moderate";
    return { mac, type, filtering, ...held, limit };
  }
}

/** What a report of the data plane says for people; nothing but zeros when there is none. */
export function heldAndRefused(report: CountersReport | undefined): Omit<NatSummary, "state" | "path"> {
  const { drops, ...held } = report?.nat ?? { ...NOTHING, drops: {} };
  const { outPackets = 0, inPackets = 0, refused = null } = report?.accelerator ?? {};
  return {
    ...held,
    accelerator: { packets: outPackets + inPackets, refused },
    // null: the kernel does not show the queue's losses to this user.
    refused: refusals({ ...drops, "queue full": report?.queue.dropped ?? 0 }),
  };
}

/** Every row that fits `filter`, page by page, so that a long list is never held as a whole. */
export async function* everyRow<What extends Listed>(
  list: Lister,
  what: What,
  filter: PortFilter,
): AsyncGenerator<Rows[What]> {
  for (let after: number | null = 0; after !== null; ) {
    const page: Page<What> = await gather(list, what, filter, MAX_ROWS, after);
    yield* page.rows;
    after = page.next;
  }
}

/** Ports are looked for here: pages are asked for until `limit` rows have it, the list ends, or enough was looked at. */
async function gather<What extends Listed>(
  list: Lister,
  what: What,
  { port, ...filter }: PortFilter,
  limit: number,
  after: number,
): Promise<Page<What>> {
  if (port === undefined) return list(what, { ...filter, limit, after });
  const rows: Rows[What][] = [];
  let next: number | null = after;
  for (let i = 0; i < MAX_PAGES && next !== null && rows.length < limit; i++) {
    const begin: number = next;
    let page: Page<What> = await list(what, { ...filter, limit: MAX_ROWS, after: begin });
    const last = indexOfMatch(page.rows, port, limit - rows.length);
    // More than wanted: the cursor must point behind the last row that is given.
    if (last >= 0) page = await list(what, { ...filter, limit: last + 1, after: begin });
    rows.push(...page.rows.filter((row) => hasPort(row, port)));
    next = page.next;
  }
  return { rows, next };
}

/** Index of the `count`-th row with `port` when rows follow it, else -1. */
function indexOfMatch(rows: readonly Rows[Listed][], port: number, count: number): number {
  let found = 0;
  const index = rows.findIndex((row) => hasPort(row, port) && ++found === count);
  return index === rows.length - 1 ? -1 : index;
}

function hasPort(row: Rows[Listed], port: number): boolean {
  if (!("externalPort" in row)) return false;
  const ports = [row.externalPort, row.internalPort, "remotePort" in row ? row.remotePort : -1];
  return ports.includes(port);
}

/** Devices by address; one that is connected goes before one that had the address earlier. */
function ownersOf(devices: readonly Device[]): Map<string, { mac: Mac; name: string }> {
  const owners = new Map<string, { mac: Mac; name: string }>();
  for (const { address, mac, name, connected } of devices) {
    if (address !== null && (connected || !owners.has(address))) owners.set(address, { mac, name });
  }
  return owners;
}
