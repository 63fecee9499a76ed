import { expect, test } from "bun:test";
import { decode, encode } from "dns-packet";
import { answerFrom, authoredAnswer, emitAnswer, emitHeaderReply, emitQuery } from "./emit.ts";
import { type DnsFault, type DnsMessage, parseDns, rcodeOf, Type } from "./message.ts";
import { nameText, sameName } from "./name.ts";
import { DnsNameError, emitRecords } from "./records.ts";

const bytesOf = (packet: Parameters<typeof encode>[0]) => new Uint8Array(encode(packet));
const parsed = (bytes: Uint8Array) => parseDns(bytes) as DnsMessage;

const QUERY_HEX = `1234${"0100"}${"0001000000000001"}03777777076578616d706c6503636f6d00${"00010001"}`;
const OPT_HEX = `00002904d0${"00008000"}0000`;

const RESPONSE = bytesOf({
  type: "response",
  id: 7,
  flags: 0x0180,
  questions: [{ name: "www.example.com", type: "A" }],
  answers: [
    { name: "www.example.com", type: "CNAME", ttl: 300, data: "host.example.com" },
    { name: "host.example.com", type: "A", ttl: 60, data: "198.51.100.7" },
  ],
  authorities: [{ name: "example.com", type: "NS", ttl: 900, data: "ns.example.com" }],
  additionals: [
    {
      name: ".",
      type: "OPT",
      udpPayloadSize: 4096,
      extendedRcode: 0,
      ednsVersion: 0,
      flags: 0,
      flag_do: false,
      options: [],
    },
  ],
});

test("a query is read from and written to the same bytes", () => {
  const bytes = Uint8Array.fromHex(QUERY_HEX + OPT_HEX);
  const message = parsed(bytes);
  expect(message).toMatchObject({
    id: 0x1234,
    flags: 0x0100,
    question: { type: Type.a, class: 1, end: 33 },
    records: [],
    edns: { payloadSize: 1232, extendedRcode: 0, version: 0, dnssecOk: true },
    end: 33,
  });
  expect(nameText(message.question!.name)).toBe("www.example.com");
  expect(emitQuery(message.question!, 0x1234, 0, { dnssecOk: true })).toEqual(bytes);
});

test("a response's records are found where they lie", () => {
  const { records, edns, end } = parsed(RESPONSE);
  expect(records.map(({ section, type, ttl, dataLength }) => [section, type, ttl, dataLength])).toEqual([
    ["answer", Type.cname, 300, 18],
    ["answer", Type.a, 60, 4],
    ["authority", Type.ns, 900, 16],
  ]);
  expect([edns?.payloadSize, end]).toEqual([4096, RESPONSE.length - 11]);
});

test.each([
  ["a query", Uint8Array.fromHex(QUERY_HEX + OPT_HEX)],
  ["a response", RESPONSE],
])("%s cut at any length is a fault", (_what, whole) => {
  for (let length = 0; length < whole.length; length++) {
    expect(parseDns(whole.subarray(0, length))).toBeString();
  }
  expect(parseDns(whole)).toBeObject();
});

const RECORD = (name: string, type = "0001", data = "c6336407") =>
  `${name}${type}00010000003c${(data.length / 2).toString(16).padStart(4, "0")}${data}`;
const HEADER = (answers: string, additional = "0000") =>
  `0007818000 01${answers}0000${additional}`.replaceAll(" ", "");
const QUESTION = "03777777076578616d706c6503636f6d0000010001";

test.each<[string, string, DnsFault]>([
  ["no header", "000781", "short"],
  ["no question in a query", "000701000000000000000000", "question"],
  ["two questions", `0007010000020000000000000000010001${"0000010001"}`, "question"],
  ["65535 questions", "00070100ffff000000000000", "question"],
  ["a compressed question", "000701000001000000000000c00c00010001", "question"],
  ["a question's label over 63 octets", `00070100000100000000000040${"61".repeat(64)}0000010001`, "question"],
  [
    "a question over 255 octets",
    `000701000001000000000000${`3f${"61".repeat(63)}`.repeat(4)}0000010001`,
    "question",
  ],
  ["65535 records and none there", `${HEADER("ffff")}${QUESTION}`, "name"],
  ["a name pointing to itself", `${HEADER("0001")}${QUESTION}${RECORD("c021")}`, "name"],
  ["a name pointing forward", `${HEADER("0001")}${QUESTION}${RECORD("c0ff")}`, "name"],
  ["a name pointing into the header", `${HEADER("0001")}${QUESTION}${RECORD("c000")}`, "name"],
  ["two names pointing at each other", `${HEADER("0001")}${QUESTION}${RECORD("0161c021")}`, "name"],
  ["an extended label type", `${HEADER("0001")}${QUESTION}${RECORD("4161")}`, "name"],
  ["a name of nothing but a length", `${HEADER("0001")}${QUESTION}3f`, "name"],
  [
    "an address of three octets",
    `${HEADER("0001")}${QUESTION}${RECORD("c00c", "0001", "c63364")}`,
    "address length",
  ],
  ["an IPv6 address of four", `${HEADER("0001")}${QUESTION}${RECORD("c00c", "001c")}`, "address length"],
  [
    "data past the end",
    `${HEADER("0001")}${QUESTION}c00c000100010000003c0005c6336407`,
    "record past the end",
  ],
  ["an OPT record among the answers", `${HEADER("0001")}${QUESTION}${OPT_HEX}`, "misplaced OPT"],
  ["two OPT records", `${HEADER("0000", "0002")}${QUESTION}${OPT_HEX}${OPT_HEX}`, "misplaced OPT"],
  [
    "an OPT record with a name",
    `${HEADER("0000", "0001")}${QUESTION}c00c${OPT_HEX.slice(2)}`,
    "misplaced OPT",
  ],
])("a message with %s is refused", (_what, hex, fault) => {
  expect(parseDns(Uint8Array.fromHex(hex))).toBe(fault);
});

test("a chain of pointers as long as a message allows costs a bounded time", () => {
  const pointers = 8000;
  const chain = Array.from({ length: pointers }, (_, i) =>
    (0xc000 + (i === 0 ? 12 : 33 + 2 * (i - 1))).toString(16),
  );
  const record = RECORD("c021", "0063", chain.join(""));
  const bytes = Uint8Array.fromHex(`${HEADER("0002")}${QUESTION}${record}${RECORD(chain.at(-1)!)}`);
  expect(parseDns(bytes)).toBe("name");
});

test("what dns-packet reads, this reads alike", () => {
  const theirs = decode(Buffer.from(RESPONSE));
  const ours = parsed(RESPONSE);
  expect([ours.id, ours.flags & 0x7fff, ours.records.length + 1, rcodeOf(ours)]).toEqual([
    theirs.id!,
    theirs.flags!,
    theirs.answers!.length + theirs.authorities!.length + theirs.additionals!.length,
    0,
  ]);
});

test("an answer is given with the asker's id, spelling and EDNS, and no TTL over what is left", () => {
  const answer = answerFrom(parsed(RESPONSE), 0);
  const query = (edns: boolean) =>
    parsed(
      bytesOf({
        id: 99,
        flags: 0x0100,
        questions: [{ name: "WWW.Example.com", type: "A" }],
        additionals: edns
          ? [
              {
                name: ".",
                type: "OPT",
                udpPayloadSize: 1400,
                extendedRcode: 0,
                ednsVersion: 0,
                flags: 0,
                flag_do: false,
                options: [],
              },
            ]
          : [],
      }),
    );
  const reply = decode(Buffer.from(emitAnswer(answer, query(true), 1232, 40)));
  expect([
    reply.id,
    reply.questions![0]!.name,
    reply.answers!.map((record) => "ttl" in record && record.ttl),
  ]).toEqual([99, "WWW.Example.com", [40, 40]]);
  expect([
    reply.additionals!.length,
    decode(Buffer.from(emitAnswer(answer, query(false), 1232))).additionals!.length,
  ]).toEqual([1, 0]);
  const cut = parsed(emitAnswer(answer, query(true), 60));
  expect([cut.flags & 0x0200, cut.records, cut.edns?.payloadSize]).toEqual([0x0200, [], 1232]);
});

test("records after an OPT record are given up with it", () => {
  const hex = `${HEADER("0000", "0003")}${QUESTION}${RECORD("c00c")}${OPT_HEX}${RECORD("c00c")}`;
  const answer = answerFrom(parsed(Uint8Array.fromHex(hex)), 0);
  expect(parseDns(answer.bytes)).toMatchObject({ records: [{ section: "additional", type: Type.a }] });
});

test("a record of a type unknown here passes as it came", () => {
  const hex = `${HEADER("0001")}${QUESTION}${RECORD("c00c", "ff01", "00ff80c00c")}`;
  const bytes = Uint8Array.fromHex(hex);
  const query = parsed(Uint8Array.fromHex(`0007010000010000000000 00${QUESTION}`.replaceAll(" ", "")));
  expect(emitAnswer(answerFrom(parsed(bytes), 0), query, 512).toHex()).toBe(hex);
});

test("an error code over 15 needs EDNS and is split between header and OPT record", () => {
  const query = parsed(Uint8Array.fromHex(QUERY_HEX + OPT_HEX));
  expect(rcodeOf(parsed(emitAnswer(authoredAnswer(query.question!, 16), query, 512)))).toBe(16);
});

test("a message that cannot be read is answered by its header, unless it is a response", () => {
  const query = Uint8Array.fromHex("abcd0900ffff000000000000");
  const replies = [query, query.subarray(0, 5), Uint8Array.fromHex("abcd8100ffff000000000000")];
  expect(replies.map((bytes) => emitHeaderReply(bytes, 1)?.toHex())).toEqual([
    "abcd89010000000000000000",
    undefined,
    undefined,
  ]);
});

test("names are the same without regard to case, and never the same text when they are not", () => {
  const name = (hex: string) => Uint8Array.fromHex(hex);
  expect(sameName(name("03777777056c6f63616c00"), name("03575757056c6f63414c00"))).toBe(true);
  const dotted = [name("03612e6200"), name("0161016200"), name("0161015c0062"), name("02c3a400"), name("00")];
  expect(dotted.map(nameText)).toEqual(["a\\046b", "a.b", "a.\\092", "\\195\\164", ""]);
});

test.each<[string, string]>([
  ["a".repeat(64), "a label is over 63 octets"],
  ["a..b", "a label is empty"],
  [".a", "a label is empty"],
  ["a.", "a label is empty"],
  [Array(64).fill("abc").join("."), "it is over 255 octets"],
  ["a b", "a label is not printable ASCII"],
  ["\u00e4", "a label is not printable ASCII"],
  ["a\\b", "a label is not printable ASCII"],
])("dns-packet is not given the name %p: %s", (name, fault) => {
  expect(() => emitRecords([{ type: "A", name, ttl: 1, data: 1 }])).toThrow(new DnsNameError(name, fault));
  expect(() => emitRecords([{ type: "PTR", name: "a", ttl: 1, data: name }])).toThrow(DnsNameError);
});

test("records made here have the bytes RFC 1035 says", () => {
  const longest = [..."abc"].map((letter) => letter.repeat(63)).join(".");
  expect(emitRecords([{ type: "A", name: "x.lan", ttl: 60, data: 0xc0a84d01 }]).toHex()).toBe(
    "0178036c616e00" + "00010001" + "0000003c" + "0004c0a84d01",
  );
  expect(emitRecords([{ type: "A", name: `${longest}.${"d".repeat(61)}`, ttl: 0, data: 0 }]).length).toBe(
    255 + 14,
  );
  expect(
    emitRecords([{ type: "SOA", name: "", ttl: 1, data: { mname: "a", rname: "b", minimum: 9 } }]).toHex(),
  ).toBe(
    `00${"00060001"}00000001001a` +
      "016100" +
      "016200" +
      "00000001" +
      "00000e10" +
      "00000258" +
      "00015180" +
      "00000009",
  );
});
