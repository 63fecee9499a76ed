import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { type Answer, encode } from "dns-packet";
import { type DnsMessage, parseDns } from "../../wire/dns/message.ts";
import { answeredName } from "./answered.ts";

const response = (name: string, answers: Answer[], flags = 0) =>
  parseDns(
    new Uint8Array(encode({ type: "response", flags, questions: [{ type: "A", name }], answers })),
  ) as DnsMessage;
const HTTPS = 65;

test("addresses at the end of a chain of aliases belong to the name asked for", () => {
  const message = response("www.Example.com", [
    { type: "CNAME", name: "www.example.com", data: "example.cdn.example.net" },
    { type: "CNAME", name: "example.cdn.example.net", data: "edge7.example.net" },
    { type: "A", name: "edge7.example.net", data: "203.0.113.80" },
    { type: "A", name: "edge7.example.net", data: "203.0.113.81" },
    { type: "AAAA", name: "edge7.example.net", data: "2001:db8::1" },
  ]);
  expect(answeredName(message)).toEqual({
    name: "www.example.com",
    addresses: [0xcb007150, 0xcb007151, "20010db8000000000000000000000001"],
  });
});

test("so do the addresses an HTTPS record hints at", () => {
  // Priority 1, the name itself, ALPN "h3", two IPv4 addresses, one IPv6 address.
  const data = Buffer.from(
    "000100" + "00010003026833" + "00040008cb007150cb007151" + "0006001020010db8000000000000000000000002",
    "hex",
  );
  const message = response("example.com", [{ type: `UNKNOWN_${HTTPS}`, name: "example.com", data } as never]);
  const addresses = [0xcb007150, 0xcb007151, "20010db8000000000000000000000002"];
  expect(answeredName(message)).toEqual({ name: "example.com", addresses });
  // Cut anywhere, no address comes of half a parameter.
  const record = message.records[0]!;
  for (let dataLength = 0; dataLength < record.dataLength; dataLength++) {
    const told = answeredName({ ...message, records: [{ ...record, dataLength }] });
    expect(addresses.slice(0, told?.addresses.length ?? 0)).toEqual([
      ...(told?.addresses ?? []),
    ] as typeof addresses);
  }
});

test("refusals and answers without addresses tell nothing", () => {
  const address: Answer = { type: "A", name: "a.example", data: "203.0.113.80" };
  expect([
    answeredName(response("a.example", [])),
    answeredName(response("a.example", [address], 3)),
    answeredName(response("a.example", [{ type: "TXT", name: "a.example", data: "x" }])),
  ]).toEqual([undefined, undefined, undefined]);
});

test("captured answers name their addresses", () => {
  const lines = readFileSync(new URL("../../../../test/fixtures/dns/messages.txt", import.meta.url), "utf8");
  const [, , , hex] = lines
    .split("\n")
    .find((line) => line.startsWith("dig address "))!
    .split(" ");
  expect(answeredName(parseDns(Uint8Array.fromHex(hex!)) as DnsMessage)).toEqual({
    name: "www.example.com",
    addresses: [0xcb007150],
  });
});
