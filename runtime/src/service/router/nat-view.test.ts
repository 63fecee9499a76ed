import { expect, test } from "bun:test";
import { parseMac } from "../../addr/mac.ts";
import { DROP_REASONS } from "../../nat/drops.ts";
import type { ListFilter } from "../dataplane/client.ts";
import type { BindingRow, Listed, Rows, SessionRow } from "../dataplane/listing.ts";
import type { Device } from "./devices.ts";
import { refusals } from "./nat-refusals.ts";
import { heldAndRefused, type Lister, type NatPolicy, NatView } from "./nat-view.ts";

const LAPTOP = parseMac("02:00:5e:00:00:01")!;
const TV = parseMac("02:00:5e:00:00:02")!;

function device(part: Partial<Device>): Device {
  const times = { firstSeen: 0, lastSeen: 0, leaseExpires: null, upBytes: 0, downBytes: 0 };
  const facts = {
    name: "",
    hostName: null,
    address: null,
    ipv6: [],
    vendor: null,
    connected: true,
    port: null,
    network: null,
  };
  return { mac: LAPTOP, ...facts, ...times, ...part };
}

const DEVICES = [
  device({ mac: LAPTOP, name: "laptop", address: "10.0.0.2" }),
  device({ mac: TV, name: "old", address: "10.0.0.2", connected: false }),
];

const USE = { ageMs: 1000, idleMs: 10, upBytes: 1, downBytes: 2 };

function binding(internalPort: number, part: Partial<BindingRow> = {}): BindingRow {
  const ends = { internalAddress: "10.0.0.2", internalPort, externalPort: internalPort };
  return { transport: "udp", ...ends, kind: "dynamic", filtering: "open", ...USE, ...part };
}

function session(remotePort: number, part: Partial<SessionRow> = {}): SessionRow {
  const ends = { internalAddress: "10.0.0.2", internalPort: 5, externalPort: 5, remoteAddress: "192.0.2.9" };
  return { transport: "tcp", ...ends, remotePort, state: "established", overloaded: false, ...USE, ...part };
}

/** A data plane whose cursor is a row's number. */
function lister(held: Partial<{ [W in keyof Rows]: Rows[W][] }>) {
  const requests: number[] = [];
  const list: Lister = async <What extends Listed>(what: What, filter: ListFilter = {}) => {
    const { host, transport, after = 0, limit = 1 } = filter;
    requests.push(after);
    const all: Rows[What][] = held[what] ?? [];
    const rows: Rows[What][] = [];
    let at = after;
    for (; at < all.length && rows.length < limit; at++) {
      const row = all[at]!;
      if (host !== undefined && row.internalAddress !== host) continue;
      if (transport === undefined || ("transport" in row && row.transport === transport)) rows.push(row);
    }
    return { rows, next: at < all.length ? at : null };
  };
  return { list, requests };
}

function view(list: Lister, policy: Partial<NatPolicy> = {}) {
  const usual = { filtering: "open", devices: [], deviceLimit: 100 } as const;
  return new NatView({
    list,
    devices: () => DEVICES,
    policy: () => ({ ...usual, ...policy }),
    status: () => ({ state: "running", path: "offload" }),
    counted: () => undefined,
  });
}

test("rows carry the device that has the address now, and null where none is known", async () => {
  const { list } = lister({ bindings: [binding(1), binding(2, { internalAddress: "10.0.0.9" })] });
  const { rows, next } = await view(list).list("bindings", {}, 10);
  expect([rows.map((row) => row.device), next]).toEqual([[{ mac: LAPTOP, name: "laptop" }, null], null]);
});

test("page after page gives every row once, and no more than asked for", async () => {
  const bindings = Array.from({ length: 50 }, (_, i) => binding(i));
  const nat = view(lister({ bindings }).list);
  const seen: number[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<typeof nat.list<"bindings">>> = await nat.list("bindings", {}, 20, after);
    expect(page.rows.length).toBeLessThanOrEqual(20);
    seen.push(...page.rows.map(({ internalPort }) => internalPort));
    after = page.next;
  }
  expect(seen).toEqual(bindings.map(({ internalPort }) => internalPort));
});

test("a port is found wherever it stands, and pages of such rows lose none", async () => {
  const sessions = Array.from({ length: 40 }, (_, i) => session(i % 2 === 0 ? 443 : i));
  sessions.push(session(1, { externalPort: 443 }), session(1, { internalPort: 443 }));
  const nat = view(lister({ sessions }).list);
  const first = await nat.list("sessions", { port: 443 }, 9);
  const rest = await nat.list("sessions", { port: 443 }, 100, first.next ?? undefined);
  expect([first.rows.length, rest.rows.length, rest.next]).toEqual([9, 13, null]);
});

test("a port nobody has is looked for in a bounded part of the list, then it says where to go on", async () => {
  const { list, requests } = lister({ bindings: Array.from({ length: 60_000 }, () => binding(1)) });
  const page = await view(list).list("bindings", { port: 2 }, 10);
  expect([page, requests.length]).toEqual([{ rows: [], next: 16_000 }, 16]);
});

test("the NAT type: filtering decides, and shortage of ports overrules it", async () => {
  const typeWith = async (held: Parameters<typeof lister>[0], policy: Partial<NatPolicy> = {}) =>
    (await view(lister(held).list, policy).device(LAPTOP))?.type;
  const two = [binding(1), binding(2), binding(3, { kind: "forward" })];
  const exception = { mac: "02-00-5E-00-00-01", filtering: "address" as const };
  expect(
    await Promise.all([
      typeWith({ bindings: two }),
      typeWith({}, { filtering: "address-and-port" }),
      typeWith({}, { devices: [exception] }),
      typeWith({ sessions: [session(1), session(2, { overloaded: true })] }),
      typeWith({ bindings: two }, { deviceLimit: 2 }),
      typeWith({ bindings: two }, { deviceLimit: 3 }),
    ]),
  ).toEqual(["open", "moderate", "moderate", "strict", "strict", "open"]);
});

test("a device's figures are its own, counted over all pages and once for all who ask", async () => {
  const others = [binding(1, { internalAddress: "10.0.0.9" }), session(1, { internalAddress: "10.0.0.9" })];
  const { list, requests } = lister({
    bindings: [binding(1), others[0] as BindingRow],
    sessions: [session(1)],
  });
  const nat = view(list);
  const [figures] = await Promise.all([nat.device(LAPTOP), nat.device(LAPTOP)]);
  expect([figures, requests.length, await nat.device("02:00:00:00:00:00")]).toEqual([
    { mac: LAPTOP, type: "open", filtering: "open", bindings: 1, sessions: 1, overloaded: 0, limit: 100 },
    2,
    undefined,
  ]);
  expect(await nat.device(TV)).toMatchObject({ bindings: 1 });
});

test("what was counted is told with the reasons of refusals; zeros before anything was", () => {
  const nat = { bindings: 1, sessions: 2, associations: 3, overloaded: 4, created: 5, expired: 6 };
  const tap = { frames: 0, dropped: 0 };
  expect([
    heldAndRefused({
      type: "counters",
      nat: { ...nat, drops: { "host-limit": 7 } },
      queue: { dropped: 8 },
      tap,
      accelerator: { outPackets: 20, inPackets: 22, refused: "EPERM" },
    }),
    heldAndRefused({ type: "counters", nat: { ...nat, drops: {} }, queue: { dropped: null }, tap }),
    view(lister({}).list).summary(),
  ]).toMatchObject([
    {
      ...nat,
      accelerator: { packets: 42, refused: "EPERM" },
      refused: [
        { reason: "queue full", count: 8 },
        { reason: "host-limit", count: 7 },
      ],
    },
    { ...nat, accelerator: { packets: 0, refused: null }, refused: [] },
    { state: "running", path: "offload", bindings: 0, expired: 0, refused: [] },
  ]);
});

test("a data plane that does not answer is told to whoever asked", async () => {
  const nat = view(() => Promise.reject(new Error("not connected")));
  expect(await nat.list("bindings", {}, 1).catch(String)).toBe("Error: not connected");
  expect(await nat.device(LAPTOP).catch(String)).toBe("Error: not connected");
});

test("every reason the engine has is told in words, the most frequent first", () => {
  const counts = Object.fromEntries(DROP_REASONS.map((reason, i) => [reason, i + 1]));
  const told = refusals({ ...counts, "queue full": 1, "host-limit": 0, "brand-new": 99 });
  expect(told[0]).toEqual({ reason: "brand-new", count: 99, text: "Brand new", hint: "" });
  expect(told.slice(1).filter(({ text, hint }) => !text.includes(" ") || hint === "")).toEqual([]);
  expect(told.map(({ count }) => count)).toEqual(told.map(({ count }) => count).toSorted((a, b) => b - a));
  expect(told.map(({ reason }) => reason)).not.toContain("host-limit");
});
