import { expect, test } from "bun:test";
import { checksum, sum, updated16, updated32 } from "./checksum.ts";

test("the example of RFC 1071 section 3", () => {
  const view = new DataView(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7).buffer);
  expect(checksum(sum(view, 0, 8))).toBe(~0xddf2 & 0xffff);
});

test("an odd last byte counts as the high byte of a word", () => {
  const view = new DataView(Uint8Array.of(0x12, 0x34, 0x56).buffer);
  expect(checksum(sum(view, 0, 3))).toBe(~(0x1234 + 0x5600) & 0xffff);
});

test("RFC 1624 section 4: the update does not turn 0x0000 into 0xffff", () => {
  expect(updated16(0xdd2f, 0x5555, 0x3285)).toBe(0x0000);
});

test("an update gives what summing anew gives", () => {
  const view = new DataView(new ArrayBuffer(64));
  for (let i = 0; i < 64; i += 4) view.setUint32(i, Math.imul(i + 1, 0x9e3779b1));
  for (const value of [0, 1, 0xffff, 0xffff0000, 0xc0a84d0a]) {
    const before = checksum(sum(view, 0, 64));
    const updated = updated32(before, view.getUint32(8), value);
    view.setUint32(8, value);
    expect(updated).toBe(checksum(sum(view, 0, 64)));
  }
});
