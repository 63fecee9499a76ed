import { expect, test } from "bun:test";
import { AttributeCursor, MessageBuilder, MessageCursor, NLM_F_ACK, NLM_F_REQUEST } from "./message.ts";

function hex(bytes: Uint8Array): string {
  return bytes.toHex();
}

// RTM_NEWLINK with IFLA_IFNAME "br-lan" and IFLA_LINKINFO { IFLA_INFO_KIND "bridge" }, without the ifinfomsg:
//   ip link add br-lan type bridge
const NEWLINK =
  "30000000" +
  "1000" +
  "0500" +
  "07000000" +
  "00000000" + // nlmsghdr
  "0b000300" +
  "62722d6c616e00" +
  "00" + // IFLA_IFNAME
  "10001280" +
  "0b000100" +
  "62726964676500" +
  "00" + // IFLA_LINKINFO, nested
  "04006400"; // an attribute without a value

function newLink(): MessageBuilder {
  const builder = new MessageBuilder(128).begin(16, NLM_F_REQUEST, 7).attributeText(3, "br-lan");
  const info = builder.openNest(18);
  return builder
    .attributeText(1, "bridge")
    .closeNest(info)
    .attribute(100, new Uint8Array(0))
    .addFlags(NLM_F_ACK)
    .end();
}

/** Type and text of every attribute, nested ones inside their own list. */
function attributes(cursor: AttributeCursor): unknown[] {
  const all: unknown[] = [];
  while (cursor.next()) {
    const isNest = cursor.type === 18;
    all.push([cursor.type, isNest ? attributes(cursor.nested()) : cursor.text()]);
  }
  return all;
}

test("a message is built as the kernel lays it out", () => {
  const builder = newLink();
  expect(hex(builder.bytes.subarray(0, builder.length))).toBe(NEWLINK);
  expect(builder.reset().length).toBe(0);
});

test("what was built is read back", () => {
  const bytes = Uint8Array.fromHex(NEWLINK);
  const view = new DataView(bytes.buffer);
  const message = new MessageCursor(view).over(0, bytes.length);
  expect([message.next(), message.type, message.flags, message.sequence]).toEqual([
    true,
    16,
    NLM_F_REQUEST | NLM_F_ACK,
    7,
  ]);
  expect(attributes(new AttributeCursor(view).over(message.offset, message.end))).toEqual([
    [3, "br-lan"],
    [18, [[1, "bridge"]]],
    [100, ""],
  ]);
  expect(message.next()).toBe(false);
});

test("integers of a value are read in both byte orders, and a short value is 0", () => {
  const builder = new MessageBuilder(64).attributeU32(1, 0x01020304).attributeU32Be(2, 0x01020304);
  builder.attribute(3, Uint8Array.of(9));
  const cursor = new AttributeCursor(new DataView(builder.bytes.buffer)).over(0, builder.length);
  const read: number[][] = [];
  while (cursor.next()) read.push([cursor.u8(), cursor.u16Be(), cursor.u32(), cursor.u32Be()]);
  expect(read).toEqual([
    [4, 0x0403, 0x01020304, 0x04030201],
    [1, 0x0102, 0x04030201, 0x01020304],
    [9, 0, 0, 0],
  ]);
});

test("a message or attribute cut anywhere ends the walk", () => {
  const whole = Uint8Array.fromHex(NEWLINK);
  for (let length = 0; length < whole.length; length++) {
    const view = new DataView(whole.slice(0, length).buffer);
    expect(new MessageCursor(view).over(0, length).next()).toBe(false);
    expect(attributes(new AttributeCursor(view).over(Math.min(16, length), length)).length).toBeLessThan(3);
  }
});

test("a length below its own header ends the walk instead of standing still", () => {
  const view = new DataView(new ArrayBuffer(32));
  view.setUint32(0, 15, true);
  expect(new MessageCursor(view).over(0, 32).next()).toBe(false);
  view.setUint16(0, 3, true);
  expect(new AttributeCursor(view).over(0, 32).next()).toBe(false);
});

test("writing past the buffer throws", () => {
  expect(() => new MessageBuilder(20).begin(1, 0, 0).u32(0).u32(0)).toThrow(RangeError);
  expect(() => new MessageBuilder(16).append(new Uint8Array(17))).toThrow(RangeError);
});
