import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig } from "../../config/parse.ts";
import { ConfigStore, RevisionError } from "./store.ts";

let state: string;
let store: ConfigStore;
const named = (hostname: string) => ({ ...defaultConfig, hostname });

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
    await next.history(),
    (await next.read(1)).config,
  ]).toEqual([
    [1, 2],
    { revision: { number: 2, time: 1_000, who: "owner", why: "renamed" }, config: named("two"), notices: [] },
    [
      { number: 2, time: 1_000, who: "owner", why: "renamed" },
      { number: 1, time: 1_000, who: "owner", why: "set-up" },
    ],
    named("one"),
  ]);
});

test("unusable revisions are passed over for the last good one, named, and never overwritten", async () => {
  await store.save(named("good"), "owner", "set-up");
  const broken = ["", "{", "null", '{"config":{"version":1,"wan":{"port":7}}}', '{"config":{"version":9}}'];
  for (const [i, text] of broken.entries()) await writeFile(join(store.folder, `00000${i + 2}.json`), text);
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
  expect((await store.history()).map(({ number }) => number)).toEqual([7, 1]);
});

test("a folder that cannot be read is said, and the router has the defaults", async () => {
  await writeFile(store.folder, "");
  const { revision, config, notices } = await store.load();
  expect([revision.number, config, notices]).toEqual([
    0,
    defaultConfig,
    ["The configuration cannot be read (EEXIST)."],
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
