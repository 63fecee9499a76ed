import { expect, test } from "bun:test";
import { macNumber, parseMac } from "../../../addr/mac.ts";
import { emptyPacket, emptySums } from "../../../traffic/feed/records.ts";
import { decodeLiveFrame } from "../../../wire/live/decode.ts";
import type { LiveFrame } from "../../../wire/live/frame.ts";
import { LiveChannel, PACKET_BUDGET, SLOW, STALLED } from "./channel.ts";

const LAPTOP = macNumber(parseMac("02:00:5e:10:00:01")!);
const PHONE = macNumber(parseMac("02:00:5e:10:00:02")!);
const SERVER = 0xcb007150;

/** A client whose connection sends all it is given at once, unless `unsent` says otherwise. */
function client(packets = true, device?: number) {
  const heard: LiveFrame[] = [];
  let bytes = 0;
  const names = new Map<number, string>();
  const state = { unsent: 0 };
  const channel: LiveChannel = new LiveChannel(
    { device, packets },
    0,
    (frame) => {
      heard.push(decodeLiveFrame(frame)!);
      bytes += frame.length;
      queueMicrotask(() => channel.offered(frame.length, state.unsent));
    },
    (_, remote) => {
      const name = names.get(remote as number);
      return name === undefined ? undefined : { name, evidence: "asked", domain: name };
    },
  );
  const send = (count: number, from = LAPTOP) => {
    for (let i = 0; i < count; i++)
      channel.packet(
        Object.assign(emptyPacket(), { device: from, remote: Uint32Array.of(0, 0, 0xffff, SERVER) }),
      );
  };
  const tick = (at: number, records = 1) => {
    for (let i = 0; i < records; i++)
      channel.sum(
        Object.assign(emptySums(), {
          tick: at,
          device: LAPTOP,
          upBytes: 100,
          remote: Uint32Array.of(0, 0, 0xffff, SERVER + i),
        }),
      );
    channel.endTick(at);
  };
  const kinds = () => heard.splice(0).map((frame) => (frame.kind === "mode" ? describe(frame) : frame.kind));
  const describe = ({ mode, why, leftOut }: Extract<LiveFrame, { kind: "mode" }>) =>
    `${mode} ${why} ${leftOut}`;
  return { channel, heard, kinds, send, tick, names, state, bytes: () => bytes };
}

test("packets and sums of the selected device go out, the mode first", () => {
  const { channel, heard, send, tick } = client(true, LAPTOP);
  send(2);
  send(3, PHONE);
  channel.turn(10);
  tick(7);
  const [mode, packets, sums] = heard;
  expect(mode).toEqual({ kind: "mode", mode: "packets", why: "asked", leftOut: 0 });
  expect(packets).toMatchObject({ kind: "packets", records: Array(2).fill({ remote: "203.0.113.80" }) });
  expect(sums).toMatchObject({ kind: "sums", at: 700, records: [{ up: 100, remote: "203.0.113.80" }] });
});

test("past the budget there are sums only, the stream says so, and packets come back after a calm second", () => {
  const { channel, kinds, send, tick } = client();
  send(PACKET_BUDGET + 500);
  channel.turn(10);
  tick(1);
  const busy = kinds();
  channel.turn(1010);
  send(10);
  channel.turn(1500);
  const waiting = kinds();
  channel.turn(2010);
  send(1);
  channel.turn(2020);
  expect([busy, waiting, kinds()]).toEqual([
    ["packets asked 0", "packets", "sums budget 0", "sums"],
    ["sums budget 500"],
    ["packets budget 10", "packets"],
  ]);
});

test("a slow connection gets sums, a stalled one nothing but a word a second, and all again once it is free", async () => {
  const { channel, kinds, send, tick, state, bytes } = client();
  state.unsent = SLOW + 1;
  tick(1);
  await Promise.resolve();
  send(5);
  channel.turn(10);
  tick(2);
  const slow = kinds();
  state.unsent = STALLED + 1;
  await Promise.resolve();
  tick(3);
  await Promise.resolve();
  kinds();
  const before = bytes();
  for (let at = 4; at < 604; at++) {
    tick(at, 50);
    channel.turn(at * 100);
    await Promise.resolve();
  }
  const stalled = [new Set(kinds()), bytes() - before < 1000];
  state.unsent = 0;
  channel.turn(61_500);
  await Promise.resolve();
  channel.turn(62_600);
  tick(700);
  expect([slow, stalled, kinds()]).toEqual([
    ["packets asked 0", "sums", "sums slow 5", "sums"],
    [new Set(["sums slow 0"]), true],
    ["sums slow 0", "packets slow 0", "sums"],
  ]);
});

test("frames that nobody has offered to the connection yet count as unsent", () => {
  const heard: Uint8Array[] = [];
  const channel = new LiveChannel(
    { device: undefined, packets: true },
    0,
    (frame) => heard.push(frame),
    () => undefined,
  );
  for (let at = 0; at < 10_000; at++) {
    channel.sum(Object.assign(emptySums(), { device: LAPTOP, upBytes: 1 }));
    channel.endTick(at);
  }
  expect(heard.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(STALLED + 1000);
});

test("more pairs than a frame has room for: what is past it is its device's, and no byte is missing", () => {
  const { heard, tick } = client(false);
  tick(1, 5000);
  const sums = heard.at(-1);
  if (sums?.kind !== "sums") throw new Error("no sums");
  const up = sums.records.reduce((sum, record) => sum + record.up, 0);
  expect([up, sums.records.length, sums.records.at(-1)]).toMatchObject([
    500_000,
    2049,
    { remote: "others", up: 100 * (5000 - 2048) },
  ]);
});

test("a remote's name comes before its sums, once, and again when it has another", () => {
  const { channel, heard, kinds, tick, names } = client(false);
  tick(1);
  names.set(SERVER, "cdn.example");
  tick(2);
  tick(3);
  const [first] = heard.filter(({ kind }) => kind === "names");
  const before = kinds();
  names.set(SERVER, "www.example");
  channel.renamed(SERVER);
  tick(4);
  expect(first).toEqual({
    kind: "names",
    names: [{ remote: "203.0.113.80", name: "cdn.example", evidence: "asked", domain: "cdn.example" }],
  });
  expect([before, kinds()]).toEqual([
    ["sums asked 0", "sums", "names", "sums", "sums"],
    ["names", "sums"],
  ]);
});

test("a selection can be changed: it starts anew", () => {
  const { channel, kinds, send } = client(false);
  send(1);
  channel.turn(10);
  channel.select({ device: PHONE, packets: true }, 20);
  send(1);
  send(1, PHONE);
  channel.turn(30);
  expect(kinds()).toEqual(["sums asked 0", "packets asked 0", "packets"]);
});
