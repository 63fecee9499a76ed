import { expect, test } from "bun:test";
import { encode } from "dns-packet";
import { type Answer, answerFrom } from "../wire/dns/emit.ts";
import { type DnsMessage, parseDns } from "../wire/dns/message.ts";
import { AnswerCache } from "./cache.ts";

/** An answer whose message is `size` octets at least. */
function answer(size = 0): Answer {
  const data = Array.from({ length: Math.ceil(size / 256) }, () => "x".repeat(255));
  const name = "a.example";
  const answers = [{ name, type: "TXT" as const, ttl: 60, data }];
  const bytes = new Uint8Array(encode({ type: "response", questions: [{ name, type: "TXT" }], answers }));
  return answerFrom(parseDns(bytes) as DnsMessage, 0);
}

test("with more answers than it may hold, the cache gives up those unused for longest", () => {
  const cache = new AnswerCache();
  for (let i = 0; i < 10_000; i++) cache.put(`${i}`, answer(), 0);
  cache.get("0", 1);
  cache.put("one more", answer(), 1);
  expect([cache.size, cache.get("0", 1)?.ttl, cache.get("1", 1)]).toEqual([10_000, 60, undefined]);
});

test("the octets of all answers together are bounded, however often they are replaced or expire", () => {
  const cache = new AnswerCache();
  const large = answer(60_000);
  for (let i = 0; i < 1000; i++) cache.put(`${i % 500}`, large, 0);
  const held = Math.floor((8 * 1024 * 1024) / large.bytes.length);
  expect(cache.size).toBe(held);
  for (let i = 0; i < 500; i++) cache.get(`${i}`, 60_000);
  expect(cache.size).toBe(0);
  for (let i = 0; i < 1000; i++) cache.put(`${i}`, large, 0);
  expect(cache.size).toBe(held);
});
