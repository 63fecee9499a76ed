import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { connect } from "node:net";
import { Access } from "../service/access/access.ts";
import { AccessGuard } from "./access-guard.ts";
import { createApi } from "./api.ts";
import { QuietRouter } from "./fixture.ts";
import { GUEST, TV } from "./traffic.fixture.ts";

const router = new QuietRouter();
const { traffic } = router;
let isOwner = true;
let guard: AccessGuard;
let port = 0;
let base = "";
let stop: () => Promise<unknown>;

/** Seconds after which a connection that nothing passes through is closed; a router waits longer. */
const IDLE_SECONDS = 1;

beforeAll(() => {
  guard = new AccessGuard(new Access({ state: "/nonexistent", visibleTo: () => "owner" }), () => isOwner);
  const app = createApi(router, new Map(), { domain: "lan", guard });
  app.listen({ hostname: "127.0.0.1", port: 0, idleTimeout: IDLE_SECONDS });
  port = app.server?.port ?? 0;
  base = `http://127.0.0.1:${port}/api/captures`;
  stop = () => app.stop(true);
  for (const [i, device] of [TV, GUEST, TV].entries()) traffic.frames.add(device, 1000 + i, frame(i));
});
afterAll(() => stop());
beforeEach(() => {
  isOwner = true;
  traffic.asked.length = 0;
});

/** An Ethernet frame of a type that nobody decodes. */
function frame(id: number): Uint8Array {
  return Uint8Array.from({ length: 60 + id }, (_, at) =>
    at === 12 ? 0x88 : at === 13 ? 0xb5 : at * (id + 3),
  );
}

/** The frames in a file, as tshark reads it; it must not have to say anything about the file itself. */
function tshark(file: Uint8Array): string[] {
  const command = ["tshark", "-n", "-r", "-", "-T", "json", "-x"];
  const { stdout, stderr, exitCode } = Bun.spawnSync(command, { stdin: file, timeout: 60_000 });
  expect([exitCode, stderr.toString().replace(/^Running as user "root".*\n/, "")]).toEqual([0, ""]);
  const packets: { _source: { layers: { frame_raw: [string] } } }[] = JSON.parse(stdout.toString());
  return packets.map(({ _source: { layers } }) => layers.frame_raw[0]);
}

test("tshark opens every download and finds the frames byte for byte", async () => {
  for (const format of ["pcapng", "pcap"]) {
    const file = await (await fetch(`${base}/file?format=${format}`)).bytes();
    expect(tshark(file)).toEqual([0, 1, 2].map((id) => frame(id).toHex()));
  }
  const ofOne = await (await fetch(`${base}/file?device=${GUEST}`)).bytes();
  expect(tshark(ofOne)).toEqual([frame(1).toHex()]);
});

test("a file's name and media type say what it is, and browsers keep no copy", async () => {
  const headers = async (query: string) => {
    const { headers: all } = await fetch(`${base}/file?${query}`);
    return ["content-type", "content-disposition", "cache-control"].map((name) => all.get(name));
  };
  expect(await headers(`device=${TV}&to=2026-11-22T18:30:00Z&port=443`)).toEqual([
    "application/x-pcapng",
    'attachment; filename="gatehouse-capture-2026-11-22-port-443-to-2026-11-22T18-30-00Z.pcapng"',
    "no-store",
  ]);
  expect((await headers("domain=example.net&service=tcp/443&to=1970-01-02")).at(1)).toBe(
    'attachment; filename="gatehouse-capture-example.net-tcp-443-to-1970-01-02T00-00-00Z.pcapng"',
  );
  expect(await headers("format=pcap&from=0&remote=203.0.113.9")).toEqual([
    "application/vnd.tcpdump.pcap",
    'attachment; filename="gatehouse-capture-203.0.113.9-1970-01-01T00-00-00Z-to-2023-11-14T22-13-20Z.pcap"',
    "no-store",
  ]);
});

test("what is selected reaches the captures, and what cannot be is named at once", async () => {
  await fetch(
    `${base}/file?device=192.168.7.10&from=1&to=2&remote=2001:db8:0::1&port=0&follow=0&format=pcap`,
  );
  await fetch(`${base}/file?domain=example.net&service=udp/443`);
  await fetch(`${base}/file?service=icmp`);
  await fetch(`${base}/file`);
  expect(traffic.asked.map(({ query }) => query)).toEqual([
    { format: "pcap", device: TV, from: 1, to: 2, remote: "2001:db8::1", port: 0, follow: false },
    { format: "pcapng", domain: "example.net", protocol: 17, port: 443 },
    { format: "pcapng", protocol: 1 },
    { format: "pcapng" },
  ]);
  const fields = async (query: string) => (await (await fetch(`${base}/file?${query}`)).json()).fields;
  expect(await fields("format=text&port=65536&follow=yes&remote=tv&from=never")).toEqual([
    { field: "format", reason: "takes pcapng or pcap" },
    { field: "port", reason: "takes a whole number from 0 to 65535" },
    { field: "follow", reason: "takes 0 or 1" },
    { field: "remote", reason: expect.stringContaining("takes an IPv4 or IPv6 address") },
    { field: "from", reason: expect.stringContaining("takes milliseconds since 1970-01-01 UTC") },
  ]);
  expect(await fields("service=tcp/443&port=80")).toEqual([
    { field: "port", reason: "is there twice; give service or port, not both" },
  ]);
  expect(await fields("from=2&to=2")).toEqual([
    { field: "from", reason: "is not before to, 1970-01-01T00:00:00.002Z" },
  ]);
});

test("a capture that goes on outlasts the quiet, and ends with the right to see it as a whole file", async () => {
  const file = await follow();
  // Nothing came for so long that the server has given up a connection without a capture.
  await closedForIdleness();
  traffic.frames.add(TV, 5000, frame(7));
  await file.until((bytes) => bytes.includes(frame(7).toHex()));
  isOwner = false;
  guard.recheck();
  expect(tshark(await file.rest()).at(-1)).toBe(frame(7).toHex());
  expect(traffic.frames.open).toBe(0);
});

test.each([false, true])(
  "a client that goes away ends the reading, however quiet it is (away: %p)",
  async (isAway) => {
    const file = await follow();
    expect(traffic.frames.open).toBe(1);
    traffic.frames.isAway = isAway;
    file.leave();
    while (traffic.frames.open > 0) await new Promise(setImmediate);
    traffic.frames.isAway = false;
    expect((await fetch(base)).status).toBe(200);
  },
);

/** A download that goes on. */
async function follow() {
  const controller = new AbortController();
  const response = await fetch(`${base}/file?follow=1`, { signal: controller.signal });
  const reader = response.body!.getReader();
  const pieces: Uint8Array[] = [];
  const next = async () => {
    const { done, value } = await reader.read();
    if (!done) pieces.push(value);
    return !done;
  };
  await next();
  return {
    leave: () => controller.abort(),
    async until(isEnough: (hex: string) => boolean) {
      while (!isEnough(Buffer.concat(pieces).toHex()))
        if (!(await next())) throw new Error("the file has ended");
    },
    async rest() {
      while (await next());
      return Buffer.concat(pieces);
    },
  };
}

function closedForIdleness(): Promise<void> {
  return new Promise((resolve, reject) => {
    const connection = connect(port, "127.0.0.1", () =>
      connection.write("GET /api/captures HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    );
    connection.on("data", () => {});
    connection.on("error", reject);
    connection.on("close", () => resolve());
  });
}
