import { expect, test } from "bun:test";
import { addressesFrom, newWay, numberOrNull, sooner, textOrNull } from "./ways.ts";

test("a new way has a name of its own, and a port that is chosen only where it is the first", () => {
  const way = (names: string[]) => {
    const { name, port } = newWay(names);
    return [name, port];
  };
  expect([way([]), way(["fibre"]), way(["internet", "internet-2"])]).toEqual([
    ["internet", "auto"],
    ["internet", ""],
    ["internet-3", ""],
  ]);
});

test("the order of ways is their preference", () => {
  const [first, second] = [newWay([]), { ...newWay(["internet"]), name: "mobile" }];
  expect(
    [sooner([first, second], 1), sooner([first, second], 0)].map((ways) => ways.map(({ name }) => name)),
  ).toEqual([
    ["mobile", "internet"],
    ["internet", "mobile"],
  ]);
});

test("what is typed is read as it is meant", () => {
  expect([
    addressesFrom(" 192.0.2.1, 192.0.2.2;192.0.2.3 "),
    addressesFrom(""),
    textOrNull(" 203.0.113.5/24 "),
    textOrNull(" "),
    numberOrNull({ value: "7", valueAsNumber: 7 }),
    numberOrNull({ value: "", valueAsNumber: Number.NaN }),
  ]).toEqual([["192.0.2.1", "192.0.2.2", "192.0.2.3"], [], "203.0.113.5/24", null, 7, null]);
});
