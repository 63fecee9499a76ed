import { expect, test } from "bun:test";
import { decode, encode } from "dns-packet";
import { parseAddress } from "../../addr/ipv6.ts";
import type { Remote } from "../../traffic/names/remote.ts";
import { nameKey } from "./remote-key.ts";
import { ReverseNames } from "./reverse-names.ts";

const DEVICE = 1;
const key = (text: string) => nameKey(parseAddress(text)!);

function reverseNames(named: Remote[] = []) {
  const asked: string[] = [];
  const names = new ReverseNames(
    (_device, remote) => named.includes(remote),
    (query) =>
      asked.push(...(decode(Buffer.from(query)).questions ?? []).map(({ type, name }) => `${type} ${name}`)),
  );
  return { names, asked };
}

function response(name: string, data: string | undefined): Uint8Array {
  const answers = data === undefined ? [] : [{ type: "PTR" as const, name, ttl: 60, data }];
  return encode({ type: "response", questions: [{ type: "PTR", name }], answers });
}

test("a remote that its device has not named is asked about once, after five seconds", () => {
  const { names, asked } = reverseNames();
  names.seen(DEVICE, key("8.8.4.4"), 0);
  names.turn(4999);
  const early = [...asked];
  names.turn(5000);
  names.seen(DEVICE, key("8.8.4.4"), 6000);
  names.turn(20_000);
  expect([early, asked]).toEqual([[], ["PTR 4.4.8.8.in-addr.arpa"]]);
});

test("a remote that its device named meanwhile is not asked about", () => {
  const { names, asked } = reverseNames([key("8.8.4.4")]);
  names.seen(DEVICE, key("8.8.4.4"), 0);
  names.seen(DEVICE, key("2a00:1450::7"), 0);
  names.turn(5000);
  expect(asked).toEqual([`PTR 7.${"0.".repeat(23)}0.5.4.1.0.0.a.2.ip6.arpa`]);
});

test("five questions a second, no more", () => {
  const { names, asked } = reverseNames();
  for (let i = 1; i <= 50; i++) names.seen(DEVICE, key(`8.8.4.${i}`), 0);
  for (let now = 5000; now < 7000; now += 10) names.turn(now);
  expect(asked.length).toBe(10);
});

test("addresses that mean nothing outside, and groups, are nobody's business", () => {
  const { names, asked } = reverseNames();
  const texts = [
    "10.1.2.3",
    "100.64.0.1",
    "203.0.113.80",
    "224.0.0.251",
    "255.255.255.255",
    "fe80::1",
    "ff02::fb",
  ];
  for (const text of [...texts, "others"]) names.seen(DEVICE, text === "others" ? key("::") : key(text), 0);
  for (let now = 5000; now < 9000; now += 200) names.turn(now);
  expect(asked).toEqual([]);
});

test("the answer is taken as displayable text, once, and only if it was asked for", () => {
  const { names } = reverseNames();
  names.seen(DEVICE, key("8.8.4.4"), 0);
  names.turn(5000);
  const answer = response("4.4.8.8.in-addr.arpa", "DNS<b>.Google");
  const heard = [response("5.4.8.8.in-addr.arpa", "evil.example"), answer, answer].map((bytes) =>
    names.hear(bytes),
  );
  expect(heard).toEqual([undefined, { remote: key("8.8.4.4"), name: "dns\\060b\\062.google" }, undefined]);
});

test("no name, and no message, are no name", () => {
  const { names } = reverseNames();
  names.seen(DEVICE, key("8.8.4.4"), 0);
  names.turn(5000);
  expect([names.hear(Uint8Array.of(1, 2)), names.hear(response("4.4.8.8.in-addr.arpa", undefined))]).toEqual([
    undefined,
    undefined,
  ]);
});
