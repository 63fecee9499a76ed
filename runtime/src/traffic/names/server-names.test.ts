import { expect, test } from "bun:test";
import { cryptoFrame, initialPacket } from "../../wire/quic/initial.fixture.ts";
import { clientHello, joined, OUTER_ECH, records } from "../../wire/tls/hello.fixture.ts";
import { tcpPacket, udpPacket } from "./packet.fixture.ts";
import { ServerNames } from "./server-names.ts";

const HELLO = clientHello({ name: "Video.Example", after: [[51, new Uint8Array(1300)], OUTER_ECH] });
const STREAM = records(HELLO);
const NAME = { name: "video.example", maybeOuter: true };
const first = (host: number) => tcpPacket(STREAM.subarray(0, 1000), 7, { host });
const second = (host: number) => tcpPacket(STREAM.subarray(1000), 1007, { host });
const firstInitial = (host: number) => udpPacket(initialPacket(cryptoFrame(HELLO, 0, 1000)), { host });
const secondInitial = (host: number) => udpPacket(initialPacket(cryptoFrame(HELLO, 1000)), { host });

/** The names that packets give one after the other. */
function names(packets: readonly DataView[], reader = new ServerNames()): (string | undefined)[] {
  return packets.map((view) => reader.read(view, 0, view.byteLength, 0)?.name);
}

test("TLS and QUIC, IPv4 and IPv6, any port, whole or in parts", () => {
  for (const isIPv6 of [false, true]) {
    const flow = { isIPv6, destinationPort: 8443 };
    const reader = new ServerNames();
    const read = (view: DataView) => reader.read(view, 0, view.byteLength, 0);
    const told = [
      tcpPacket(STREAM, 5, { ...flow, sourcePort: 1 }),
      tcpPacket(STREAM.subarray(0, 1000), 0xffff_ffff, flow),
      tcpPacket(STREAM.subarray(1000), 999, flow),
      udpPacket(initialPacket(cryptoFrame(HELLO, 0, 800)), flow),
      udpPacket(initialPacket(cryptoFrame(HELLO, 800)), flow),
    ].map(read);
    const tls = { ...NAME, transport: "tls" } as const;
    expect(told).toEqual([tls, undefined, tls, undefined, { ...NAME, transport: "quic" }]);
  }
});

test("data in the SYN (TCP Fast Open) is the stream's start", () => {
  const syn = tcpPacket(STREAM.subarray(0, 1000), 99, {}, 0x02);
  expect(names([syn, tcpPacket(STREAM.subarray(1000), 1100)])).toEqual([undefined, "video.example"]);
});

test("a first octet alone, in a frame padded to its smallest size, is the stream's start", () => {
  const reader = new ServerNames();
  const one = new Uint8Array(tcpPacket(STREAM.subarray(0, 1), 7).buffer);
  const padded = new DataView(joined(one, new Uint8Array(5)).buffer);
  const rest = tcpPacket(STREAM.subarray(1), 8);
  expect(names([padded, rest], reader)).toEqual([undefined, "video.example"]);
});

test("flows are told apart by their addresses and ports", () => {
  const other = { sourcePort: 443, destinationPort: 50_000 };
  const packets = [
    first(10),
    first(11),
    tcpPacket(STREAM.subarray(1000), 1007, other),
    second(11),
    second(10),
  ];
  expect(names(packets)).toEqual([undefined, undefined, undefined, "video.example", "video.example"]);
  const initials = [firstInitial(10), firstInitial(11), second(11), secondInitial(11), secondInitial(10)];
  expect(names(initials)).toEqual([undefined, undefined, undefined, "video.example", "video.example"]);
});

test("a port that is used again begins anew", () => {
  const later = tcpPacket(STREAM.subarray(0, 900), 0x8000_0000);
  const rest = tcpPacket(STREAM.subarray(900), 0x8000_0000 + 900);
  expect(names([first(10), later, rest])).toEqual([undefined, undefined, "video.example"]);
});

test("once a QUIC flow has told its name, what else it sends is not looked at", () => {
  const reader = new ServerNames();
  const whole = udpPacket(initialPacket(cryptoFrame(HELLO)));
  expect(names([whole, whole, whole], reader)).toEqual(["video.example", undefined, undefined]);
});

test("past the bound the flow that heard nothing for longest makes room", () => {
  const hosts = [10, 11, 12];
  const told = names([...hosts.map(first), second(11), second(12), second(10)], new ServerNames(2));
  expect(told).toEqual([...Array(3).fill(undefined), "video.example", "video.example", undefined]);
});

test("forged datagrams cost no more than their budget, which comes back with time", () => {
  const reader = new ServerNames();
  const read = (view: DataView, now: number) => reader.read(view, 0, view.byteLength, now)?.name;
  const forged = udpPacket(initialPacket(new Uint8Array(40)), { host: 66 });
  for (let i = 0; i < 1000; i++) read(forged, 1000);
  expect([reader.skipped, read(udpPacket(initialPacket(cryptoFrame(HELLO))), 1000)]).toEqual([
    872,
    undefined,
  ]);
  expect(read(udpPacket(initialPacket(cryptoFrame(HELLO))), 1500)).toBe("video.example");
});

test("addresses and empty names are none", () => {
  const hellos = ["192.0.2.1", "."].map((name) => tcpPacket(records(clientHello({ name })), 0));
  expect(names(hellos)).toEqual([undefined, undefined]);
});

test("later fragments, other protocols and what ends too early tell nothing", () => {
  const whole = tcpPacket(STREAM, 0);
  const fragment = tcpPacket(STREAM, 0);
  fragment.setUint16(6, 1);
  const icmp = tcpPacket(STREAM, 0);
  icmp.setUint8(9, 1);
  const shortOffset = tcpPacket(STREAM, 0);
  shortOffset.setUint8(32, 0x40);
  expect(names([fragment, icmp, shortOffset, whole])).toEqual([
    undefined,
    undefined,
    undefined,
    "video.example",
  ]);
  for (const view of [tcpPacket(STREAM, 0), udpPacket(initialPacket(cryptoFrame(HELLO)))]) {
    for (let available = 0; available < view.byteLength; available++) {
      expect([available, new ServerNames(1).read(view, 0, available, 0)]).toEqual([available, undefined]);
    }
  }
});

test("what follows the packet in its buffer is not looked at, what stands before it neither", () => {
  const packet = new Uint8Array(tcpPacket(STREAM, 0).buffer);
  const around = joined(new Uint8Array(14).fill(22), packet, new Uint8Array(6));
  expect(new ServerNames().read(new DataView(around.buffer), 14, around.length - 14, 0)?.name).toBe(
    "video.example",
  );
});
