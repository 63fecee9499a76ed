import { expect, test } from "bun:test";
import { FrameReader } from "./frame.ts";

const HEADER = 64;
const FRAME = 160;

interface Vnet {
  flags?: number;
  gsoType?: number;
  gsoSize?: number;
  checksumStart?: number;
}

/**
 * A tpacket3_hdr of a frame of `originalLength` bytes, 128 of them captured, with a TCP header of 32 bytes at
 * 34.
 */
function reader(originalLength: number, vnet: Vnet = {}, status = 0, packetType = 0): FrameReader {
  const bytes = new Uint8Array(512);
  const view = new DataView(bytes.buffer);
  view.setUint32(HEADER, 320, true);
  view.setUint32(HEADER + 4, 1_700_000_000, true);
  view.setUint32(HEADER + 8, 123, true);
  view.setUint32(HEADER + 12, 128, true);
  view.setUint32(HEADER + 16, originalLength, true);
  view.setUint32(HEADER + 20, status, true);
  view.setUint16(HEADER + 24, FRAME - HEADER, true);
  view.setUint32(HEADER + 32, 5, true);
  view.setUint16(HEADER + 36, 0x88a8, true);
  view.setUint8(HEADER + 58, packetType);
  view.setUint8(FRAME - 10, vnet.flags ?? 0);
  view.setUint8(FRAME - 9, vnet.gsoType ?? 0);
  view.setUint16(FRAME - 8, 256, true); // hdr_len, more than the headers
  view.setUint16(FRAME - 6, vnet.gsoSize ?? 0, true);
  view.setUint16(FRAME - 4, vnet.checksumStart ?? 0, true);
  view.setUint8(FRAME + 34 + 12, 0x80);
  return new FrameReader(bytes, view);
}

test("a frame's fields come from its header", () => {
  const frame = reader(1514, {}, 0, 4);
  const next = frame.read(HEADER);
  const { offset, capturedLength, originalLength, wireLength, seconds, nanoseconds, outgoing } = frame;
  expect({
    next,
    offset,
    capturedLength,
    originalLength,
    wireLength,
    seconds,
    nanoseconds,
    outgoing,
  }).toEqual({
    next: HEADER + 320,
    offset: FRAME,
    capturedLength: 128,
    originalLength: 1514,
    wireLength: 1514,
    seconds: 1_700_000_000,
    nanoseconds: 123,
    outgoing: true,
  });
});

test("a tag that the kernel took out of the frame is put back, and counts for each segment", () => {
  const segmented = { flags: 1, gsoType: 1, gsoSize: 1448, checksumStart: 34 };
  const tagged = (status: number) => {
    const frame = reader(66 + 2896, segmented, status);
    for (let i = 0; i < 14; i++) frame.bytes[FRAME + i] = i;
    frame.read(HEADER);
    const { offset, capturedLength, originalLength, wireLength, segments } = frame;
    const start = frame.bytes.subarray(offset, offset + 18).toHex();
    return [start, offset, capturedLength, originalLength, wireLength, segments];
  };
  const lengths = [FRAME - 4, 132, 66 + 2896 + 4, 2 * (66 + 4 + 1448), 2];
  const addresses = "000102030405060708090a0b";
  expect([tagged(1 << 4), tagged((1 << 4) | (1 << 6))]).toEqual([
    [`${addresses}810000050c0d`, ...lengths],
    [`${addresses}88a800050c0d`, ...lengths],
  ]);
});

test("segments are counted by the transport payload, not by the kernel's buffer", () => {
  const GSO_TCPV4 = 1;
  const GSO_UDP_L4 = 5;
  const rows: [string, number, Vnet, number, number][] = [
    ["an ordinary packet", 1514, {}, 1, 0],
    [
      "ten full segments",
      66 + 14480,
      { flags: 1, gsoType: GSO_TCPV4, gsoSize: 1448, checksumStart: 34 },
      10,
      1448,
    ],
    [
      "and one byte",
      66 + 14481,
      { flags: 1, gsoType: GSO_TCPV4, gsoSize: 1448, checksumStart: 34 },
      11,
      1448,
    ],
    ["where no checksum is open", 66 + 14480, { gsoType: GSO_TCPV4, gsoSize: 1448 }, 10, 1448],
    [
      "with ECN",
      66 + 2896,
      { flags: 1, gsoType: GSO_TCPV4 | 0x80, gsoSize: 1448, checksumStart: 34 },
      2,
      1448,
    ],
    ["UDP", 42 + 3000, { flags: 1, gsoType: GSO_UDP_L4, gsoSize: 1200, checksumStart: 34 }, 3, 1200],
    ["one segment only", 66 + 1448, { flags: 1, gsoType: GSO_TCPV4, gsoSize: 1448, checksumStart: 34 }, 1, 0],
    ["no size", 4000, { flags: 1, gsoType: GSO_TCPV4, gsoSize: 0, checksumStart: 34 }, 1, 0],
    [
      "a header beyond the capture",
      150 + 20 + 2896,
      { flags: 1, gsoType: GSO_TCPV4, gsoSize: 1448, checksumStart: 150 },
      2,
      1448,
    ],
  ];
  const counted = rows.map(([what, length, vnet]) => {
    const frame = reader(length, vnet);
    frame.read(HEADER);
    return [what, frame.segments, frame.segmentSize];
  });
  expect(counted).toEqual(rows.map(([what, , , segments, size]) => [what, segments, size]));
});
