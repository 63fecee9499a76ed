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

function output(write: (out: CaptureOutput) => boolean): Uint8Array {
  const out = new CaptureOutput(new Uint8Array(400_000));
  expect(write(out)).toBe(true);
  return out.written;
}

const PCAP = output((out) => writePcapHeader(out) && FRAMES.every((frame) => writePcapFrame(out, frame)));
const at = { seconds: 1_800_000_001, nanoseconds: 0 };
const PCAPNG = output(
  (out) =>
    writeSectionHeader(out, { application: "Gatehouse" }) &&
    writeInterfaceDescription(out, { name: "br-lan" }) &&
    writeInterfaceDescription(out, { name: "br-guest", comment: "the guests" }) &&
    FRAMES.every((frame, i) => writeEnhancedPacket(out, i % 2, frame, i === 3 ? "a comment" : "")) &&
    writeInterfaceStatistics(out, 0, { at, received: 9, dropped: 3 }),
);

test.each([
  ["pcap", PCAP],
  ["pcapng", PCAPNG],
])("tcpdump finds every frame of a %s file byte for byte", (_, capture) => {
  const words = ["tcpdump", "-nexx", "-tt", "--time-stamp-precision=nano", "-r", "-"];
  const { stdout, stderr, exitCode } = Bun.spawnSync(words, { stdin: capture, timeout: 30_000 });
  const opened = "reading from file -, link-type EN10MB (Ethernet), snapshot length 262144\n";
  expect([exitCode, stderr.toString()]).toEqual([0, opened]);
  const found = stdout
    .toString()
    .split(/\n(?=\d)/)
    .map((frame) => ({
      time: frame.slice(0, frame.indexOf(" ")),
      length: Number(/, length (\d+)/.exec(frame)?.[1]),
      bytes: [...frame.matchAll(/^\s+0x[0-9a-f]+: (.*)$/gm)]
        .map(([, row]) => row!.replaceAll(" ", ""))
        .join(""),
    }));
  const sent = FRAMES.map(({ bytes, capturedLength, originalLength, nanoseconds }) => ({
    time: `1800000000.${String(nanoseconds).padStart(9, "0")}`,
    length: originalLength,
    bytes: bytes.subarray(3, 3 + capturedLength).toHex(),
  }));
  expect(found).toEqual(sent);
});
