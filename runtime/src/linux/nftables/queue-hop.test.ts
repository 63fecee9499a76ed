import { expect, test } from "bun:test";
import { queueHop } from "./queue-hop.ts";

const OPTIONS = { hook: "postrouting", chain: "upcall", queue: 7, mark: 0x10, mask: 0xf0 } as const;

test("with nft's queue statement the hop is a chain of the table it is put in", () => {
  expect([true, false].map((bypass) => queueHop({ ...OPTIONS, bypass }, true).chainText)).toEqual([
    `chain upcall {
  type filter hook postrouting priority -150
  meta mark & 240 == 16 queue flags bypass to 7
}
`,
    `chain upcall {
  type filter hook postrouting priority -150
  meta mark & 240 == 16 queue to 7
}
`,
  ]);
});

test("without it the table gets no chain", () => {
  expect(queueHop({ ...OPTIONS, bypass: true }, false).chainText).toBe("");
});
