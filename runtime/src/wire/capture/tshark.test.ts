import { expect, test } from "bun:test";
import { INBOUND, OUTBOUND, type RecordedFrame } from "./frame.ts";
import { CaptureOutput } from "./output.ts";
import { writePcapFrame, writePcapHeader } from "./pcap.ts";
import {
  writeEnhancedPacket,
  writeInterfaceDescription,
  writeInterfaceStatistics,
  writeSectionHeader,
} from "./pcapng.ts";

/** Frames of an EtherType that nobody decodes, of every alignment, one cut and one as long as TSO makes them. */
const FRAMES: RecordedFrame[] = [60, 61, 62, 63, 1514, 65_550].map((length, i) => {
  const bytes = Uint8Array.from({ length: length + 3 }, (_, at) => at * (i + 3));
  bytes.set([0x88, 0xb5], 3 + 12);
  const direction = i % 2 === 0 ? INBOUND : OUTBOUND;
  const originalLength = length + (i === 4 ? 700 : 0);
  return {
    bytes,
    offset: 3,
    capturedLength: length,
    originalLength,
    seconds: 1_800_000_000,
    nanoseconds: i * 111,
    direction,
  };
});

type Write = (out: CaptureOutput) => boolean;

const at = { seconds: 1_800_000_001, nanoseconds: 0 };
const PCAP: Write[] = [
  writePcapHeader,
  ...FRAMES.map((frame) => (out: CaptureOutput) => writePcapFrame(out, frame)),
];
const PCAPNG: Write[] = [
  (out) => writeSectionHeader(out, { application: "Gatehouse", comment: "für Alice" }),
  (out) => writeInterfaceDescription(out, { name: "br-lan" }),
  (out) => writeInterfaceDescription(out, { name: "br-guest", comment: "the guests" }),
  ...FRAMES.map(
    (frame, i) => (out: CaptureOutput) => writeEnhancedPacket(out, i % 2, frame, i === 3 ? "a comment" : ""),
  ),
  (out) => writeInterfaceStatistics(out, 0, { at, received: 9, dropped: 3 }),
];

/** The file of the first blocks. */
function file(blocks: readonly Write[], count = blocks.length): Uint8Array {
  const out = new CaptureOutput(new Uint8Array(400_000));
  for (const write of blocks.slice(0, count)) expect(write(out)).toBe(true);
  return out.written;
}

/** What tshark says of a capture; it must open it without a word on standard error. */
function tshark(capture: Uint8Array, ...words: string[]): string {
  const command = ["tshark", "-n", "-r", "-", ...words];
  const { stdout, stderr, exitCode } = Bun.spawnSync(command, { stdin: capture, timeout: 60_000 });
  const warnings = stderr.toString().replace(/^Running as user "root" and group "root".*\n/, "");
  expect([exitCode, warnings]).toEqual([0, ""]);
  return stdout.toString();
}

const FIELDS = ["frame.time_epoch", "frame.cap_len", "frame.len"];
const fields = (names: readonly string[]) => ["-T", "fields", ...names.flatMap((name) => ["-e", name])];

test.each([
  ["pcap", PCAP],
  ["pcapng", PCAPNG],
])("tshark finds every frame of a %s file byte for byte", (_, blocks) => {
  const capture = file(blocks);
  const rows = FRAMES.map(({ nanoseconds, capturedLength, originalLength }) => [
    `1800000000.${String(nanoseconds).padStart(9, "0")}`,
    capturedLength,
    originalLength,
  ]);
  expect(tshark(capture, ...fields(FIELDS))).toBe(rows.map((row) => `${row.join("\t")}\n`).join(""));
  const packets: { _source: { layers: { frame_raw: [string] } } }[] = JSON.parse(
    tshark(capture, "-T", "jsonraw"),
  );
  expect(packets.map((packet) => packet._source.layers.frame_raw[0])).toEqual(
    FRAMES.map((frame) => frame.bytes.subarray(3, 3 + frame.capturedLength).toHex()),
  );
});

test("tshark tells interface, direction and comment of each frame", () => {
  const names = ["frame.interface_name", "frame.packet_flags_direction", "frame.comment"];
  const rows = FRAMES.map(({ direction }, i) => [
    i % 2 === 0 ? "br-lan" : "br-guest",
    `0x0000000${direction}`,
    i === 3 ? "a comment" : "",
  ]);
  expect(tshark(file(PCAPNG), ...fields(names))).toBe(rows.map((row) => `${row.join("\t")}\n`).join(""));
});

test.each([
  ["pcap", PCAP, 1],
  ["pcapng", PCAPNG, 3],
])(
  "tshark opens a %s file that ends after any block",
  (_, blocks, heads) => {
    const counts = Array.from({ length: blocks.length }, (_, i) => i + 1);
    const frames = counts.map(
      (count) => tshark(file(blocks, count), ...fields(["frame.number"])).split("\n").length - 1,
    );
    expect(frames).toEqual(counts.map((count) => Math.min(Math.max(count - heads, 0), FRAMES.length)));
  },
  120_000,
);
