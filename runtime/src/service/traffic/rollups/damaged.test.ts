import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { rowsOf } from "./appending.fixture.ts";
import { newFolder, openStore, START } from "./store.fixture.ts";

const APPENDS = 40;
const NEXT = APPENDS + 1;
const ALL = { from: START, to: START + 10_000_000 };

/** A folder with a file of some hours, closed. */
function written(): string {
  const folder = newFolder();
  const store = openStore(folder);
  for (let number = 1; number <= APPENDS; number++) store.append(rowsOf(number), number);
  store.close();
  return folder;
}

/** Uses a store for all it does; what it said, and whether the append succeeded in the end. */
function use(folder: string): { fault: string; lines: string[]; isKept: boolean } {
  const lines: string[] = [];
  const store = openStore(folder, undefined, lines);
  store.totals({ ...ALL, by: "pair" });
  store.series({ ...ALL, step: 3000 });
  store.extent();
  // The first may find the damage; rows that were not kept are offered again.
  const isKept = [1, 2, 3].some(() => store.append(rowsOf(NEXT), NEXT));
  store.expire(START + 1_000_000);
  const { fault } = store;
  store.close();
  return { fault, lines, isKept };
}

const FILE = "rollups.sqlite";

test.each([
  ["no database", (path: string) => writeFileSync(path, "a letter from a friend ".repeat(500)), "damaged"],
  ["cut in the middle", (path: string) => truncateSync(path, 20_000), "damaged"],
  ["without a header", (path: string) => writeFileSync(path, readFileSync(path).fill(0, 0, 100)), "damaged"],
  ["without its tables", (path: string) => run(path, "DROP TABLE minutes"), "damaged"],
  ["of a later version", (path: string) => run(path, "PRAGMA user_version = 9"), "version-9"],
  ["another program's", (path: string) => run(path, "PRAGMA application_id = 7"), "foreign"],
])("a file that is %s is kept aside, and a new one is begun", (_, harm, suffix) => {
  const folder = written();
  const path = join(folder, FILE);
  harm(path);
  const before = readFileSync(path);
  const { fault, lines, isKept } = use(folder);
  expect([isKept, lines.length, fault]).toEqual([
    true,
    1,
    expect.stringContaining(`kept as ${FILE}.${suffix}`),
  ]);
  expect(readFileSync(join(folder, `${FILE}.${suffix}`)).equals(before)).toBe(true);
  const store = openStore(folder);
  expect([store.fault, store.position]).toEqual(["", NEXT]);
  expect(store.totals({ ...ALL, by: "device" })[0]!.upPackets).toBeGreaterThan(0);
  // A second one takes the first one's place.
  store.close();
  harm(path);
  use(folder);
  expect(readdirSync(folder).filter((name) => name.startsWith(`${FILE}.`))).toEqual([`${FILE}.${suffix}`]);
  openStore(folder).forget();
  expect(readdirSync(folder).filter((name) => name.startsWith(`${FILE}.`))).toEqual([]);
});

test("wherever bytes of the file are overwritten, the router goes on and keeps what comes", () => {
  const whole = join(written(), FILE);
  const length = readFileSync(whole).length;
  const folder = dirname(whole);
  for (let at = 0; at < length; at += 1777) {
    const harmed = join(newFolder(), "..", `at-${at}`);
    mkdirSync(harmed);
    copyFileSync(join(folder, FILE), join(harmed, FILE));
    const bytes = readFileSync(join(harmed, FILE));
    for (let i = 0; i < 64; i++) bytes[at + i] = (at * 31 + i * 101) & 0xff;
    writeFileSync(join(harmed, FILE), bytes);
    expect([at, use(harmed).isKept]).toEqual([at, true]);
  }
});

test("a folder that cannot be made costs the stored past only, and is used once it can be", () => {
  const folder = newFolder();
  writeFileSync(folder, "in the way");
  const lines: string[] = [];
  const store = openStore(folder, undefined, lines);
  expect([
    store.append(rowsOf(1), 1),
    store.kept("x"),
    store.keep("x", "y"),
    store.position,
    store.bytes,
  ]).toEqual([false, undefined, false, undefined, 0]);
  expect([store.totals({ ...ALL, by: "pair" }), store.extent(), store.forget()]).toEqual([
    [],
    { oldestSecond: 0, oldestMinute: 0 },
    false,
  ]);
  expect([store.fault, lines.length]).toEqual([expect.stringContaining("cannot be"), 1]);
  truncateSync(folder, 0);
  Bun.spawnSync(["rm", folder]);
  expect([store.append(rowsOf(1), 1), store.fault]).toEqual([true, ""]);
});

function run(path: string, statement: string): void {
  const database = new Database(path);
  database.run(statement);
  database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}
