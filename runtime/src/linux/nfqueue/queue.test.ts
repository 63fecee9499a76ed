import { expect, test } from "bun:test";
import { MessageBuilder } from "../netlink/message.ts";
import { queueCounters } from "./queue.ts";
import { appendVerdict, NF_ACCEPT, NF_DROP } from "./verdicts.ts";

test("verdicts stand one after another as the kernel reads them", () => {
  const verdicts = new MessageBuilder(256);
  appendVerdict(verdicts, 21, 7, NF_DROP);
  appendVerdict(verdicts, 21, 8, NF_ACCEPT, 0x77, Uint8Array.of(0x45, 0, 1));
  expect(verdicts.bytes.subarray(0, verdicts.length).toHex()).toBe(
    "20000000" +
      "0103" +
      "0100" +
      "00000000" +
      "00000000" +
      "00000015" + // NFQNL_MSG_VERDICT, queue 21
      "0c000200" +
      "00000000" +
      "00000007" + // NFQA_VERDICT_HDR
      "30000000" +
      "0103" +
      "0100" +
      "00000000" +
      "00000000" +
      "00000015" +
      "0c000200" +
      "00000001" +
      "00000008" +
      "08000300" +
      "00000077" + // NFQA_MARK
      "07000a00" +
      "45000100", // NFQA_PAYLOAD and its padding
  );
});

test("a queue's counters are found by its number", () => {
  const table = [
    "    7   4711     0 2   128     0     0      321  1",
    "   21   4712     3 2    64     7     2       12  1",
    "",
  ].join("\n");
  expect([queueCounters(table, 21), queueCounters(table, 0), queueCounters("", 0)]).toEqual([
    { waiting: 3, queueDropped: 7, userDropped: 2 },
    { waiting: 0, queueDropped: 0, userDropped: 0 },
    { waiting: 0, queueDropped: 0, userDropped: 0 },
  ]);
});
