import { expect, test } from "bun:test";
import { expandName, nameText } from "./name.ts";

const HEADER = new Uint8Array(12);
const text = (bytes: Uint8Array, offset: number) => {
  const name = expandName(bytes, offset);
  return name && nameText(name);
};

test("names are expanded through their pointers", () => {
  const host = [3, 119, 119, 119, 0xc0, 12];
  const message = Uint8Array.of(...HEADER, 2, 104, 105, 0, ...host, 0xc0, 16);
  expect([12, 16, 22].map((offset) => text(message, offset))).toEqual(["hi", "www.hi", "www.hi"]);
});

test("a name that points to itself, past the end or nowhere is none", () => {
  const ends = [
    [0xc0, 12],
    [3, 119],
    [0xc0, 40],
    [0x80, 0],
  ];
  expect(ends.map((end) => text(Uint8Array.of(...HEADER, ...end), 12))).toEqual(Array(4).fill(undefined));
});
