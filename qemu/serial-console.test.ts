import { expect, test } from "bun:test";
import { plainText } from "./serial-console.ts";

test("control sequences of firmware, systemd and the console leave only their text", () => {
  expect(
    [
      "\x1b[2J\x1b[01;01H\x1b[=3hBdsDxe: loading Boot0001",
      "\x1b[!p\x1b]104\x07\x1b[?7h[\x1b[0;1;38:5:185mDEPEND\x1b[0m] Dependency failed",
      "\x1b(B\x1b[m  Internet\tonline\r",
      "plain",
    ].map(plainText),
  ).toEqual(["BdsDxe: loading Boot0001", "[DEPEND] Dependency failed", "  Internet\tonline", "plain"]);
});
