import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { decode } from "dns-packet";
import { answerFrom, emitAnswer, emitQuery } from "./emit.ts";
import { type DnsMessage, Flag, parseDns, rcodeOf } from "./message.ts";

const captured = readFileSync(new URL("../../../../test/fixtures/dns/messages.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => {
    const [who = "", what = "", query = "", response = ""] = line.split(" ");
    return [`${who}'s ${what}`, Uint8Array.fromHex(query), Uint8Array.fromHex(response)] as const;
  });
const parsed = (bytes: Uint8Array) => parseDns(bytes) as DnsMessage;

test.each(captured)("%s: question and answer are read as dns-packet reads them", (_what, query, response) => {
  for (const bytes of [query, response]) {
    const ours = parsed(bytes);
    const { id, flags, answers = [], authorities = [], additionals = [] } = decode(Buffer.from(bytes));
    const count = ours.records.length + (ours.edns === undefined ? 0 : 1);
    const theirCount = answers.length + authorities.length + additionals.length;
    expect([ours.id, ours.flags & 0x7fff, count]).toEqual([id!, flags!, theirCount]);
  }
});

test.each(captured)("%s: cut at any length, both are faults", (_what, query, response) => {
  for (const bytes of [query, response]) {
    for (let length = 0; length < bytes.length; length++) {
      expect(parseDns(bytes.subarray(0, length))).toBeString();
    }
  }
});

test.each(captured)("%s: the records reach the one who asked unchanged", (_what, query, response) => {
  const asked = parsed(query);
  const answered = parsed(response);
  const reply = parsed(emitAnswer(answerFrom(answered, rcodeOf(answered)), asked, 1232));
  const records = ({ bytes, question, end }: DnsMessage) => bytes.subarray(question!.end, end).toHex();
  expect([reply.id, records(reply), reply.edns === undefined]).toEqual([
    asked.id,
    records(answered),
    asked.edns === undefined,
  ]);
});

test.each(captured)("%s: asked of an upstream, the question is the same", (_what, query) => {
  const asked = parsed(query);
  const again = parsed(
    emitQuery(asked.question!, 7, asked.flags & Flag.checkingDisabled, { dnssecOk: true }),
  );
  expect([again.question, again.edns?.dnssecOk]).toEqual([asked.question, true]);
});
