import { expect, test } from "bun:test";
import { macBytes, parseMac } from "../addr/mac.ts";
import { parsePrefix } from "../addr/prefix.ts";
import { deviceOf } from "./capture/device-index.ts";
import { DeviceCounters } from "./device-counters.ts";
import type { PacketRecord } from "./feed/records.ts";
import { Sighting, type TappedFrame } from "./frame.ts";

const ALICE = parseMac("02:00:5e:00:00:0a")!;
const ROUTER = parseMac("02:00:5e:00:00:01")!;
const HOME = [parsePrefix("192.168.77.1/24")!];
const ALICE_ADDRESS = [192, 168, 77, 10];
const SERVER_ADDRESS = [203, 0, 113, 80];

/** A TCP frame of 100 bytes, from Alice's port 40000 to the server's 443 unless `outgoing`, with the tags given. */
function frame(change: Partial<TappedFrame> = {}, remote = SERVER_ADDRESS, tags: number[] = []): TappedFrame {
  const outgoing = change.outgoing ?? false;
  const packet = new Uint8Array(86);
  packet.set([0x45, 0, 0, 86, 0, 0, 0, 0, 64, 6]);
  packet.set(outgoing ? remote : ALICE_ADDRESS, 12);
  packet.set(outgoing ? ALICE_ADDRESS : remote, 16);
  packet.set(outgoing ? [1, 187, 0x9c, 0x40] : [0x9c, 0x40, 1, 187], 20);
  packet[20 + 12] = 0x80;
  packet[20 + 13] = 0x18;
  return ethernet(tags.concat(0x0800), packet, { ...change, outgoing });
}

/** A frame with the EtherTypes of its tags and of its packet. */
function ethernet(types: number[], packet: Uint8Array, change: Partial<TappedFrame> = {}): TappedFrame {
  const [to, from] = change.outgoing ? [ALICE, ROUTER] : [ROUTER, ALICE];
  const ethertypes = types.flatMap((type, i) => [...(i > 0 ? [0, 5] : []), type >> 8, type & 255]);
  const bytes = Uint8Array.from([...macBytes(to), ...macBytes(from), ...ethertypes, ...packet]);
  return {
    view: new DataView(bytes.buffer),
    offset: 0,
    capturedLength: bytes.length,
    seconds: 1_700_000_000,
    nanoseconds: 123_456_789,
    wireLength: bytes.length,
    segments: 1,
    outgoing: false,
    ...change,
  };
}

/** An IPv6 packet from Alice to `remote`; `rest` follows the header, whose next one is `next`. */
function ipv6(next: number, rest: number[], remote: string): Uint8Array {
  const fixed = [0x60, 0, 0, 0, rest.length >> 8, rest.length & 255, next, 64];
  const alice = [...Uint8Array.fromHex("20010db8000000000000000000000010")];
  return Uint8Array.from([...fixed, ...alice, ...Uint8Array.fromHex(remote), ...rest]);
}

function sightingOf(tapped: TappedFrame): Sighting {
  const sighting = new Sighting();
  sighting.read(tapped, HOME);
  return sighting;
}

const UP: PacketRecord = {
  seconds: 1_700_000_000,
  nanoseconds: 123_456_789,
  device: deviceOf(ALICE),
  remote: Uint32Array.of(0, 0, 0xffff, 0xcb007150),
  up: true,
  protocol: 6,
  localPort: 40_000,
  remotePort: 443,
  flags: 0x18,
  length: 100,
  segments: 1,
};

test("a packet across the border is told with the device, its remote and both ports, up and down", () => {
  const down = { ...UP, up: false, length: 4500, segments: 3 };
  expect([
    sightingOf(frame()).packet,
    sightingOf(frame({ outgoing: true, wireLength: 4500, segments: 3 })).packet,
  ]).toEqual([UP, down]);
});

test("tags are no obstacle", () => {
  const tagged = [[0x8100], [0x88a8, 0x8100]].map((tags) => sightingOf(frame({}, SERVER_ADDRESS, tags)));
  expect(tagged.map(({ ip, crossesBorder, packet }) => [ip, crossesBorder, packet])).toEqual([
    [18, true, { ...UP, length: 104 }],
    [22, true, { ...UP, length: 108 }],
  ]);
});

test("IPv6 counts for remotes outside the home's network, past extension headers, fragments without ports", () => {
  const remote = "2a000000000000000000000000000001";
  const words = Uint32Array.of(0x2a000000, 0, 0, 1);
  const udp = [0x13, 0x88, 0, 53, 0, 8, 0, 0];
  const options = [17, 0, 1, 4, 0, 0, 0, 0];
  const packet = { ...UP, remote: words, protocol: 17, localPort: 5000, remotePort: 53, flags: 0 };
  const see = (next: number, rest: number[], to = remote) => {
    const sighting = sightingOf(ethernet([0x86dd], ipv6(next, rest, to)));
    return sighting.crossesBorder ? structuredClone(sighting.packet) : undefined;
  };
  const isIt = (rest: number[]) => ({ ...packet, length: 54 + rest.length });
  const later = [17, 0, 0, 8, 0, 0, 0, 1, ...udp];
  expect([
    see(17, udp),
    see(60, [...options, ...udp]),
    see(44, [17, 0, 0, 1, 0, 0, 0, 1, ...udp]),
    see(44, later),
    see(17, udp, "20010db8000000000000000000000020"),
    see(17, udp, "fd000000000000000000000000000020"),
    see(17, udp, "ff020000000000000000000000000001"),
  ]).toEqual([
    isIt(udp),
    isIt([...options, ...udp]),
    isIt([...options, ...udp]),
    { ...isIt(later), localPort: 0, remotePort: 0 },
    undefined,
    undefined,
    undefined,
  ]);
});

test("frames in the home have a device but cross no border, and groups are no device", () => {
  const see = (tapped: TappedFrame) => {
    const { device, ip, crossesBorder } = sightingOf(tapped);
    return [device, ip, crossesBorder];
  };
  const broadcast = frame({ outgoing: true });
  broadcast.view.setUint8(0, 0xff);
  expect([
    see(frame({}, [192, 168, 77, 1])),
    see(frame({}, [224, 0, 0, 251])),
    see(broadcast),
    see(ethernet([0x0806], new Uint8Array(28))),
  ]).toEqual([
    [deviceOf(ALICE), 14, false],
    [deviceOf(ALICE), 14, false],
    [0, 14, false],
    [deviceOf(ALICE), -1, false],
  ]);
});

test("a frame cut short anywhere is read as far as it goes", () => {
  const whole = frame({}, SERVER_ADDRESS, [0x8100]);
  const seen = Array.from({ length: 53 }, (_, length) => {
    const { ip, crossesBorder, packet } = sightingOf({ ...whole, capturedLength: length });
    return [ip >= 0, crossesBorder, packet.localPort, packet.flags];
  });
  const expected = Array.from({ length: 53 }, (_, length) =>
    length < 38 ? [false, false, 0, 0] : [true, true, length < 42 ? 0 : 40_000, 0],
  );
  expect(seen).toEqual(expected);
});

/** Counts as the tap does. */
function count(counters: DeviceCounters, tapped: TappedFrame): void {
  const { deviceAt } = sightingOf(tapped);
  counters.add(tapped.view, deviceAt, !tapped.outgoing, tapped.wireLength, tapped.segments);
}

test("frames count for their device, up from its address and down to it", () => {
  const counters = new DeviceCounters();
  count(counters, frame());
  count(counters, frame({ outgoing: true }));
  count(counters, frame({ outgoing: true }));
  const alice = { mac: ALICE, upBytes: 100, downBytes: 200, upPackets: 1, downPackets: 2 };
  expect([counters.takeChanged(), counters.takeChanged(), counters.all()]).toEqual([[alice], [], [alice]]);
});

test("forged addresses past the limit are not counted, those known before still are", () => {
  const counters = new DeviceCounters();
  count(counters, frame());
  for (let i = 0; i < 5000; i++) {
    const forged = frame();
    forged.view.setUint32(8, i);
    count(counters, forged);
  }
  count(counters, frame());
  expect([counters.all().length, counters.all()[0]?.upPackets]).toEqual([1024, 2]);
});
