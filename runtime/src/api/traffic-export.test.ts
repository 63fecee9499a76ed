import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { connect } from "node:net";
import { createApi } from "./api.ts";
import { csvRecords } from "./csv.ts";
import { QuietRouter, quietGuard } from "./fixture.ts";
import { GUEST, moved, TV } from "./traffic.fixture.ts";

const router = new QuietRouter();
const { traffic } = router;
let base = "";
let stop: () => Promise<unknown>;

beforeAll(() => {
  const options = { domain: "lan", guard: quietGuard() };
  const app = createApi(router, new Map(), options).listen({ hostname: "127.0.0.1", port: 0 });
  base = `http://127.0.0.1:${app.server?.port}/api/traffic/export`;
  stop = () => app.stop(true);
});
afterAll(() => stop());
beforeEach(() => {
  traffic.pause = undefined;
  traffic.asked.length = 0;
});

const text = async (query: string) => (await fetch(`${base}?${query}`)).text();

/** The records as Python's csv module reads them: what other programs take them for. */
function parsed(csv: string): string[][] {
  const program = "import csv, json, sys; print(json.dumps(list(csv.reader(sys.stdin, strict=True))))";
  const command = ["python3", "-X", "utf8", "-c", program];
  const { stdout, stderr, success } = Bun.spawnSync(command, { stdin: Buffer.from(csv) });
  if (!success) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString());
}

const sums = (at: number, step: number, group: number, groups: number) => {
  const { up, down, upPackets, downPackets } = moved(at, step, group, groups);
  return [up, down, upPackets, downPackets].map(String);
};
const SUMS = ["up_bytes", "down_bytes", "up_packets", "down_packets"];

test("a series has a row for each step, under the names of its columns", async () => {
  expect(parsed(await text("from=0&to=3000&step=1000"))).toEqual([
    ["time_utc", ...SUMS],
    ["1970-01-01T00:00:00.000Z", ...sums(0, 1000, 0, 1)],
    ["1970-01-01T00:00:01.000Z", ...sums(1000, 1000, 0, 1)],
    ["1970-01-01T00:00:02.000Z", ...sums(2000, 1000, 0, 1)],
  ]);
});

test("with groups a step has a row for each that moved something, and every grouping has its columns", async () => {
  const step = 1000;
  const [first, second] = ["1970-01-01T00:00:02.000Z", "1970-01-01T00:00:03.000Z"];
  const cdn = ["203.0.113.9", "cdn.example.net", "asked", "example.net"];
  const unnamed = ["2001:db8::7", "", "", "2001:db8::7"];
  expect(parsed(await text("from=2000&to=4000&step=1000&by=remote"))).toEqual([
    ["time_utc", "remote", "name", "name_evidence", "domain", ...SUMS],
    [first, ...cdn, ...sums(2000, step, 0, 3)],
    [first, ...unnamed, ...sums(2000, step, 1, 3)],
    [second, ...cdn, ...sums(3000, step, 0, 3)],
    [second, ...unnamed, ...sums(3000, step, 1, 3)],
    [second, "others", "", "", "others", ...sums(3000, step, 2, 3)],
  ]);
  const totals = async (by: string) => parsed(await text(`view=totals&from=0&to=9&by=${by}`));
  expect([await totals("device"), await totals("service"), await totals("domain")]).toEqual([
    [
      ["device", "device_name", ...SUMS],
      [TV, "2026-11-22", ...sums(0, 2, 0, 3)],
      [GUEST, "", ...sums(0, 2, 1, 3)],
    ],
    [
      ["service", "protocol", "port", ...SUMS],
      ["web", "6", "443", ...sums(0, 2, 0, 4)],
      ["web (QUIC)", "17", "443", ...sums(0, 2, 1, 4)],
      ["VPN", "50", "0", ...sums(0, 2, 2, 4)],
    ],
    [
      ["domain", ...SUMS],
      ["example.net", ...sums(0, 2, 0, 3)],
      [`'-2+3,"x".example`, ...sums(0, 2, 1, 3)],
    ],
  ]);
});

test("of the largest groups of the whole range each is listed, the others are one, and their sums are all there is", async () => {
  const all = parsed(await text("from=0&to=600000&step=1000&by=service"));
  const top = parsed(await text("from=0&to=600000&step=1000&by=service&top=1"));
  const total = (rows: string[][]) =>
    [4, 5, 6, 7].map((column) => rows.slice(1).reduce((sum, row) => sum + Number(row[column]), 0));
  expect(total(top)).toEqual(total(all));
  expect(new Set(top.slice(1).map(([, service]) => service))).toEqual(new Set(["web", "others"]));
});

test("JSON has the query, the units and the same rows", async () => {
  const response = await fetch(`${base}?format=json&from=1000&to=3000&step=1000&by=device&device=${TV}`);
  const row = (at: number, group: number, device: string, name: string | null) => {
    const { up, down, upPackets, downPackets } = moved(at, 1000, group, 2);
    const values = { up_bytes: up, down_bytes: down, up_packets: upPackets, down_packets: downPackets };
    return { time_utc: new Date(at).toISOString(), device, device_name: name, ...values };
  };
  expect(await response.json()).toEqual({
    query: {
      view: "series",
      from: "1970-01-01T00:00:01.000Z",
      to: "1970-01-01T00:00:03.000Z",
      device: TV,
      by: "device",
      step: 1000,
    },
    units: {
      time_utc: "ISO 8601, begin of the step",
      device: "MAC address",
      device_name: "name",
      up_bytes: "bytes from the device",
      down_bytes: "bytes to the device",
      up_packets: "packets from the device",
      down_packets: "packets to the device",
    },
    rows: [row(1000, 0, TV, "2026-11-22"), row(1000, 1, GUEST, null), row(2000, 0, TV, "2026-11-22")],
  });
});

test("the filter is in the file, as it can be asked for again, and in its name", async () => {
  const response = await fetch(`${base}?format=json&from=0&to=1000&step=1000&service=6/443`);
  expect((await response.json()).query.service).toBe("tcp/443");
  expect(response.headers.get("content-disposition")).toBe(
    'attachment; filename="gatehouse-traffic-tcp-443-1970-01-01T00-00-00Z-to-1970-01-01T00-00-01Z.json"',
  );
  const { headers } = await fetch(`${base}?from=0&to=1000&step=1000&domain=example.net`);
  expect(headers.get("content-disposition")).toContain("gatehouse-traffic-example.net-1970");
  expect(traffic.asked.at(-1)).toEqual({
    what: "series",
    query: { from: 0, to: 1000, step: 1000, domain: "example.net" },
  });
});

test("the file's name says what is in it, and browsers keep no copy", async () => {
  const headers = async (query: string) => {
    const { headers: all } = await fetch(`${base}?${query}`);
    return ["content-type", "content-disposition", "cache-control"].map((name) => all.get(name));
  };
  expect(await headers(`from=0&to=1000&by=remote&device=${TV}`)).toEqual([
    "text/csv; charset=utf-8; header=present",
    'attachment; filename="gatehouse-traffic-by-remote-2026-11-22-1970-01-01T00-00-00Z-to-1970-01-01T00-00-01Z.csv"',
    "no-store",
  ]);
  expect(await headers(`from=0&to=1000&view=totals&format=json&remote=2001:db8::7&device=${GUEST}`)).toEqual([
    "application/json",
    'attachment; filename="gatehouse-totals-by-remote-02-00-5e-00-00-02-2001-db8-7-1970-01-01T00-00-00Z-to-1970-01-01T00-00-01Z.json"',
    "no-store",
  ]);
});

test("what a view does not take is named, and what is too long for a file", async () => {
  const fields = async (query: string) => (await (await fetch(`${base}?${query}`)).json()).fields;
  expect([
    await fields("view=totals&step=1000"),
    await fields("from=0&to=100000100&step=100&top=5"),
    await fields("format=xls&view=all"),
  ]).toEqual([
    [{ field: "step", reason: "means nothing for totals" }],
    [
      { field: "top", reason: "means nothing without by" },
      { field: "step", reason: "takes 200 and more for this range: a file has at most 1000000 steps" },
    ],
    [
      { field: "format", reason: "takes csv or json" },
      { field: "view", reason: "takes series or totals" },
    ],
  ]);
});

test("the first rows arrive before the last are made", async () => {
  let goOn = () => {};
  const paused = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  traffic.pause = () => paused;
  const response = await fetch(`${base}?from=0&to=86400000&step=1000`);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let csv = (await reader.read()).value ?? "";
  expect(csv).toStartWith(
    "time_utc,up_bytes,down_bytes,up_packets,down_packets\r\n1970-01-01T00:00:00.000Z,",
  );
  expect(traffic.asked.length).toBe(1);
  goOn();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) csv += piece.value;
  expect(csv.split("\r\n").length).toBe(86_400 + 2);
  // Asked for piece by piece, without a gap and without asking twice.
  const ranges = traffic.asked.map(({ query }) => query as { from: number; to: number });
  expect(ranges.map(({ to }) => to)).toEqual([...ranges.slice(1).map(({ from }) => from), 86_400_000]);
  expect(ranges.length).toBeGreaterThan(20);
});

/** Holds every file back after its first rows; lets all of them go on, or fail. */
function heldBack() {
  const held = { count: 0, goOn: () => {}, fail: () => {} };
  const gate = new Promise<void>((resolve, reject) => {
    held.goOn = resolve;
    held.fail = () => reject(new Error("the thread has ended"));
  });
  traffic.pause = () => {
    held.count++;
    return gate;
  };
  return held;
}

test("files are bounded, and a client that goes away is not worked for any more", async () => {
  const query = `${base}?from=0&to=100000000&step=100`;
  const controller = new AbortController();
  await (await fetch(`${base}?from=0&to=1000`)).text();
  const held = heldBack();
  // From the second series on each waits, the first pieces among them: the answers come once all go on.
  const answers = Array.from({ length: 8 }, () => fetch(query, { signal: controller.signal }));
  while (held.count < 8) await new Promise(setImmediate);
  expect(await (await fetch(query)).json()).toEqual({
    error: "Too many downloads at once",
    hint: "Wait until one of them has ended, or cancel one.",
  });
  held.goOn();
  await Promise.all(answers);
  controller.abort();
  let status = 429;
  while (status === 429) {
    const response = await fetch(`${base}?from=0&to=1000`);
    status = response.status;
    await response.arrayBuffer();
  }
  expect(status).toBe(200);
  const pieces = 100_000_000 / 100 / 3600;
  expect(traffic.asked.length).toBeLessThan(8 * pieces);
});

test("a client that does not read is waited for", async () => {
  const { hostname, port, pathname } = new URL(base);
  const request = `GET ${pathname}?from=0&to=100000000&step=100 HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  const client = connect(Number(port), hostname, () => client.pause().write(request));
  while (traffic.asked.length === 0) await new Promise(setImmediate);
  for (let i = 0; i < 300; i++) await (await fetch(base.replace("export", "notices"))).arrayBuffer();
  client.destroy();
  expect(traffic.asked.length).toBeLessThan(100);
});

test("a file that cannot be finished is not taken for a whole one", async () => {
  const held = heldBack();
  const response = await fetch(`${base}?from=0&to=86400000&step=1000`);
  const reader = response.body!.getReader();
  await reader.read();
  while (held.count === 0) await new Promise(setImmediate);
  held.fail();
  const rest = async () => {
    while (!(await reader.read()).done);
  };
  await expect(rest()).rejects.toThrow("closed unexpectedly");
});

test("records are RFC 4180's, and a text that a spreadsheet would compute is marked as text", () => {
  const cells = [
    "=1+1",
    "+49",
    "-1",
    "@sum",
    "\tx",
    'say "x"',
    "a,b",
    "line\r\nbreak",
    "Jonas' phone",
    "ليلى",
    "",
  ];
  const read = ["'=1+1", "'+49", "'-1", "'@sum", "'\tx", ...cells.slice(5), "", "-1.5"];
  const csv = csvRecords([
    [...cells, null, -1.5],
    ["x", 0],
  ]);
  expect(parsed(csv)).toEqual([read, ["x", "0"]]);
  expect(csv).toEndWith('"say ""x""","a,b","line\r\nbreak",Jonas\' phone,ليلى,,,-1.5\r\nx,0\r\n');
});
