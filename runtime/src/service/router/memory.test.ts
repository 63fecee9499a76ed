import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Mac } from "../../addr/mac.ts";
import { parsePrefix } from "../../addr/prefix.ts";
import { createLog } from "../log.ts";
import { Memory } from "./memory.ts";

let folder: string;
const lines: string[] = [];
const memory = () =>
  new Memory(
    join(folder, "state"),
    createLog("router", (line) => lines.push(line)),
  );
const LAN = parsePrefix("192.168.77.1/24")!;
const DEVICE = { mac: "02:00:5e:10:00:01" as Mac, hostName: "laptop", firstSeen: 1, lastSeen: 2 };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "memory-"));
  lines.length = 0;
});
afterEach(() => rm(folder, { recursive: true }));

test("what was kept is known to the next program, which writes the same no second time", async () => {
  const before = memory();
  await before.keepLanPrefixes(new Map([["home", LAN]]));
  await before.keepDevices([DEVICE]);
  const written = await stat(join(folder, "state", "lans.json"));
  const after = memory();
  expect([after.lanPrefixes().get("home"), after.devices(), after.provenWan()]).toEqual([
    LAN,
    [DEVICE],
    undefined,
  ]);
  await after.keepLanPrefixes(new Map([["home", LAN]]));
  expect((await stat(join(folder, "state", "lans.json"))).ino).toBe(written.ino);
});

test("what a full disk refused is written once there is room", async () => {
  await writeFile(join(folder, "state"), "in the way");
  const kept = memory();
  await kept.keepDevices([DEVICE]);
  expect(lines.length).toBe(1);
  await rm(join(folder, "state"));
  await kept.keepDevices([DEVICE]);
  expect([await readdir(join(folder, "state")), memory().devices()]).toEqual([["devices.json"], [DEVICE]]);
});

test("a damaged file is begun anew and said", async () => {
  const kept = memory();
  await kept.keepLanPrefixes(new Map([["home", LAN]]));
  await writeFile(join(folder, "state", "lans.json"), "{");
  expect([memory().lanPrefixes().size, lines.length]).toEqual([0, 1]);
});
