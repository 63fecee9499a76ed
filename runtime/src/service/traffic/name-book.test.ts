import { expect, test } from "bun:test";
import { encode } from "dns-packet";
import { parseAddress } from "../../addr/ipv6.ts";
import { macNumber, parseMac } from "../../addr/mac.ts";
import type { Remote } from "../../traffic/names/remote.ts";
import { type DnsMessage, parseDns } from "../../wire/dns/message.ts";
import { NameBook } from "./name-book.ts";
import { keyText, nameKey } from "./remote-key.ts";

const LAPTOP = parseMac("02:00:5e:10:00:01")!;
const PHONE = parseMac("02:00:5e:10:00:02")!;
const SERVER = parseAddress("198.51.100.7")!;
const SERVER6 = parseAddress("2001:db8::7")!;

function answer(name: string): DnsMessage {
  const answers = [
    { type: "A" as const, name, ttl: 60, data: "198.51.100.7" },
    { type: "AAAA" as const, name, ttl: 60, data: "2001:db8::7" },
  ];
  return parseDns(encode({ type: "response", questions: [{ type: "A", name }], answers })) as DnsMessage;
}

function book() {
  const news: string[] = [];
  const names = new NameBook((remote: Remote) => news.push(keyText(remote)));
  const of = (words: Uint32Array, device = LAPTOP) => names.name(macNumber(device), nameKey(words));
  return { names, news, of };
}

test("remotes are called what the device asked for, and belong to who registered that", () => {
  const { names, of } = book();
  names.answered(LAPTOP, answer("a.cdn.example.co.uk"), 1);
  const known = { name: "a.cdn.example.co.uk", evidence: "asked", domain: "example.co.uk" };
  expect([of(SERVER), of(SERVER6), of(SERVER, PHONE)] as unknown[]).toEqual([known, known, undefined]);
});

test("a name that the device gave the server stands behind one it asked for, one of the address's owner behind both", () => {
  const { names, news, of } = book();
  const seen = { name: "b.example.net", transport: "tls", maybeOuter: false, at: 2 } as const;
  names.reverse(nameKey(SERVER), "host7.example.org", 1);
  const before = [of(SERVER)?.name];
  names.serverName(macNumber(LAPTOP), SERVER, seen);
  before.push(of(SERVER)?.name);
  names.answered(LAPTOP, answer("c.example.com"), 3);
  names.serverName(macNumber(LAPTOP), SERVER, seen);
  expect([...before, of(SERVER)?.name]).toEqual(["host7.example.org", "b.example.net", "c.example.com"]);
  // Whoever was told of a name is told of each better one, and of no other.
  expect(news).toEqual(["198.51.100.7", "198.51.100.7", "198.51.100.7", "2001:db8::7"]);
});

test("what is forgotten of a device is not of others", () => {
  const { names, of } = book();
  for (const device of [LAPTOP, PHONE]) names.answered(device, answer("a.example.net"), 1);
  names.forget(LAPTOP);
  const one = [of(SERVER)?.name, of(SERVER, PHONE)?.name];
  names.forget(undefined);
  expect([one, of(SERVER, PHONE)]).toEqual([[undefined, "a.example.net"], undefined]);
});
