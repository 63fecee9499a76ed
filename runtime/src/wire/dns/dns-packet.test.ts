// Why dns-packet is given no stranger's bytes and no unchecked name. When one of these tests fails, a new version does better
// and the guard it names may go.
import { expect, test } from "bun:test";
import { decode, encode } from "dns-packet";
import { parseDns } from "./message.ts";
import { emitRecords } from "./records.ts";

const QUESTION = "03777777076578616d706c6503636f6d0000010001";
const message = (hex: string) => Uint8Array.fromHex(hex);
const theirs = (bytes: Uint8Array) => decode(Buffer.from(bytes));

test("it writes a label over 63 octets as a compression pointer; names are checked before", () => {
  const name = "a".repeat(200);
  const bytes = encode({ questions: [{ name, type: "A" }] });
  expect(bytes[12]! & 0xc0).toBe(0xc0);
  expect(() => emitRecords([{ type: "A", name, ttl: 0, data: 0 }])).toThrow("over 63 octets");
});

test("it writes an empty label as the end of the name; names are checked before", () => {
  expect(
    encode({ questions: [{ name: "a..b", type: "A" }] })
      .subarray(12, 15)
      .toString("hex"),
  ).toBe("016100");
  expect(() => emitRecords([{ type: "A", name: "a..b", ttl: 0, data: 0 }])).toThrow("empty");
});

test("it takes four octets for an address whatever the record's length says; lengths are checked here", () => {
  const bytes = message(`000781800001000100000000${QUESTION}c00c000100010000003c0000c6336407`);
  expect(theirs(bytes).answers).toMatchObject([{ type: "A", data: "198.51.100.7" }]);
  expect(parseDns(bytes)).toBe("address length");
});

test("it reads on inside a record that is longer than it thinks; records are skipped by their length here", () => {
  const hidden = "0000010001000000010004c0a84d01"; // 15 octets of data that look like a record of the root
  const first = `c00c000100010000003c0013c6336407${hidden}`;
  const bytes = message(`000781800001000100000000${QUESTION}${first}`);
  expect(theirs(bytes).answers!.length).toBe(1);
  expect(parseDns(bytes)).toBe("address length");
  const two = message(`000781800001000200000000${QUESTION}${first}c00c000100010000003c0004c6336408`);
  expect(theirs(two).answers).toMatchObject([{ data: "198.51.100.7" }, { name: ".", data: "192.168.77.1" }]);
});

test("it drops the class's first bit, as mDNS does, and reads past the end; classes are compared whole here", () => {
  const bytes = message(`000781800001000100000000${QUESTION}c00c000180010000003c0003c63364`);
  expect(theirs(bytes).answers).toMatchObject([{ class: "IN", data: "198.51.100.undefined" }]);
  expect(parseDns(bytes)).toMatchObject({ records: [{ dataLength: 3 }] });
});

test("it gives names with a dot inside a label and without one the same text; names keep their octets here", () => {
  const name = (labels: string) => message(`000701000001000000000000${labels}00010001`);
  const [dotted, plain] = [name("03612e6200"), name("0161016200")];
  expect(theirs(dotted).questions![0]!.name).toBe(theirs(plain).questions![0]!.name);
});

test("it throws on what is cut short; faults are values here", () => {
  const bytes = message(`000781800001000100000000${QUESTION}c00c00`);
  expect(() => theirs(bytes)).toThrow();
  expect(parseDns(bytes)).toBe("record past the end");
});
