/**
 * What reading server names costs the tap, on one core and in this process: `server-names.ts [rounds]`. The baseline is what the tap
 * does with each packet anyway: adding it to its device's sums.
 */
import { readFileSync } from "node:fs";
import type { Mac } from "../../runtime/src/addr/mac.ts";
import { DeviceCounters } from "../../runtime/src/traffic/device-counters.ts";
import { Sighting } from "../../runtime/src/traffic/frame.ts";
import { DeviceNames } from "../../runtime/src/traffic/names/device-names.ts";
import { registrableDomain } from "../../runtime/src/traffic/names/domain.ts";
import { tcpPacket, udpPacket } from "../../runtime/src/traffic/names/packet.fixture.ts";
import { ServerNames } from "../../runtime/src/traffic/names/server-names.ts";
import { InitialHello } from "../../runtime/src/wire/quic/initial-hello.ts";
import { startsLongHeader } from "../../runtime/src/wire/quic/long-header.ts";
import { HelloBuffer } from "../../runtime/src/wire/tls/hello-buffer.ts";
import { startsClientHello } from "../../runtime/src/wire/tls/records.ts";
import { readHello } from "../../runtime/src/wire/tls/segmented-hello.ts";

const rounds = Number(process.argv[2] ?? 5);

/** Median of the rounds, ns per call. */
function measure(calls: number, once: (call: number) => void): number {
  for (let call = 0; call < calls; call++) once(call);
  const times = Array.from({ length: rounds }, () => {
    const start = Bun.nanoseconds();
    for (let call = 0; call < calls; call++) once(call);
    return (Bun.nanoseconds() - start) / calls;
  });
  return times.sort((a, b) => a - b)[rounds >> 1]!;
}

const fixture = (path: string) =>
  readFileSync(new URL(`../fixtures/${path}`, import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => Uint8Array.fromHex(line.split(" ").at(-1)!));
const [, curl, chromium] = fixture("tls/hellos.txt") as [Uint8Array, Uint8Array, Uint8Array];
const [first, second] = fixture("quic/initials.txt") as [Uint8Array, Uint8Array];

const encrypted = new Uint8Array(1400).fill(0x5a).fill(23, 0, 1);
const data = tcpPacket(encrypted, 1);
const acknowledgment = tcpPacket(new Uint8Array(0), 1);
const datagram = udpPacket(new Uint8Array(1250).fill(0x45));
const frame = new DataView(
  new Uint8Array([...new Uint8Array(12), 8, 0, ...new Uint8Array(data.buffer)]).buffer,
);
frame.setUint8(6, 2);
const tapped = {
  view: frame,
  offset: 0,
  capturedLength: frame.byteLength,
  seconds: 1,
  nanoseconds: 2,
  wireLength: frame.byteLength,
  segments: 1,
  outgoing: false,
};
const counters = new DeviceCounters();
const idle = new ServerNames();
const busy = new ServerNames();
for (let port = 0; port < 64; port++) {
  const half = tcpPacket(chromium.subarray(0, 1000), 1, { sourcePort: 40_000 + port });
  busy.read(half, 0, half.byteLength, 0);
}
const read = (names: ServerNames, view: DataView) => names.read(view, 0, view.byteLength, 0);

const MANY = 2_000_000;
const sighting = new Sighting();
const baseline = measure(MANY, () => {
  sighting.read(tapped, []);
  counters.add(frame, sighting.deviceAt, true, tapped.wireLength, 1);
});
let begun = 0;
const perPacket: [string, number][] = [
  ["baseline: the device's sums", baseline],
  [
    "payload alone, TCP",
    measure(MANY, (call) => {
      if (startsClientHello(data, 40 + (call & 1), 1400)) begun++;
    }),
  ],
  [
    "payload alone, UDP",
    measure(MANY, (call) => {
      if (startsLongHeader(datagram, 28 + (call & 1), 1249)) begun++;
    }),
  ],
  ["TCP data, no hello", measure(MANY, () => read(idle, data))],
  ["TCP acknowledgment", measure(MANY, () => read(idle, acknowledgment))],
  ["UDP data, no hello", measure(MANY, () => read(idle, datagram))],
  ["TCP data while 64 hellos are pending", measure(MANY, () => read(busy, data))],
];
if (begun > 0) throw new Error("data passes for a hello");
for (const [what, ns] of perPacket) {
  console.log(
    `${what.padEnd(40)} ${ns.toFixed(1).padStart(8)} ns  ${(ns / baseline).toFixed(2)} of the baseline`,
  );
}

const connection = new InitialHello(new HelloBuffer());
const parses: [string, number][] = [
  ["TLS hello of curl, 517 octets", measure(50_000, () => readHello(curl))],
  ["TLS hello of Chromium, 1956 octets", measure(50_000, () => readHello(chromium))],
  [
    "QUIC hello of Chromium, two packets",
    measure(2000, () => {
      connection.start();
      connection.push(first);
      connection.push(second);
    }),
  ],
  ["registrable domain", measure(50_000, () => registrableDomain("r4---sn-4g5e6nsz.googlevideo.com"))],
];
for (const [what, ns] of parses) console.log(`${what.padEnd(40)} ${(ns / 1000).toFixed(2).padStart(8)} µs`);

memory("pairs, each asked for and seen", 1, (text) => `${text}.content.example.com`);
memory("pairs, each with five names of full length", 4, (text) => text.padStart(253, "x"));

/** Prints what the names of a full table take, `asked` of them asked for per pair. */
function memory(what: string, asked: number, nameOf: (text: string) => string): void {
  Bun.gc(true);
  const before = process.memoryUsage().heapUsed;
  const names = new DeviceNames();
  for (let pair = 0; pair < 40_000; pair++) {
    const device = `02:00:00:00:00:${(pair % 40).toString(16).padStart(2, "0")}` as Mac;
    for (let i = 0; i < asked; i++) names.asked(device, nameOf(`${i}.${pair}`), [pair], pair);
    names.serverName(device, pair, {
      name: nameOf(`s.${pair}`),
      at: pair,
      transport: "tls",
      maybeOuter: true,
    });
  }
  Bun.gc(true);
  const octets = process.memoryUsage().heapUsed - before;
  const each = Math.round(octets / names.size);
  console.log(`${names.size} ${what}: ${(octets / 2 ** 20).toFixed(1)} MB, ${each} octets each`);
}
