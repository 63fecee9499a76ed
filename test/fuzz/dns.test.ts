import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Action, type Asker, DnsForwarder } from "../../runtime/src/dns/forwarder.ts";
import { parseDns } from "../../runtime/src/wire/dns/message.ts";
import { nameText, skipName } from "../../runtime/src/wire/dns/name.ts";
import { framed, MessageStream } from "../../runtime/src/wire/dns/stream.ts";

const RUNS = { numRuns: 3000 };

const octet = fc.nat(255);
const short = (value: number) => Uint8Array.of(value >>> 8, value);

/** Names in wire format whose labels hold any octets, some of them below the zones answered here. */
const EDGE_NAMES = [
  "localhost",
  "lan",
  "a.lan",
  "local",
  "10.in-addr.arpa",
  "1.77.168.192.in-addr.arpa",
  "f.ip6.arpa",
];
const name = fc
  .tuple(
    fc.array(fc.uint8Array({ minLength: 1, maxLength: 63 }), { maxLength: 2 }),
    fc.constantFrom("", ...EDGE_NAMES),
  )
  .map(([labels, zone]) => {
    const parents = zone
      .split(".")
      .filter((part) => part !== "")
      .map((part) => Buffer.from(part));
    const parts = [...labels, ...parents].map((label) => Buffer.concat([Uint8Array.of(label.length), label]));
    return Buffer.concat([...parts, Uint8Array.of(0)]);
  });

/** Addresses, aliases to the question's name, and data of types unknown here, at the question's name or another. */
const record = fc
  .tuple(
    fc.oneof(fc.constant(Uint8Array.of(0xc0, 12)), name),
    fc.oneof(
      fc.tuple(fc.constant(1), fc.uint8Array({ minLength: 4, maxLength: 4 })),
      fc.tuple(fc.constant(28), fc.uint8Array({ minLength: 16, maxLength: 16 })),
      fc.tuple(fc.constant(5), fc.constant(Uint8Array.of(0xc0, 12))),
      fc.tuple(fc.constantFrom(6, 16, 0xff00), fc.uint8Array({ maxLength: 60 })),
    ),
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
  )
  .map(([owner, [type, data], ttl]) =>
    Buffer.concat([owner, short(type), short(1), ttl, short(data.length), data]),
  );
const OPT = Uint8Array.fromHex("0000290200000080000000");
const response = fc
  .tuple(
    fc.nat(0xffff),
    fc.nat(0x7fff),
    name,
    fc.array(record, { maxLength: 4 }),
    fc.array(record, { maxLength: 2 }),
    fc.boolean(),
  )
  .map(([id, flags, question, answers, authorities, edns]) => {
    const counts = [1, answers.length, authorities.length, edns ? 1 : 0].map(short);
    const header = [short(id), short(0x8000 | flags), ...counts];
    const tail = edns ? [OPT] : [];
    const parts = [...header, question, short(1), short(1), ...answers, ...authorities, ...tail];
    return new Uint8Array(Buffer.concat(parts));
  });

/** A well-formed message with some bytes changed, some of them to compression pointers, and cut somewhere. */
const mutilated = fc
  .tuple(
    response,
    fc.array(fc.tuple(fc.nat(600), fc.oneof(octet, fc.constantFrom(0, 0xc0, 0xff, 0x3f))), { maxLength: 10 }),
    fc.nat(600),
  )
  .map(([bytes, changes, cut]) => {
    const copy = bytes.slice(0, Math.max(12, bytes.length - (cut % 4 === 0 ? cut : 0)));
    for (const [offset, value] of changes) copy[offset % copy.length] = value;
    return copy;
  });
const anything = fc.oneof(fc.uint8Array({ maxLength: 300 }), mutilated);

test("any bytes are a message or a fault, and a message's records lie inside it", () => {
  fc.assert(
    fc.property(anything, (bytes) => {
      const message = parseDns(bytes);
      if (typeof message === "string") return;
      for (const { offset, dataOffset, dataLength } of message.records) {
        expect(offset < dataOffset && dataOffset + dataLength <= bytes.length).toBe(true);
      }
      if (message.question) nameText(message.question.name);
    }),
    RUNS,
  );
});

test("a well-formed message is taken, with all its records", () => {
  fc.assert(
    fc.property(response, (bytes) => {
      const message = parseDns(bytes);
      if (typeof message === "string") throw new Error(message);
      const counted = bytes[7]! + bytes[9]! + bytes[11]!;
      expect(message.records.length + (message.edns === undefined ? 0 : 1)).toBe(counted);
    }),
    RUNS,
  );
});

test("skipping a name ends, inside the bytes", () => {
  const pointers = fc.array(fc.oneof(octet, fc.constantFrom(0xc0, 0, 1, 12, 13, 14)), {
    minLength: 13,
    maxLength: 80,
  });
  fc.assert(
    fc.property(pointers, fc.nat(80), (octets, offset) => {
      const end = skipName(Uint8Array.from(octets), offset);
      expect(end === -1 || (end > offset && end <= octets.length)).toBe(true);
    }),
    RUNS,
  );
});

test("a stream gives the same messages however it is cut", () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 6 });
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (given, sizes) => {
      const bytes = Buffer.concat(given.map(framed));
      const stream = new MessageStream();
      const found: Uint8Array[] = [];
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = sizes[i % sizes.length]!;
        found.push(...stream.push(bytes.subarray(at, at + size)));
        at += size;
      }
      expect(found).toEqual(given);
    }),
    RUNS,
  );
});

const CLIENT: Asker = { address: 0xc0a84d14, transport: "udp" };
const settings = {
  domain: "lan",
  routerName: "router",
  routerAddress: 0xc0a84d01,
  lan: [{ address: 0xc0a84d01, length: 24 }],
  upstreams: [0xc6336435, 0xc6336436],
  rebindingGuard: "private" as const,
};
const query = fc
  .tuple(name, fc.nat(0xffff), fc.constantFrom(1, 1, 12, 28, 255, 2, 0xff00), fc.boolean())
  .map(([name, id, type, edns]) =>
    Buffer.concat([
      Uint8Array.of(id >>> 8, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, edns ? 1 : 0),
      name,
      Uint8Array.of(type >>> 8, type, 0, 1),
      edns ? OPT : new Uint8Array(0),
    ]),
  );

test("whatever clients and upstreams send, replies are well-formed, fit, and every question asked ends", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.oneof(query, anything), anything, fc.boolean()), { maxLength: 20 }),
      (steps) => {
        const dns = new DnsForwarder<Asker>(settings, () => 0.5);
        const open = new Set<number>();
        const follow = (actions: Action<Asker>[]) => {
          for (const action of actions) {
            if (action.kind === "ask") open.add(action.exchange);
            if (action.kind === "close") open.delete(action.exchange);
            if (action.kind === "reply") {
              expect(parseDns(action.bytes)).toBeObject();
              expect(action.bytes.length).toBeLessThanOrEqual(1232);
            }
          }
        };
        let now = 0;
        for (const [asked, answered, matching] of steps) {
          follow(dns.receive(asked, CLIENT, now));
          const [exchange] = open;
          if (exchange === undefined) continue;
          // The one id drawn is 0x8000; half of the answers are made to match the question, too.
          const bytes = matching && answered.length >= 12 ? matched(asked, answered) : answered;
          follow(dns.receiveResponse(exchange, bytes, now));
          now += 400;
          follow(dns.expire(now));
        }
        for (let late = 0; late < 6; late++) follow(dns.expire(now + 1000 * late));
        expect([open.size, dns.nextDeadline()]).toEqual([0, undefined]);
      },
    ),
    { numRuns: 1500 },
  );
});

/** `answered` with the id drawn, as a response, and with the question of `asked` where that has one. */
function matched(asked: Uint8Array, answered: Uint8Array): Uint8Array {
  const question = parseDns(asked);
  const response = parseDns(answered);
  if (
    typeof question === "string" ||
    typeof response === "string" ||
    !question.question ||
    !response.question
  ) {
    return answered;
  }
  const head = answered.slice(0, 12);
  head.set([0x80, 0, 0x80 | (head[2]! & 0x07), head[3]!]);
  return Buffer.concat([
    head,
    asked.subarray(12, question.question.end),
    answered.subarray(response.question.end),
  ]);
}
