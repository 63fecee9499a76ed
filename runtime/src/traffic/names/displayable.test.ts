import { expect, test } from "bun:test";
import { displayableName } from "./displayable.ts";

const octets = (...values: number[]) => Uint8Array.from(values);

test("names as they should be stay, in small letters and without their final dot", () => {
  const names = ["www.Example.COM.", "_dmarc.xn--mnchen-3ya.de", "1e100.net", "", ".", `${"a".repeat(253)}.`];
  const shown = ["www.example.com", "_dmarc.xn--mnchen-3ya.de", "1e100.net", "", "", "a".repeat(253)];
  const bytes = names.map((name) => Buffer.from(name));
  expect([names.map(displayableName), bytes.map(displayableName)]).toEqual([shown, shown]);
});

const hostile: [string, string | Uint8Array, string][] = [
  ["control characters", "a\n\u0000\u001b[31mb\u007f", "a\\010\\000\\027\\09131mb\\127"],
  ["text turned around", "\u202emoc.elpmaxe", "\\226\\128\\174moc.elpmaxe"],
  [
    "isolates and zero-width characters",
    "a\u2066\u200b\ufeff",
    "a\\226\\129\\166\\226\\128\\139\\239\\187\\191",
  ],
  ["lookalike letters", "pаypal.com", "p\\208\\176ypal.com"],
  ["an emoji", "😀.example", "\\240\\159\\152\\128.example"],
  ["half a surrogate pair", "a\ud800", "a\\239\\191\\189"],
  ["markup", '<img src="x">', "\\060img\\032src\\061\\034x\\034\\062"],
  ["a formula for a spreadsheet", "=1+1", "\\0611\\0431"],
  ["bytes that are no UTF-8", octets(0x61, 0xff, 0xc0, 0x80), "a\\255\\192\\128"],
  ["overlong UTF-8 bytes of a bidi override", octets(0xe2, 0x80, 0xae), "\\226\\128\\174"],
  ["a backslash in bytes", octets(0x5c, 0x30, 0x36, 0x35), "\\092065"],
  ["dots at the end", "a.example...", "a.example"],
  ["a mark of cutting that cuts nothing", "…\u0000", "\\226\\128\\166\\000"],
  ["an escape in text", "a\\046b\\999\\", "a\\046b\\092999\\092"],
];
test.each(hostile)("%s come out harmless", (_what, name, shown) => {
  expect([displayableName(name), displayableName(displayableName(name))]).toEqual([shown, shown]);
});

test("names longer than any are cut, never in an escape", () => {
  const shown = [
    displayableName("a".repeat(254)),
    displayableName(new Uint8Array(65_535).fill(0x61)),
    displayableName("\u0000".repeat(300)),
    displayableName("ab\u0000".repeat(300)),
  ];
  const a = `${"a".repeat(252)}…`;
  expect(shown.slice(0, 2)).toEqual([a, a]);
  for (const text of shown) {
    expect(text.length).toBeLessThanOrEqual(253);
    expect(text).toMatch(/^(?:[a-z0-9_.-]|\\\d{3})+…$/);
    expect(displayableName(text)).toBe(text);
  }
});
