import { expect, test } from "bun:test";
import { parseMac } from "../addr/mac.ts";
import { magicPacket } from "./wake-on-lan.ts";

test("ones, then the address sixteen times", () => {
  const packet = magicPacket(parseMac("02:00:5e:10:00:01")!);
  expect(packet.toHex()).toBe("ff".repeat(6) + "02005e100001".repeat(16));
});
