import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { SUITE } from "./suite.ts";

const RUNTIME = join(import.meta.dir, "../../runtime/src");
const STATES = /^(?:met by the kernel|met in part|met|not met)(?:[:;, ]|$)/;

interface Row {
  id: string;
  weight: string;
  what: string;
  state: string;
  files: string[];
  tests: string[];
}

const page = await Bun.file(join(RUNTIME, "nat/README.md")).text();
const rows: Row[] = page
  .split("\n")
  .filter((line) => /^\| (?!requirement|---)/.test(line))
  .map((line) => {
    const [id = "", weight = "", what = "", state = "", where = "", tests = ""] = line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim());
    const files = [...where.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
    return { id, weight, what, state, files, tests: tests === "" ? [] : tests.split("; ") };
  });

test("every test that the table of requirements names is in the suite, and the other way round", () => {
  const named = new Set(rows.flatMap(({ tests }) => tests));
  expect([...named].toSorted()).toEqual([...new Set(SUITE.map(({ id }) => id))].toSorted());
});

test("no two tests of the suite have one name", () => {
  const names = SUITE.map(({ id, says }) => `${id}: ${says}`);
  expect(names.length).toBe(new Set(names).size);
});

test("a requirement stands in the table once, its state is one that the page explains, and what is met has a test", () => {
  const faults = rows.flatMap(({ id, weight, state, tests }) => [
    ...(rows.filter((row) => row.id === id).length > 1 ? [`${id}: twice`] : []),
    ...(["M", "S", "may", "own"].includes(weight) ? [] : [`${id}: "${weight}"`]),
    ...(STATES.test(state) ? [] : [`${id}: "${state}"`]),
    ...(/^met(?! in part)/.test(state) && tests.length === 0 ? [`${id}: no test`] : []),
    ...(/^(?:not met|met in part)$/.test(state) ? [`${id}: no reason`] : []),
  ]);
  expect([faults, rows.length > 90]).toEqual([[], true]);
});

test("the files that the table names are there", () => {
  const files = rows.flatMap((row) => row.files);
  expect(files.filter((file) => !existsSync(join(RUNTIME, file)))).toEqual([]);
});
