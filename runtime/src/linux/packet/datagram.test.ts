import { expect, test } from "bun:test";
import { checksum, sum } from "../../wire/checksum.ts";
import { udpPacket } from "./datagram.ts";

const SERVER = { address: 0xc0a80101, port: 67 };
const CLIENT = { address: 0xc0a80164, port: 68 };

test("a datagram becomes a whole packet with both checksums", () => {
  expect(udpPacket(SERVER, CLIENT, new TextEncoder().encode("abc")).toHex()).toBe(
    "4500001f000040004011b718c0a80101c0a80164" + "00430044000b" + "b738" + "616263",
  );
});

test("a checksum that comes out as zero is sent as ones", () => {
  const probe = udpPacket(SERVER, CLIENT, new Uint8Array(2));
  const rest = new DataView(probe.buffer).getUint16(26);
  // The payload word that takes up all that was left makes the sum all ones, and its complement zero.
  const packet = udpPacket(SERVER, CLIENT, Uint8Array.of(rest >>> 8, rest & 255));
  const view = new DataView(packet.buffer);
  expect(view.getUint16(26)).toBe(0xffff);
  expect(checksum(sum(view, 0, 20))).toBe(0);
});
