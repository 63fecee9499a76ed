/** Power that goes in the middle of everything, and what the image still has of the traffic when it is back. */
import { Database } from "bun:sqlite";
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Home } from "@gatehouse/qemu/home.ts";
import { Machine } from "@gatehouse/qemu/machine.ts";
import { printStep } from "@gatehouse/qemu/step.ts";
import { built } from "@gatehouse/qemu/toolbox.ts";
import { link, topology } from "@gatehouse/qemu/topology.ts";
import { until } from "@gatehouse/qemu/wait.ts";
import type { DnsQuestion, TrafficSeries } from "../../runtime/src/service/traffic/source.ts";
import { Visitor } from "./owner.ts";
import { patience } from "./scenarios.ts";

setDefaultTimeout(900_000);

const { web } = topology.internet;
const DEVICE = link("lan2").mac;
/** A page a second, till the lab ends. */
const BROWSING = `while true; do curl -so /dev/null --max-time 5 'http://${web.name}/bytes?n=20000'; sleep 1; done`;
/** Milliseconds of it: more than are written at once. */
const BUSY = 150_000;
/** The promise is a minute; the second under way is not known to be over, and an emulated machine's timers are late by some. */
const MAY_BE_LOST = 63_000;
const SOON = 120_000;
const STORE = "/var/lib/gatehouse/traffic";

const disk = built("lab", `power-${process.pid}`);
mkdirSync(disk, { recursive: true });
let home: Home | undefined;

afterAll(async () => {
  await home?.close();
  rmSync(disk, { recursive: true });
});

/** The home with its router booted from the disk, and its owner signed in. */
async function powerOn(): Promise<{ machine: Machine; home: Home; owner: Visitor }> {
  let machine!: Machine;
  home = await Home.build((namespaces) => {
    machine = new Machine(namespaces, { disk });
    return machine;
  }, printStep);
  await home.router.start();
  for (const client of home.clients) client.powerOn();
  await home.client2.leased(patience, home.tail);
  const owner = await Visitor.at(home.client1, home.tail);
  await until({ what: "answer to the owner", within: patience, tail: home.tail }, async () => {
    return (await owner.signIn()).status === 200;
  });
  return { machine, home, owner };
}

/** What the device has fetched in each second of a range. */
async function fetched(owner: Visitor, from: number, to: number): Promise<number[]> {
  const { status, body } = await owner.ask(`traffic/series?from=${from}&to=${to}&step=1000&device=${DEVICE}`);
  expect(status).toBe(200);
  return (body as TrafficSeries).groups[0]?.down ?? [];
}

/** What the device asked the name server for before a time. */
async function asked(owner: Visitor, before: number): Promise<DnsQuestion[]> {
  const { body } = await owner.ask(`traffic/devices/${DEVICE}/questions`);
  return (body as DnsQuestion[]).filter(({ at }) => at < before);
}

async function clockOf(owner: Visitor): Promise<number> {
  return (await owner.ask("status")).body.time;
}

/** What SQLite says of the stored sums, which nobody writes to any more. */
async function checked({ agent }: Machine, tail: Home["tail"]): Promise<{ files: string[]; check: unknown }> {
  await agent.started(patience, tail);
  const { stdout } = await agent.sh(
    `systemctl stop gatehouse.service; tar c -C ${STORE} . | base64 -w0`,
    patience,
  );
  const folder = join(disk, "store");
  mkdirSync(folder);
  const archive = join(disk, "store.tar");
  writeFileSync(archive, Buffer.from(stdout.trim(), "base64"));
  expect(await Bun.spawn(["tar", "xf", archive, "-C", folder]).exited).toBe(0);
  const database = new Database(join(folder, "rollups.sqlite"));
  const check = database.query("PRAGMA integrity_check").values();
  database.close();
  const files = Array.from(new Bun.Glob("*").scanSync(folder)).filter((name) => !/-(wal|shm)$/.test(name));
  return { files, check };
}

test("when power goes while devices are busy, the account loses a minute at most, and its file is whole", async () => {
  const before = await powerOn();
  const from = Math.floor((await clockOf(before.owner)) / 1000) * 1000;
  before.home.client2.place.start(["bash", "-c", BROWSING], "browsing");
  await until({ what: "enough traffic", within: 2 * BUSY, tail: before.home.tail }, async () => {
    return (await clockOf(before.owner)) - from > BUSY;
  });
  const to = Math.floor((await clockOf(before.owner)) / 1000) * 1000;
  const known = await fetched(before.owner, from, to);
  const questions = await asked(before.owner, to - MAY_BE_LOST);
  await before.machine.cut();
  await before.home.close();

  const { machine, home, owner } = await powerOn();
  const left = await until({ what: "account of the past", within: SOON, tail: home.tail }, async () => {
    const series = await fetched(owner, from, to);
    return series.some((bytes) => bytes > 0) && series;
  });
  const lost = known.length - 1 - left.findLastIndex((bytes) => bytes > 0);
  console.log(`of ${known.length} s before the power went, the last ${lost} were lost`);
  const sure = known.length - MAY_BE_LOST / 1000;
  expect(known.slice(0, sure).filter((bytes) => bytes > 20_000).length).toBeGreaterThan(sure / 4);
  expect(left.slice(0, sure)).toEqual(known.slice(0, sure));
  expect(questions.map(({ name }) => name)).toContain(web.name);
  expect(await asked(owner, to - MAY_BE_LOST)).toEqual(questions);
  expect(await checked(machine, home.tail)).toEqual({ files: ["rollups.sqlite"], check: [["ok"]] });
});
