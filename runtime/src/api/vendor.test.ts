import { expect, test } from "bun:test";
import type { Mac } from "../addr/mac.ts";
import { vendorOf } from "./vendor.ts";

test("makers are named as people know them, random addresses in words, unregistered ones not at all", () => {
  expect(
    [
      "00:00:00:00:00:01",
      "00:11:32:00:00:01",
      "b8:27:eb:00:00:01",
      "5a:00:00:00:00:01",
      "00:ff:ff:00:00:01",
    ].map((mac) => vendorOf(mac as Mac)),
  ).toEqual(["XEROX", "Synology", "Raspberry Pi Foundation", "Private address", null]);
});
