import { expect, test } from "bun:test";
import { type MessageBuilder, MessageCursor } from "../netlink/message.ts";
import { dumpElements, ElementTransaction, elementMap } from "./elements.ts";

/** A kernel that keeps what it is sent and answers with given datagrams. */
function fakeKernel(answers: string[] = []) {
  const sent: string[] = [];
  const awaited: number[] = [];
  return {
    sent,
    awaited,
    begin: (request: MessageBuilder) => {
      request.reset();
      return 0;
    },
    exchange: (
      _operation: string,
      request: MessageBuilder,
      lastSequence: number,
      onAnswer?: (answer: MessageCursor) => void,
    ) => {
      sent.push(request.bytes.subarray(0, request.length).toHex());
      awaited.push(lastSequence);
      const bytes = Uint8Array.fromHex(answers.shift() ?? "");
      const answer = new MessageCursor(new DataView(bytes.buffer)).over(0, bytes.length);
      let isConsistent = true;
      while (answer.next()) {
        if (answer.flags & 0x10) isConsistent = false;
        onAnswer?.(answer);
      }
      return isConsistent;
    },
  };
}

const bindings = elementMap("ip", "t", "m");
// tcp . 10.0.0.1 . 80, and port 1234
const KEY = Uint8Array.fromHex("06000000" + "0a000001" + "00500000");
const DATA = Uint8Array.fromHex("04d2");

const ELEMENT =
  "28000380" + // NFTA_SET_ELEM_LIST_ELEMENTS
  "24000180" + // NFTA_LIST_ELEM
  "14000180" +
  "10000100" +
  "06000000" +
  "0a000001" +
  "00500000" + // NFTA_SET_ELEM_KEY { NFTA_DATA_VALUE }
  "0c000280" +
  "06000100" +
  "04d2" +
  "0000"; // NFTA_SET_ELEM_DATA { NFTA_DATA_VALUE }
const NAMES = "06000100" + "74000000" + "06000200" + "6d000000"; // table "t", set "m"

test("a transaction is the batch that nft sends", () => {
  const kernel = fakeKernel();
  const transaction = new ElementTransaction(kernel);
  // nft 'add element ip t m { tcp . 10.0.0.1 . 80 : 1234 }; delete element ip t m { tcp . 10.0.0.1 . 80 }'
  transaction.add(bindings, KEY, DATA);
  transaction.remove(bindings, KEY);
  transaction.commit();
  expect(kernel.sent).toEqual([
    "14000000" +
      "1000" +
      "0100" +
      "00000000" +
      "00000000" +
      "0000000a" + // NFNL_MSG_BATCH_BEGIN
      "4c000000" +
      "0c0a" +
      "0104" +
      "01000000" +
      "00000000" +
      "02000000" +
      NAMES +
      ELEMENT + // NFT_MSG_NEWSETELEM
      "40000000" +
      "0e0a" +
      "0500" +
      "02000000" +
      "00000000" +
      "02000000" +
      NAMES + // NFT_MSG_DELSETELEM, acknowledged
      "1c000380" +
      "18000180" +
      "14000180" +
      "10000100" +
      KEY.toHex() +
      "14000000" +
      "1100" +
      "0100" +
      "03000000" +
      "00000000" +
      "0000000a", // NFNL_MSG_BATCH_END
  ]);
  expect([kernel.awaited, transaction.size]).toEqual([[2], 0]);
});

test("a transaction without operations sends nothing", () => {
  const kernel = fakeKernel();
  new ElementTransaction(kernel).commit();
  expect(kernel.sent).toEqual([]);
});

test("a transaction says when it is full before it is", () => {
  const transaction = new ElementTransaction(fakeKernel());
  while (!transaction.full) transaction.add(bindings, KEY, DATA);
  transaction.add(bindings, KEY, DATA);
  expect(transaction.size).toBeGreaterThan(1000);
  transaction.commit();
  expect(transaction.full).toBeFalsy();
});

test("a dump interrupted by a change is asked for again, and visits once", () => {
  const answer = (flags: string) => `4c0000000c0a${flags}000000000000000002000000${NAMES}${ELEMENT}`;
  const kernel = fakeKernel([answer("1200"), answer("0200")]);
  const visited: string[][] = [];
  dumpElements(kernel, bindings, (key, data) => visited.push([key.toHex(), data.toHex()]));
  expect(visited).toEqual([[KEY.toHex(), DATA.toHex()]]);
  expect(kernel.sent).toEqual(Array(2).fill(`240000000d0a0103000000000000000002000000${NAMES}`));
});
