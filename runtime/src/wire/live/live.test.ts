import { expect, test } from "bun:test";
import { runInNewContext } from "node:vm";
import { parseAddress } from "../../addr/ipv6.ts";
import { macNumber, parseMac } from "../../addr/mac.ts";
import { decodeLiveFrame } from "./decode.ts";
import { modeFrame, namesFrame, PacketsFrame, SumsFrame } from "./encode.ts";
import type { LivePacket, LiveSum } from "./frame.ts";

const LAPTOP = parseMac("f2:00:5e:10:00:01")!;
const PHONE = parseMac("02:00:5e:ff:fe:fd")!;

const SUM: LiveSum = {
  device: LAPTOP,
  remote: "198.51.100.7",
  protocol: 17,
  port: 443,
  up: 1,
  down: 0xffff_ffff,
  upPackets: 2,
  downPackets: 3_000_000_000,
};
const PACKET: LivePacket = {
  seconds: 4_000_000_000,
  nanoseconds: 999_999_999,
  device: LAPTOP,
  remote: "2001:db8::7",
  up: true,
  protocol: 6,
  localPort: 50_000,
  remotePort: 443,
  tcpFlags: 0x12,
  length: 65_550,
  segments: 44,
};

function sumsFrame(at: number, records: LiveSum[], capacity = 10): Uint8Array {
  const frame = new SumsFrame(capacity);
  frame.at = at;
  for (const { device, remote, protocol, port, up, down, upPackets, downPackets } of records) {
    const words = remote === "others" ? [0, 0, 0, 0] : parseAddress(remote)!;
    frame.add(macNumber(device), words, protocol, port, up, down, upPackets, downPackets);
  }
  return frame.written().slice();
}

function packetsFrame(records: LivePacket[]): Uint8Array {
  const frame = new PacketsFrame(10);
  for (const { tcpFlags, remote, device, ...rest } of records)
    frame.add({ ...rest, flags: tcpFlags, remote: parseAddress(remote)!, device: macNumber(device) });
  return frame.written().slice();
}

const NAMES = [
  { remote: "198.51.100.7", name: "cdn.example.net", evidence: "asked", domain: "example.net" },
] as const;
const FRAMES = {
  sums: sumsFrame(1_764_000_000_100, [SUM, { ...SUM, device: PHONE, remote: "others", port: 0 }]),
  packets: packetsFrame([PACKET, { ...PACKET, up: false, remote: "198.51.100.7" }]),
  mode: modeFrame("sums", "slow", 70_000),
  names: namesFrame(NAMES),
};

test("every kind comes out as it went in", () => {
  const decoded = Object.values(FRAMES).map(decodeLiveFrame);
  expect(decoded).toEqual([
    {
      kind: "sums",
      at: 1_764_000_000_100,
      records: [SUM, { ...SUM, device: PHONE, remote: "others", port: 0 }],
    },
    { kind: "packets", records: [PACKET, { ...PACKET, up: false, remote: "198.51.100.7" }] },
    { kind: "mode", mode: "sums", why: "slow", leftOut: 70_000 },
    { kind: "names", names: [...NAMES] },
  ]);
});

test("the bytes of a sum are those of the table", () => {
  const frame = Buffer.from(sumsFrame(2, [{ ...SUM, up: 0x01020304, down: 5, downPackets: 6 }]));
  expect(frame.toString("hex")).toBe(
    [
      "0100" + "0000000000000040" + "0100",
      "f2005e100001" + "00000000000000000000ffffc6336407" + "1100" + "bb01",
      "04030201" + "05000000" + "02000000" + "06000000",
    ].join(""),
  );
});

test("the bytes of a packet are those of the table", () => {
  expect(Buffer.from(packetsFrame([PACKET])).toString("hex")).toBe(
    [
      "0200" + "0100" + "00286bee" + "ffc99a3b",
      "f2005e100001" + "20010db8000000000000000000000007" + "0106" + "50c3" + "bb01",
      "1200" + "0e000100" + "2c00" + "0000",
    ].join(""),
  );
});

test("a frame cut at any length is none", () => {
  const accepted = Object.values(FRAMES).flatMap((frame) =>
    Array.from(frame, (_, length) => frame.subarray(0, length)).filter((cut) => decodeLiveFrame(cut)),
  );
  expect(accepted).toEqual([]);
});

test("a frame with a byte too many, and of a kind that is not known, is none", () => {
  const longer = Object.values(FRAMES).map((frame) => Uint8Array.of(...frame, 0));
  const unknown = [Uint8Array.of(), Uint8Array.of(5, 0), Uint8Array.of(3, 0, 1, 3, 0, 0, 0, 0)];
  expect([...longer, ...unknown].map(decodeLiveFrame).filter((frame) => frame !== undefined)).toEqual([]);
});

test("frames are read wherever they stand in a buffer", () => {
  const buffer = new Uint8Array(FRAMES.packets.length + 6);
  buffer.set(FRAMES.packets, 3);
  expect(decodeLiveFrame(buffer.subarray(3, -3))).toEqual(decodeLiveFrame(FRAMES.packets));
});

test("a full frame takes no more, and is used again", () => {
  const frame = new SumsFrame(2);
  const add = (up: number) => frame.add(1, Uint32Array.of(0, 0, 0xffff, 1), 6, 80, up, 0, 1, 0);
  frame.at = 100;
  expect([add(1), add(2), add(3), frame.count]).toEqual([true, true, false, 2]);
  frame.clear();
  frame.at = 200;
  add(2 ** 33);
  expect(decodeLiveFrame(frame.written())).toMatchObject({ at: 200, records: [{ up: 0xffff_ffff }] });
});

test("a browser reads the frames: the decoder needs nothing but what every browser has", async () => {
  const built = await Bun.build({
    entrypoints: [`${import.meta.dir}/decode.ts`],
    target: "browser",
    format: "cjs",
  });
  const module = { exports: {} as { decodeLiveFrame: typeof decodeLiveFrame } };
  runInNewContext(await built.outputs[0]!.text(), { module, TextDecoder });
  const decoded = Object.values(FRAMES).map(module.exports.decodeLiveFrame);
  expect(JSON.stringify(decoded)).toBe(JSON.stringify(Object.values(FRAMES).map(decodeLiveFrame)));
});
