import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { ClientHello, HelloFault } from "../tls/client-hello.ts";
import { clientHello, joined } from "../tls/hello.fixture.ts";
import { HelloBuffer } from "../tls/hello-buffer.ts";
import {
  CONNECTION_ID,
  cryptoFrame,
  type InitialParts,
  initialPacket,
  varintBytes,
} from "./initial.fixture.ts";
import { InitialHello } from "./initial-hello.ts";
import { startsLongHeader, VERSION_1, VERSION_2 } from "./long-header.ts";

const HELLO = clientHello({ name: "video.example", after: [[51, new Uint8Array(1300)]] });
const SMALL = clientHello({ name: "small.example" });
const PADDING = new Uint8Array(40);
const PING = Uint8Array.of(1);
const frame = (from: number, to: number) => cryptoFrame(HELLO, from, to);

/** What each datagram of one connection told. */
function told(...datagrams: Uint8Array[]): (string | undefined)[] {
  const connection = new InitialHello(new HelloBuffer());
  return datagrams.map((datagram) => nameOf(connection.push(datagram)));
}

function nameOf(hello: ClientHello | HelloFault): string | undefined {
  if (typeof hello === "string") return `fault: ${hello}`;
  return hello.serverName && Buffer.from(hello.serverName).toString("latin1");
}

const captured = readFileSync(new URL("../../../../test/fixtures/quic/initials.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => Uint8Array.fromHex(line));

test("Chromium's hello, shuffled over two packets, is read in either order and from Buffers as well", () => {
  const [first, second] = captured as [Uint8Array, Uint8Array];
  const expected = ["fault: incomplete", "video.example.net"];
  const before = Buffer.from(first).toString("hex");
  expect([told(first, second), told(second, first), told(Buffer.from(first), Buffer.from(second))]).toEqual([
    expected,
    expected,
    expected,
  ]);
  expect(Buffer.from(first).toString("hex")).toBe(before);
});

test("where Chromium's second packet is lost, what it sends again later makes up for it", () => {
  const [first, , ...again] = captured as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  expect(told(first, first, ...again)).toEqual([...Array(3).fill("fault: incomplete"), "video.example.net"]);
});

test("CRYPTO frames out of order, overlapping, among PING, PADDING and ACK, over packets of any number", () => {
  const ack = Uint8Array.of(2, 5, 0, 1, 0, 2, 3);
  const ackEcn = Uint8Array.of(3, 5, 0, 0, 0, 1, 2, 3);
  const end = HELLO.length;
  const first = initialPacket(
    joined(frame(900, end), PING, PADDING, ack, frame(0, 10), ackEcn, frame(5, 400)),
    {
      packetNumber: 0,
      packetNumberLength: 1,
    },
  );
  const second = initialPacket(joined(PING, frame(300, 950), PADDING), {
    packetNumber: 0x123456,
    packetNumberLength: 3,
  });
  expect([told(first, second), told(second, first)]).toEqual([
    ["fault: incomplete", "video.example"],
    ["fault: incomplete", "video.example"],
  ]);
});

test("coalesced packets are looked at one after the other", () => {
  const zeroRtt = joined(
    Uint8Array.of(0xd0, 0, 0, 0, 1, 8),
    CONNECTION_ID,
    Uint8Array.of(0),
    varintBytes(30),
    new Uint8Array(30),
  );
  const halves = [initialPacket(frame(0, 700)), initialPacket(frame(700, HELLO.length), { packetNumber: 3 })];
  const shortHeader = Uint8Array.of(0x40, 1, 2, 3);
  expect(told(joined(halves[0]!, zeroRtt, halves[1]!, shortHeader))).toEqual(["video.example"]);
  expect(told(joined(zeroRtt, initialPacket(cryptoFrame(SMALL))))).toEqual(["small.example"]);
});

test("a token is skipped; the server's connection ID keeps the keys, that of its Retry gives new ones", () => {
  const parts: Partial<InitialParts> = { token: new Uint8Array(200), destinationId: Uint8Array.of(1, 2, 3) };
  const later = initialPacket(frame(700, HELLO.length), { ...parts, originalId: CONNECTION_ID });
  const retried = initialPacket(cryptoFrame(SMALL), parts);
  expect([told(initialPacket(frame(0, 700)), later), told(initialPacket(frame(0, 700)), retried)]).toEqual([
    ["fault: incomplete", "video.example"],
    ["fault: incomplete", "small.example"],
  ]);
});

test("what was changed on the way, is of another version or a Retry tells nothing", () => {
  const packet = initialPacket(cryptoFrame(SMALL));
  const changed = packet.slice();
  changed[packet.length - 1]! ^= 1;
  const otherVersion = packet.slice();
  otherVersion[4] = 9;
  const retry = packet.slice();
  retry[0] = 0xf0;
  for (const datagram of [changed, otherVersion, retry, new Uint8Array(1200)]) {
    expect(told(datagram)).toEqual(["fault: incomplete"]);
  }
});

test("cut anywhere, a datagram tells nothing", () => {
  for (const version of [VERSION_1, VERSION_2] as const) {
    const packet = initialPacket(joined(PING, cryptoFrame(SMALL)), { version, token: Uint8Array.of(1) });
    for (let length = 0; length < packet.length; length++) {
      expect([length, ...told(packet.subarray(0, length))]).toEqual([length, "fault: incomplete"]);
    }
    expect(told(packet)).toEqual(["small.example"]);
  }
});

test("cut anywhere inside their packet, frames tell nothing", () => {
  const frames = joined(Uint8Array.of(2, 5, 0, 0, 0), cryptoFrame(SMALL));
  for (let length = 4; length < frames.length; length++) {
    expect([length, ...told(initialPacket(frames.subarray(0, length)))]).toEqual([
      length,
      "fault: incomplete",
    ]);
  }
});

test("a stream that is no hello, or has no end, is given up", () => {
  const endless = Uint8Array.of(1, 0, 0x3f, 0xf0, ...new Uint8Array(900));
  const far = joined(Uint8Array.of(6), Uint8Array.fromHex("ffffffffffffffff"), Uint8Array.of(20), PADDING);
  const tooLong = Uint8Array.of(1, 1, 0, 0);
  expect([
    told(initialPacket(cryptoFrame(endless))),
    told(initialPacket(far)),
    told(initialPacket(cryptoFrame(Uint8Array.of(2, 0, 0, 9, ...PADDING)))),
    told(initialPacket(cryptoFrame(joined(tooLong, PADDING)))),
  ]).toEqual([
    ["fault: incomplete"],
    ["fault: incomplete"],
    ["fault: not a ClientHello"],
    ["fault: too long"],
  ]);
});

test("a datagram is known by a few octets", () => {
  const starts = (bytes: Uint8Array) => startsLongHeader(new DataView(bytes.slice().buffer), 0, bytes.length);
  const packet = initialPacket(cryptoFrame(SMALL));
  const shortHeader = packet.slice();
  shortHeader[0]! &= 0x7f;
  const dns = Uint8Array.fromHex("ef8101200001000000000001");
  expect([packet, shortHeader, dns, packet.slice(0, 5)].map(starts)).toEqual([true, false, false, false]);
});
