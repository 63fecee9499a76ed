import { afterAll, afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JsonLines, jsonLine } from "../dataplane/lines.ts";
import type { BindingRow, ListRequest, SessionRow } from "../dataplane/listing.ts";

const MAIN = join(import.meta.dir, "../../main.ts");
const folder = mkdtempSync(join(tmpdir(), "gatehouse-show-"));
const socketPath = join(folder, "dataplane.sock");
const USE = { ageMs: 130_000, idleMs: 4_200, upBytes: 1_234_567, downBytes: 999 };

const binding = (internalPort: number, part: Partial<BindingRow> = {}): BindingRow => ({
  transport: "udp",
  internalAddress: "192.168.77.20",
  internalPort,
  externalPort: internalPort,
  kind: "dynamic",
  filtering: "open",
  ...USE,
  ...part,
});
const BINDINGS = [
  binding(50_000, { internalAddress: "192.168.77.100", transport: "tcp", filtering: "address" }),
  binding(4000, { externalPort: 4001 }),
  binding(443, { kind: "forward", transport: "tcp", idleMs: 90_000_000 }),
];
const SESSION: SessionRow = {
  transport: "tcp",
  internalAddress: "192.168.77.20",
  internalPort: 40_000,
  externalPort: 14_336,
  remoteAddress: "203.0.113.9",
  remotePort: 443,
  state: "established",
  overloaded: true,
  ...USE,
};
const COUNTED = { bindings: 3, sessions: 1, associations: 0, overloaded: 1, created: 1234, expired: 1231 };

let listener: { stop(force: boolean): void } | undefined;

/** A data plane of these rows, two for each answer. */
beforeEach(() => {
  const rows = { bindings: BINDINGS, sessions: [SESSION], associations: [] };
  listener = Bun.listen({
    unix: socketPath,
    socket: {
      open(peer) {
        const nat = { ...COUNTED, drops: { "host-limit": 12 } };
        const accelerator = { outPackets: 40, inPackets: 2, refused: "no CAP_BPF" };
        const tap = { frames: 0, dropped: 0 };
        peer.write(jsonLine({ type: "counters", nat, queue: { dropped: 0 }, tap, accelerator }));
      },
      data(peer, bytes) {
        new JsonLines().push(bytes, (value) => {
          const { what, host, transport, after = 0 } = value as ListRequest;
          const fits = (row: BindingRow | SessionRow) =>
            row.internalAddress === (host ?? row.internalAddress) &&
            row.transport === (transport ?? row.transport);
          const page = rows[what].slice(after, after + 2).filter(fits);
          const next = after + 2 < rows[what].length ? after + 2 : null;
          peer.write(jsonLine({ type: "listing", what, rows: page, next }));
        });
      },
    },
  });
  const lease = { client: "id:01", vendorClass: "", expires: 0 };
  const leases = [
    { ...lease, mac: "02:00:5e:00:00:20", address: 0xc0a84d14, hostName: "console" },
    { ...lease, mac: "02:00:5e:00:00:64", address: 0xc0a84d64, hostName: "" },
  ];
  mkdirSync(join(folder, "leases"), { recursive: true });
  writeFileSync(join(folder, "leases", "home.json"), JSON.stringify({ version: 1, leases }));
});

afterEach(() => listener?.stop(true));
afterAll(() => rmSync(folder, { recursive: true }));

async function nat(...words: string[]) {
  return natAt(folder, words);
}

async function natAt(run: string, words: string[]) {
  const env = { ...process.env, GATEHOUSE_RUN: run, GATEHOUSE_STATE: folder };
  const child = Bun.spawn([process.execPath, MAIN, "nat", ...words], { env, stdout: "pipe", stderr: "pipe" });
  const [status, out, err] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { status, out, err };
}

test("bindings are a table by device, with the names of the lease file while the control plane is down", async () => {
  expect(await nat("show")).toEqual({
    status: 0,
    err: "",
    out: `\
DEVICE             PROTOCOL  INTERNAL              EXTERNAL  OPEN TO       STATE    AGE  IDLE       UP   DOWN
console            tcp       192.168.77.20:443          443  everyone      forward   2m   25h  1.23 MB  999 B
console            udp       192.168.77.20:4000        4001  everyone      dynamic   2m    4s  1.23 MB  999 B
02:00:5e:00:00:64  tcp       192.168.77.100:50000     50000  its contacts  dynamic   2m    4s  1.23 MB  999 B
`,
  });
});

test("sessions say their other side and their state", async () => {
  expect((await nat("show", "sessions")).out).toBe(`\
DEVICE   PROTOCOL  INTERNAL             EXTERNAL  REMOTE           STATE                         AGE  IDLE       UP   DOWN
console  tcp       192.168.77.20:40000     14336  203.0.113.9:443  established, shares its port   2m    4s  1.23 MB  999 B
`);
  expect((await nat("show", "associations")).out).toBe("No associations.\n");
});

test("filters: a device by name, address or MAC; a protocol; a port at any of its places", async () => {
  const ports = async (...words: string[]) => {
    const { out, err } = await nat("show", "--json", ...words);
    return err === "" ? JSON.parse(out).map((row: BindingRow) => row.internalPort) : err;
  };
  expect(
    await Promise.all([
      ports("--device", "Console"),
      ports("--device", "192.168.77.100"),
      ports("--device", "02-00-5E-00-00-64"),
      ports("--protocol", "udp"),
      ports("--port", "4001"),
      ports("--port", "1"),
    ]),
  ).toEqual([[4000, 443], [50_000], [50_000], [4000], [4000], []]);
});

test("for programs each row has the data plane's fields and the device", async () => {
  const rows = JSON.parse((await nat("show", "sessions", "--json")).out);
  expect(rows).toEqual([{ ...SESSION, device: { mac: "02:00:5e:00:00:20", name: "console" } }]);
});

test("the summary tells what is held, and in words what was refused", async () => {
  expect((await nat()).out).toBe(`\
Held now
  bindings               3  1,234 made and 1,231 expired since the data plane started
  sessions               1  1 share a port, as none was free
  associations           0  tunnels and the like, without ports

42 packets were carried past the rules; off now: no CAP_BPF.

Packets refused, and why
          12  One device asked for more ports than it may have (host-limit)
              The limit keeps some for the others; what it had stays open.
`);
  expect(JSON.parse((await nat("--json")).out)).toMatchObject({ ...COUNTED, refused: [{ count: 12 }] });
});

test("what cannot be is said in one line, with what to do", async () => {
  expect(await nat("show", "--device", "tv")).toEqual({
    status: 1,
    out: "",
    err: "gatehouse nat: no device is called tv; known are console\n",
  });
  expect(await nat("show", "--port", "http")).toEqual({
    status: 2,
    out: "",
    err: 'gatehouse: --port takes a number from 0 to 65535, but "http" was given; gatehouse nat --help says more\n',
  });
  expect(await nat("--help")).toMatchObject({ status: 0, out: expect.stringContaining("--device WHICH") });
  // What a data plane that was killed leaves behind: a socket that nobody listens at.
  const killed = join(folder, "killed");
  mkdirSync(killed);
  const script = `Bun.listen({ unix: "${killed}/dataplane.sock", socket: { data() {} } }); process.kill(process.pid, 9)`;
  await Bun.spawn([process.execPath, "-e", script]).exited;
  expect(await natAt(killed, ["show"])).toEqual({
    status: 1,
    out: "",
    err: `gatehouse nat: nothing listens at ${killed}/dataplane.sock; systemctl status gatehouse-dataplane says why\n`,
  });
  listener?.stop(true);
  rmSync(socketPath, { force: true });
  expect(await nat("show")).toEqual({
    status: 1,
    out: "",
    err: `gatehouse nat: there is no data plane at ${socketPath}; systemctl status gatehouse-dataplane says why\n`,
  });
});

test("a device's name cannot steer the terminal, nor push the figures off it", async () => {
  const { tableText } = await import("./text.ts");
  const named = (name: string) => [{ address: "192.168.77.20", mac: "", name }];
  expect(tableText("bindings", [binding(1)], named("\u{1b}[2Jhome\u{202e}"))).toContain(
    "\n\u{fffd}[2Jhome\u{fffd}  udp",
  );
  expect(tableText("bindings", [binding(1)], named("x".repeat(200)))).toContain(`\n${"x".repeat(23)}…  udp`);
});
