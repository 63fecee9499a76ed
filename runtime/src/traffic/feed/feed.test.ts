import { expect, test } from "bun:test";
import { ALICE, BOB, feedOf, packet, packetsOf, SMALL, ticksOf } from "./feed.fixture.ts";
import { feedLength, formatFeed, openFeed } from "./memory.ts";
import { FeedReader } from "./reader.ts";
import { FeedWriter } from "./writer.ts";

test("a tick tells the sums of each device, remote, protocol and service, both ways", () => {
  const feed = feedOf();
  const writer = new FeedWriter(feed);
  const reader = new FeedReader(feed);
  const ipv6 = Uint32Array.of(0x20010db8, 0xffffffff, 0, 1);
  writer.add(packet());
  writer.add(packet({ up: false, length: 1500, segments: 3 }));
  writer.add(packet({ localPort: 40_001 }));
  writer.add(packet({ device: BOB, remote: ipv6, protocol: 17, localPort: 53, remotePort: 3000 }));
  writer.add(packet({ device: BOB, remote: ipv6, protocol: 58, localPort: 0, remotePort: 0 }));
  writer.endTick(17_000_000_001, 9, 2);
  writer.endTick(17_000_000_002, 0, 0);
  const none = { upBytes: 0, downBytes: 0, upPackets: 0, downPackets: 0 };
  const bob = { ...none, tick: 17_000_000_001, device: BOB, remote: ipv6, upBytes: 100, upPackets: 1 };
  expect([ticksOf(reader), ticksOf(reader), reader.lostTicks]).toEqual([
    [
      {
        tick: 17_000_000_001,
        frames: 9,
        dropped: 2,
        sums: [
          {
            tick: 17_000_000_001,
            device: ALICE,
            remote: Uint32Array.of(0, 0, 0xffff, 0xcb007150),
            protocol: 6,
            port: 443,
            upBytes: 200,
            downBytes: 1500,
            upPackets: 2,
            downPackets: 3,
          },
          { ...bob, protocol: 17, port: 53 },
          { ...bob, protocol: 58, port: 0 },
        ],
      },
      { tick: 17_000_000_002, frames: 0, dropped: 0, sums: [] },
    ],
    [],
    0,
  ]);
});

test("packets and names are read as they were written", () => {
  const feed = feedOf();
  const reader = new FeedReader(feed);
  const writer = new FeedWriter(feed);
  const written = packet({
    seconds: 4_000_000_000,
    nanoseconds: 999_999_999,
    flags: 0x12,
    up: false,
    segments: 45,
  });
  writer.packet(written);
  writer.packet(packet({ device: BOB }));
  writer.serverName({
    ...written,
    name: "a.example…",
    transport: "quic",
    maybeOuter: true,
    at: 1_700_000_000_123,
  });
  const names: unknown[] = [];
  reader.readServerNames((...name) => names.push(structuredClone(name)));
  expect([packetsOf(reader), packetsOf(reader), names]).toEqual([
    [written, packet({ device: BOB })],
    [],
    [[ALICE, written.remote, "a.example…", "quic", true, 1_700_000_000_123]],
  ]);
});

test("remotes past the limit count as others of their device, devices past it as one", () => {
  const feed = feedOf();
  const writer = new FeedWriter(feed);
  const reader = new FeedReader(feed);
  for (let i = 0; i < 200; i++)
    writer.add(packet({ device: ALICE + (i % 20), remote: Uint32Array.of(1, 2, 3, i) }));
  writer.endTick(1, 200, 0);
  const [{ sums } = { sums: [] }] = ticksOf(reader);
  const others = sums.filter(({ remote }) => remote.every((word) => word === 0));
  expect([
    sums.length,
    sums.reduce((sum, { upBytes }) => sum + upBytes, 0),
    others.map(({ device, port, protocol }) => [device, port, protocol]),
  ]).toEqual([64, 20_000, [...[16, 17, 18, 19, 0, 1, 2].map((i) => [ALICE + i, 0, 0]), [0, 0, 0]]]);
});

test("a reader goes on from the position of another, and from the oldest in another feed", () => {
  const feed = feedOf(SMALL, 2 ** 32 - 2);
  const writer = new FeedWriter(feed);
  const first = new FeedReader(feed);
  for (let tick = 0; tick < 5; tick++) {
    if (tick === 3) ticksOf(first);
    writer.endTick(tick, 0, 0);
  }
  const other = feedOf(SMALL, 1);
  new FeedWriter(other).endTick(77, 0, 0);
  expect([
    ticksOf(new FeedReader(feed, first.position)).map(({ tick }) => tick),
    ticksOf(new FeedReader(other, 1_000_000)).map(({ tick }) => tick),
    ticksOf(new FeedReader(feed)),
    ticksOf(new FeedReader(feed, "oldest")).map(({ tick }) => tick),
  ]).toEqual([[3, 4], [77], [], [0, 1, 2, 3, 4]]);
});

test("forgetting leaves no byte of what was there and says that it is lost", () => {
  const feed = feedOf();
  const writer = new FeedWriter(feed);
  const reader = new FeedReader(feed);
  for (let i = 0; i < 100; i++) {
    writer.add(packet());
    writer.packet(packet());
    writer.serverName({ ...packet(), name: "secret.example", transport: "tls", maybeOuter: false, at: 1 });
    writer.endTick(i, 1, 0);
  }
  writer.add(packet());
  writer.clear();
  const left = feed.bytes.subarray(256).findIndex((byte) => byte !== 0);
  const nothing = [ticksOf(reader), packetsOf(reader), reader.lostTicks, reader.lostPackets];
  writer.packet(packet({ device: BOB }));
  writer.endTick(100, 1, 0);
  expect([
    left,
    nothing,
    ticksOf(reader).map(({ sums }) => sums),
    packetsOf(reader),
    reader.lostPackets,
  ]).toEqual([-1, [[], [], 100, 100], [[]], [packet({ device: BOB })], 100]);
});

test("other memory is no feed", () => {
  const length = feedLength(SMALL);
  const whole = feedOf().bytes;
  const changed = [0, 4, 11, 13, 17].map((at) => {
    const bytes = whole.slice();
    bytes[at]! ^= 1;
    return bytes;
  });
  const cut = [0, 255, length - 8].map((end) => whole.slice(0, end));
  const feeds = [...changed, ...cut, new Uint8Array(length)].map(({ buffer }) => openFeed(buffer));
  expect([feeds.every((feed) => feed === undefined), openFeed(whole.buffer)]).toEqual([
    true,
    expect.anything(),
  ]);
  expect(() => formatFeed(new ArrayBuffer(1000))).toThrow("1000 bytes cannot hold");
});
