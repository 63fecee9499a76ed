/** The whole runtime on this machine's kernel, in a namespace between a real provider and real clients. */
import { afterAll, beforeAll, test } from "bun:test";
import { Home } from "@gatehouse/qemu/home.ts";
import { Native } from "@gatehouse/qemu/native.ts";
import { interruptions } from "../e2e/interruptions.ts";
import { page } from "../e2e/page.ts";
import { scenarios } from "../e2e/scenarios.ts";

let home: Home;

beforeAll(async () => {
  home = await Home.build((namespaces) => new Native(namespaces));
  await home.router.start();
  for (const client of home.clients) client.powerOn();
});

afterAll(() => home?.close());

for (const { name, check } of [...scenarios, page, ...interruptions]) test(name, () => check(home));
