import { expect, test } from "bun:test";
import { OUTBOUND, type RecordedFrame, UNKNOWN_DIRECTION } from "./frame.ts";
import { CaptureOutput } from "./output.ts";
import {
  writeEnhancedPacket,
  writeInterfaceDescription,
  writeInterfaceStatistics,
  writeSectionHeader,
} from "./pcapng.ts";
import { writeTimestamp } from "./timestamp.ts";

const FRAME: RecordedFrame = {
  bytes: Uint8Array.fromHex("eeee0102030405ee"),
  offset: 2,
  capturedLength: 5,
  originalLength: 1514,
  seconds: 1,
  nanoseconds: 999_999_999,
  direction: OUTBOUND,
};

type Write = (out: CaptureOutput) => boolean;

/** What `write` puts into a buffer full of old bytes. */
function written(write: Write): string {
  const out = new CaptureOutput(new Uint8Array(1000).fill(0xee));
  expect(write(out)).toBe(true);
  return out.written.toHex();
}

const SECTION: Write = (out) =>
  writeSectionHeader(out, { application: "Gatehouse", comment: "ä", os: "", hardware: "PC" });
const INTERFACE: Write = (out) => writeInterfaceDescription(out, { name: "br-lan", description: "Alice" });
const PACKET: Write = (out) => writeEnhancedPacket(out, 3, FRAME);
const STATISTICS: Write = (out) =>
  writeInterfaceStatistics(out, 1, {
    at: { seconds: 1, nanoseconds: 0 },
    end: { seconds: 2, nanoseconds: 1 },
    received: 2 ** 40 + 5,
    dropped: 7,
  });

/** The blocks of draft-ietf-opsawg-pcapng, word by word. */
const BLOCKS: [string, Write, string[]][] = [
  [
    "a section header",
    SECTION,
    [
      ..."0a0d0d0a 40000000 4d3c2b1a 01000000 ffffffffffffffff".split(" "),
      "01000200 c3a40000", // opt_comment
      "02000200 50430000", // shb_hardware
      "04000900 4761746568 6f757365 000000", // shb_userappl
      "00000000 40000000",
    ],
  ],
  [
    "an interface description",
    INTERFACE,
    [
      "01000000 38000000 0100 0000 00000400", // LINKTYPE_ETHERNET, reserved, snapshot length
      "02000600 62722d6c616e 0000", // if_name
      "03000500 416c696365 000000", // if_description
      "09000100 09000000", // if_tsresol
      "00000000 38000000",
    ],
  ],
  [
    "a packet",
    PACKET,
    [
      "06000000 34000000 03000000 00000000 ff933577 05000000 ea050000", // 0x773593ff is 1 999 999 999
      "0102030405 000000",
      "02000400 02000000", // epb_flags: outbound
      "00000000 34000000",
    ],
  ],
  [
    "a packet of unknown direction with a comment",
    (out) => writeEnhancedPacket(out, 0, { ...FRAME, direction: UNKNOWN_DIRECTION }, "abcd"),
    [
      "06000000 34000000 00000000 00000000 ff933577 05000000 ea050000 0102030405 000000",
      "01000400 61626364 00000000 34000000",
    ],
  ],
  [
    "a packet without options",
    (out) => writeEnhancedPacket(out, 0, { ...FRAME, direction: UNKNOWN_DIRECTION, capturedLength: 4 }),
    ["06000000 24000000 00000000 00000000 ff933577 04000000 ea050000 01020304 24000000"],
  ],
  [
    "interface statistics",
    STATISTICS,
    [
      "05000000 40000000 01000000 00000000 00ca9a3b",
      "03000800 00000000 01943577", // isb_endtime
      "04000800 0500000000010000", // isb_ifrecv
      "05000800 0700000000000000", // isb_ifdrop
      "00000000 40000000",
    ],
  ],
];

test.each(BLOCKS)("%s is written as the draft has it", (_, write, words) => {
  expect(written(write)).toBe(words.join("").replaceAll(" ", ""));
});

test.each(BLOCKS)("%s is written whole or not at all", (_, write, words) => {
  const length = words.join("").replaceAll(" ", "").length / 2;
  for (const room of Array(length).keys()) {
    const out = new CaptureOutput(new Uint8Array(new ArrayBuffer(length + 8), 8, room).fill(0xee));
    expect([write(out), out.length, out.bytes.every((byte) => byte === 0xee)]).toEqual([false, 0, true]);
  }
  const out = new CaptureOutput(new Uint8Array(new ArrayBuffer(length + 8), 8, length));
  expect([write(out), write(out), out.length]).toEqual([true, false, length]);
  out.clear();
  expect([write(out), out.written.toHex()]).toEqual([true, words.join("").replaceAll(" ", "")]);
});

test("a time stamp is the 64-bit sum, upper half first", () => {
  const view = new DataView(new ArrayBuffer(8));
  const times = [0, 1, 0xffff, 0x10000, 0x12345678, 1_800_000_000, 0x80000000, 0xffffffff].flatMap(
    (seconds) => [0, 1, 999_999_999].map((nanoseconds) => [seconds, nanoseconds] as const),
  );
  for (const [seconds, nanoseconds] of times) {
    writeTimestamp(view, 0, seconds, nanoseconds);
    const read = (BigInt(view.getUint32(0, true)) << 32n) | BigInt(view.getUint32(4, true));
    expect(read).toBe(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds));
  }
});

test("a text longer than an option ends with a whole character", () => {
  const out = new CaptureOutput(new Uint8Array(70_000));
  expect(writeEnhancedPacket(out, 0, FRAME, `a${"ä".repeat(40_000)}`)).toBe(true);
  const option = 28 + 8;
  expect(out.view.getUint16(option + 2, true)).toBe(65_535);
  const text = new TextDecoder("utf-8", { fatal: true }).decode(
    out.bytes.subarray(option + 4, option + 4 + 65_535),
  );
  expect(text).toBe(`a${"ä".repeat(32_767)}`);
});
