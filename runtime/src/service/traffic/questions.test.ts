import { expect, test } from "bun:test";
import { encode, type RecordType, TRUNCATED_RESPONSE } from "dns-packet";
import { type Mac, macNumber, parseMac } from "../../addr/mac.ts";
import { type DnsMessage, parseDns } from "../../wire/dns/message.ts";
import { QuestionLog } from "./questions.ts";

const LAPTOP = parseMac("02:00:5e:10:00:01")!;

function response(
  name: string,
  { type = "A" as RecordType, flags = 0, addresses = ["198.51.100.7"] } = {},
): DnsMessage {
  const answers = addresses.map((data) => ({ type: "A" as const, name, ttl: 60, data }));
  return parseDns(encode({ type: "response", flags, questions: [{ type, name }], answers })) as DnsMessage;
}

test("questions are told with what came of them, the latest first", () => {
  const log = new QuestionLog();
  log.answered(LAPTOP, response("WWW.example.net"), 1);
  log.answered(LAPTOP, response("nowhere.example", { flags: 3, addresses: [] }), 2);
  log.answered(LAPTOP, response("broken.example", { flags: 2, addresses: [], type: "AAAA" }), 3);
  log.answered(LAPTOP, response("x\u202ey.example", { type: "SPF" as RecordType, addresses: [] }), 4);
  expect(log.of(LAPTOP)).toEqual([
    { at: 4, name: "x\\226\\128\\174y.example", type: "TYPE99", outcome: "answered", addresses: [] },
    { at: 3, name: "broken.example", type: "AAAA", outcome: "no answer", addresses: [] },
    { at: 2, name: "nowhere.example", type: "A", outcome: "no such name", addresses: [] },
    { at: 1, name: "www.example.net", type: "A", outcome: "answered", addresses: ["198.51.100.7"] },
  ]);
});

test("what is asked again over TCP is one question", () => {
  const log = new QuestionLog();
  log.answered(LAPTOP, response("long.example", { flags: TRUNCATED_RESPONSE, addresses: [] }), 1);
  log.answered(LAPTOP, response("long.example"), 2);
  expect(log.of(LAPTOP).map(({ at }) => at)).toEqual([2]);
});

test("of a device 500 are kept, and of devices those that asked last", () => {
  const log = new QuestionLog();
  for (let at = 0; at < 600; at++) log.answered(LAPTOP, response("a.example"), at);
  const kept = log.of(LAPTOP);
  for (let i = 0; i < 128; i++) log.answered(`02:00:5e:20:00:${i}` as Mac, response("b.example"), 600);
  const left = log.of("02:00:5e:20:00:0" as Mac).length;
  expect([kept.length, kept.at(0)?.at, kept.at(-1)?.at, log.of(LAPTOP).length, left]).toEqual([
    500, 599, 100, 0, 1,
  ]);
});

test("what the disk has and what came since are told in order, and each is written once", () => {
  const before = new QuestionLog();
  for (let at = 0; at < 3; at++) before.answered(LAPTOP, response(`host${at}.example`), at);
  const stored = [...before.unkept()];
  before.markKept();
  before.answered(LAPTOP, response("more.example"), 3);
  stored.push(...before.unkept());
  const after = new QuestionLog();
  after.restore(stored);
  expect([after.of(LAPTOP), [...after.unkept()]]).toEqual([before.of(LAPTOP), []]);
  after.answered(LAPTOP, response("new.example"), 4);
  expect([...after.unkept()].map(({ device, at }) => [device, at])).toEqual([[macNumber(LAPTOP), 4]]);
});

test("what was not written is written with the next, as far as it is still kept", () => {
  const log = new QuestionLog();
  for (let at = 0; at < 600; at++) log.answered(LAPTOP, response("a.example"), at);
  const times = Array.from(log.unkept(), ({ at }) => at);
  expect([times.length, times[0], times.at(-1)]).toEqual([500, 100, 599]);
});

test("what the disk has and nobody wrote is passed over", () => {
  const log = new QuestionLog();
  log.restore(["", "{}", "[]", '["a.example","A"]', "7"].map((text) => ({ device: 1, at: 1, text })));
  expect([...log.unkept(), ...log.of("00:00:00:00:00:01" as Mac)]).toEqual([]);
});
