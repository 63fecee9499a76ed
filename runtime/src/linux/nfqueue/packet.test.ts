import { expect, test } from "bun:test";
import { MessageCursor } from "../netlink/message.ts";
import { PacketReader } from "./packet.ts";

// NFQNL_MSG_PACKET for queue 21: id 7, hook 4, mark 0x77, from interface 2 to 3, MAC 02:00:5e:00:06:02, 8 of
// 528 bytes.
const PACKET =
  "5c000000" +
  "0003" +
  "0000" +
  "00000000" +
  "00000000" + // nlmsghdr
  "02000015" + // nfgenmsg
  "0b000100" +
  "00000007" +
  "0800" +
  "04" +
  "00" + // NFQA_PACKET_HDR
  "08000500" +
  "00000002" + // NFQA_IFINDEX_INDEV
  "08000600" +
  "00000003" + // NFQA_IFINDEX_OUTDEV
  "08000300" +
  "00000077" + // NFQA_MARK
  "10000900" +
  "00060000" +
  "02005e0006020000" + // NFQA_HWADDR
  "08000d00" +
  "00000210" + // NFQA_CAP_LEN
  "0c000a00" +
  "4500021000004000"; // NFQA_PAYLOAD

function read(bytes: Uint8Array) {
  const reader = new PacketReader(bytes);
  const message = new MessageCursor(reader.view).over(0, bytes.length);
  return { reader, isPacket: message.next() && reader.read(message) };
}

test("a message gives every field of its packet", () => {
  const { reader, isPacket } = read(Uint8Array.fromHex(PACKET));
  const { id, hook, inInterface, outInterface, mark, macOffset, offset, length, originalLength } = reader;
  expect({
    isPacket,
    id,
    hook,
    inInterface,
    outInterface,
    mark,
    macOffset,
    offset,
    length,
    originalLength,
  }).toEqual({
    isPacket: true,
    id: 7,
    hook: 4,
    inInterface: 2,
    outInterface: 3,
    mark: 0x77,
    macOffset: 64,
    offset: 84,
    length: 8,
    originalLength: 528,
  });
});

test("a message cut anywhere never gives bytes beyond its end", () => {
  const whole = Uint8Array.fromHex(PACKET);
  for (let length = 0; length < whole.length; length++) {
    const cut = whole.slice(0, length);
    if (length >= 4) new DataView(cut.buffer).setUint32(0, length, true);
    const { reader, isPacket } = read(cut);
    expect([
      reader.offset + reader.length <= length,
      reader.macOffset < 0 || reader.macOffset + 6 <= length,
      isPacket,
    ]).toEqual([true, true, length >= 31]);
  }
});

test("one packet's fields do not show in the next", () => {
  const first = Uint8Array.fromHex(PACKET);
  const reader = new PacketReader(first);
  const message = new MessageCursor(reader.view);
  message.over(0, first.length).next();
  reader.read(message);
  // The same message up to its NFQA_PACKET_HDR.
  reader.view.setUint32(0, 32, true);
  message.over(0, 32).next();
  reader.read(message);
  expect([reader.mark, reader.inInterface, reader.macOffset, reader.length, reader.originalLength]).toEqual([
    0, 0, -1, 0, 0,
  ]);
});
