import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig } from "../../config/parse.ts";
import { VERSION } from "../../config/schema.ts";
import { ConfigStore, KEPT_GOOD, KEPT_REVISIONS, RevisionError } from "./store.ts";

const FIXTURES = join(import.meta.dir, "../../../../test/fixtures/config");
const LIMITS = { paused: false, offline: [], download: null, upload: null };

let state: string;
let store: ConfigStore;
const named = (hostname: string) => ({ ...defaultConfig, hostname });
const entry = (number: number) => ({ number, time: 1_000, who: "owner", fault: null });
const unreadable = (number: number, fault: string) => ({
  number,
  time: 0,
  who: "",
  why: "",
  changes: null,
  fault,
});
/** A revision as the store writes it, without the time a write takes. */
const put = (number: number, text: string) =>
  writeFile(join(store.folder, `${String(number).padStart(6, "0")}.json`), text);
const numbers = async () =>
  (await readdir(store.folder)).map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b);

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "state-"));
  store = new ConfigStore(join(state, "config"), () => 1_000);
});
afterEach(() => rm(state, { recursive: true }));

test("a router that nobody has configured has the defaults", async () => {
  expect(await store.load()).toEqual({
    revision: { number: 0, time: 0, who: "", why: "defaults" },
    config: defaultConfig,
    notices: [],
  });
});

test("every revision is kept and the newest is loaded, also by the next program", async () => {
  const saved = await Promise.all([
    store.save(named("one"), "owner", "set-up"),
    store.save(named("two"), "owner", "renamed"),
  ]);
  const next = new ConfigStore(store.folder);
  expect([
    saved.map(({ number }) => number),
    await next.load(),
    await next.history(10),
    (await next.read(1)).config,
  ]).toEqual([
    [1, 2],
    { revision: { number: 2, time: 1_000, who: "owner", why: "renamed" }, config: named("two"), notices: [] },
    [
      { ...entry(2), why: "renamed", changes: ["hostname: one -> two"] },
      { ...entry(1), why: "set-up", changes: ["hostname: gatehouse -> one"] },
    ],
    named("one"),
  ]);
});

test("unusable revisions are passed over for the last good one, named, and never overwritten", async () => {
  await store.save(named("good"), "owner", "set-up");
  const broken = ["", "{", "null", '{"config":{"version":1,"wan":{"port":7}}}', '{"config":{"version":9}}'];
  for (const [i, text] of broken.entries()) await put(i + 2, text);
  const { revision, config, notices } = await store.load();
  expect([revision.number, config.hostname, notices]).toEqual([
    1,
    "good",
    [
      "Configuration revision 6 cannot be used: version: version 9 was written by a newer Gatehouse.",
      "Configuration revision 5 cannot be used: wans.0.port: 7 is not auto or an interface name such as enp1s0, of at most 15 characters.",
      "Configuration revision 4 cannot be used: the file holds no revision.",
      "Configuration revision 3 cannot be used: the file is not JSON.",
      "Configuration revision 2 cannot be used: the file is empty.",
    ],
  ]);
  expect((await store.save(named("new"), "owner", "repair")).number).toBe(7);
  const [newest, sixth, ...others] = await store.history(10);
  expect([newest, sixth?.fault, others.slice(1, -1), others.at(-1)?.number]).toEqual([
    { ...entry(7), why: "repair", changes: ["hostname: good -> new"] },
    null,
    [
      unreadable(4, "the file holds no revision"),
      unreadable(3, "the file is not JSON"),
      unreadable(2, "the file is empty"),
    ],
    1,
  ]);
});

test("a folder that cannot be read is said, and the router has the defaults", async () => {
  await writeFile(store.folder, "");
  const { revision, config, notices } = await store.load();
  expect([revision.number, config, notices]).toEqual([
    0,
    defaultConfig,
    ["The configuration cannot be read (ENOTDIR)."],
  ]);
});

test("a revision that does not exist is refused by name", async () => {
  const failure = await store.read(5).catch((error) => error);
  expect([failure instanceof RevisionError, failure.message]).toEqual([
    true,
    "the file cannot be read (ENOENT)",
  ]);
});

test("revisions hold the passphrase: only their owner reads them, and nothing is left beside them", async () => {
  await store.save(named("one"), "owner", "set-up");
  const mode = async (path: string) => (await stat(path)).mode & 0o777;
  expect([
    await mode(store.folder),
    await mode(join(store.folder, "000001.json")),
    await readdir(store.folder),
  ]).toEqual([0o700, 0o600, ["000001.json"]]);
});

test("differences are told between any two, and to the usable one before", async () => {
  await store.save(named("one"), "owner", "");
  await store.save(named("two"), "owner", "");
  await put(3, "{");
  await store.save(named("three"), "owner", "");
  const hostname = (before: string, after: string) => [{ path: "hostname", before, after }];
  expect([
    await store.diff(1, 4),
    await store.diff(4, 0),
    (await store.before(4)).revision.number,
    (await store.before(1)).revision.number,
    (await store.diff(3, 4).catch((error) => error)).message,
  ]).toEqual([hostname("one", "three"), hostname("three", "gatehouse"), 2, 0, "the file is not JSON"]);
});

test("the history is told page by page, and what changed is kept with each", async () => {
  for (const name of ["one", "two", "three", "four"]) await store.save(named(name), "owner", "");
  const page = async (limit: number, before?: number) =>
    (await store.history(limit, before)).map(({ number }) => number);
  expect([await page(3), await page(3, 2), await page(3, 1)]).toEqual([[4, 3, 2], [1], []]);
  const groups = Array.from({ length: 32 }, (_, i) => ({ name: `g${i}`, ...LIMITS }));
  const macs = Array.from({ length: 20 }, (_, i) => `02:00:5e:10:00:${10 + i}`);
  const traffic = { ...defaultConfig.traffic, notRecorded: macs };
  await store.save({ ...named("four"), groups, traffic }, "owner", "");
  const changes = (await store.history(1))[0]?.changes;
  expect([changes?.length, changes?.[0], changes?.at(-1)]).toEqual([41, "groups.g0: added", "and 12 more"]);
});

test("what an earlier program kept has no lines of what changed, and never a secret in any", async () => {
  await mkdir(store.folder);
  await put(1, await readFile(join(FIXTURES, "version-1.json"), "utf8"));
  const { config } = await store.load();
  const [home] = config.wifi.networks;
  await store.save(
    { ...config, wifi: { ...config.wifi, networks: [{ ...home!, passphrase: "battery staple" }] } },
    "owner",
    "new passphrase",
  );
  expect((await store.history(2)).map(({ changes }) => changes)).toEqual([
    ["wifi.networks.Türschwelle.passphrase: changed"],
    null,
  ]);
});

test("the last 500 are kept, and of older ones those that are among the newest ten good ones", async () => {
  await mkdir(store.folder);
  const good = JSON.stringify({ time: 1, who: "", why: "", config: { version: VERSION } });
  for (let number = 1; number <= KEPT_REVISIONS; number++) await put(number, number <= 20 ? good : "{");
  await store.save(named("a"), "owner", "");
  expect([(await numbers()).length, (await numbers()).slice(0, 2)]).toEqual([KEPT_REVISIONS, [2, 3]]);
  for (let i = 0; i < 20; i++) await store.save(named(`b${i}`), "owner", "");
  expect([(await numbers()).length, (await numbers())[0]]).toEqual([KEPT_REVISIONS, 22]);
  const after = Array.from({ length: KEPT_REVISIONS }, (_, i) => 522 + i);
  for (const number of after) await put(number, "{");
  await store.save(named("c"), "owner", "");
  const kept = await numbers();
  expect([kept.slice(0, KEPT_GOOD), kept.length]).toEqual([
    [513, 514, 515, 516, 517, 518, 519, 520, 521, 523],
    KEPT_REVISIONS + KEPT_GOOD - 1,
  ]);
});

test("what a loss of power left of a write is cleared away at the next start", async () => {
  await store.save(named("one"), "owner", "set-up");
  await writeFile(join(store.folder, ".000002.json.77.3"), "{");
  expect([(await new ConfigStore(store.folder).load()).revision.number, await readdir(store.folder)]).toEqual(
    [1, ["000001.json"]],
  );
});
