import { expect, test } from "bun:test";
import fc from "fast-check";
import { SheetBuilder, SheetReader } from "../../runtime/src/service/traffic/rollups/sheet.ts";

type Cell = [step: number, upBytes: number, downBytes: number, upPackets: number, downPackets: number];

const sum = fc.oneof(
  fc.integer({ min: 0, max: 3000 }),
  fc.maxSafeNat().map((n) => Math.floor(n / 8)),
);
const packets = fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 2 ** 40 }));
const cell = fc.tuple(fc.integer({ min: 0, max: 3599 }), sum, sum, packets, packets) as fc.Arbitrary<Cell>;
const remote = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((word) => Uint32Array.of(0, 0, 0xffff, word)),
  fc.constantFrom(Uint32Array.of(0, 0, 0, 0), Uint32Array.of(0x20010db8, 0xffffffff, 0, 1)),
);

function read(bytes: Uint8Array): Map<string, Cell[]> {
  const reader = new SheetReader();
  const found = new Map<string, Cell[]>();
  reader.open(bytes);
  while (reader.nextEntry()) {
    const cells: Cell[] = [];
    found.set(`${reader.remote}`, cells);
    while (reader.nextCell()) {
      cells.push([reader.step, reader.upBytes, reader.downBytes, reader.upPackets, reader.downPackets]);
    }
  }
  return found;
}

/** The sums of each step, in order. */
function added(cells: Cell[]): Cell[] {
  const sums = new Map<number, Cell>();
  for (const [step, ...rest] of cells) {
    const [, ...before] = sums.get(step) ?? [step, 0, 0, 0, 0];
    sums.set(step, [step, ...before.map((value, i) => value + rest[i]!)] as Cell);
  }
  return [...sums.values()].sort((a, b) => a[0] - b[0]);
}

function build(entries: [Uint32Array, Cell[]][]): SheetBuilder {
  const builder = new SheetBuilder();
  for (const [remote, cells] of entries) for (const each of cells) builder.cellsOf(remote).add(...each);
  return builder;
}

const entries = fc.array(fc.tuple(remote, fc.array(cell, { minLength: 1, maxLength: 8 })), { maxLength: 5 });

test("what was added comes out, in order of time, steps added up", () => {
  const check = (all: [Uint32Array, Cell[]][]) => {
    const wanted = Map.groupBy(all, ([address]) => `${address}`);
    const builder = build(all);
    const cells = [...wanted].map(([key, list]) => [key, added(list.flatMap(([, each]) => each))] as const);
    expect(read(builder.encode())).toEqual(new Map(cells));
    expect([...read(builder.encodeSums()).values()].flat()).toEqual(added(all.flatMap(([, each]) => each)));
  };
  fc.assert(fc.property(entries, check), { numRuns: 300 });
});

test("a sheet cut at any length, or any other bytes, is read without a fault as far as it goes", () => {
  const whole = build([
    [Uint32Array.of(0, 0, 0xffff, 0xcb007150), [[5, 2 ** 40, 1, 1, 1], [9, 60, 60, 1, 1]]],
    [Uint32Array.of(0x20010db8, 0, 0, 1), [[0, 1, 2, 3, 4]]],
  ]).encode(); // biome-ignore format: one sheet
  const all = JSON.stringify([...read(whole).values()].flat());
  for (let length = 0; length < whole.length; length++) {
    const cells = JSON.stringify([...read(whole.subarray(0, length)).values()].flat());
    expect([length, all.startsWith(cells.slice(0, -1))]).toEqual([length, true]);
  }
  const check = (bytes: Uint8Array) => {
    for (const each of [...read(bytes).values()].flat(2)) expect(Number.isFinite(each)).toBe(true);
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), check), { numRuns: 1000 });
});
