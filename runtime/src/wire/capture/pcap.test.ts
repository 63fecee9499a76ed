import { expect, test } from "bun:test";
import { OUTBOUND, type RecordedFrame } from "./frame.ts";
import { CaptureOutput } from "./output.ts";
import { writePcapFrame, writePcapHeader } from "./pcap.ts";

const FRAME: RecordedFrame = {
  bytes: Uint8Array.fromHex("eeee0102030405ee"),
  offset: 2,
  capturedLength: 5,
  originalLength: 1514,
  seconds: 0xfedcba98,
  nanoseconds: 999_999_999,
  direction: OUTBOUND,
};
const HEADER = "4d3cb2a1 0200 0400 00000000 00000000 00000400 01000000".replaceAll(" ", "");
const RECORD = "98badcfe ffc99a3b 05000000 ea050000 0102030405".replaceAll(" ", "");

test("header and frame are written as the draft has them, whole or not at all", () => {
  const length = (HEADER.length + RECORD.length) / 2;
  for (const room of Array(length + 1).keys()) {
    const out = new CaptureOutput(new Uint8Array(room).fill(0xee));
    const fits = [writePcapHeader(out) && writePcapFrame(out, FRAME), out.written.toHex()];
    expect(fits).toEqual(room === length ? [true, HEADER + RECORD] : [false, room < 24 ? "" : HEADER]);
  }
});
