import { expect, test } from "bun:test";
import { formatAddress, parseAddress } from "./ipv6.ts";

test("addresses are spelled as RFC 5952 asks", () => {
  const spellings = {
    "2001:DB8:0:0:1:0:0:1": "2001:db8::1:0:0:1",
    "2001:db8:0:1:1:1:1:1": "2001:db8:0:1:1:1:1:1",
    "2001:0db8::0001": "2001:db8::1",
    "::": "::",
    "::1": "::1",
    "fe80::": "fe80::",
    "1:0:0:4:0:0:0:8": "1:0:0:4::8",
    "64:ff9b::192.0.2.1": "64:ff9b::c000:201",
    "::ffff:192.0.2.1": "192.0.2.1",
    "203.0.113.255": "203.0.113.255",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff": "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
  };
  const found = Object.keys(spellings).map((text) => [text, formatAddress(parseAddress(text)!)]);
  expect(Object.fromEntries(found)).toEqual(spellings);
});

test("an IPv4 address is mapped", () => {
  expect(parseAddress("192.0.2.1")).toEqual(Uint32Array.of(0, 0, 0xffff, 0xc0000201));
});

test("the address may stand anywhere in the words", () => {
  expect(formatAddress(Uint32Array.of(9, 0x20010db8, 0, 0, 7, 9), 1)).toBe("2001:db8::7");
});

test("what is no address is none", () => {
  const texts = [
    "",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "12345::",
    "g::",
    "1::%eth0",
  ];
  const more = [
    "1.2.3",
    "1.2.3.256",
    "::1.2.3",
    "1.2.3.4::",
    "1:2:3:4:5:6:7::8:9",
    "1:2:3:4:5:6:7:8::",
    " ::1",
  ];
  expect([...texts, ...more].filter((text) => parseAddress(text) !== undefined)).toEqual([]);
});
