/** The very image that is flashed, booted by firmware in QEMU, and everything a home expects of it. */
import { afterAll, beforeAll, setDefaultTimeout, test } from "bun:test";
import { Home } from "@gatehouse/qemu/home.ts";
import { Machine } from "@gatehouse/qemu/machine.ts";
import { printStep } from "@gatehouse/qemu/step.ts";
import { account, remembered } from "./account.ts";
import { interruptions } from "./interruptions.ts";
import { atHome, ipv6 } from "./ipv6.ts";
import { addressNotConfirmed, rebootWithinTheWindow } from "./lockout.ts";
import { ownership } from "./owner.ts";
import { page } from "./page.ts";
import { border, scenarios } from "./scenarios.ts";
import { changeWifi, joinWifi, wifiConfiguration } from "./wifi.ts";

setDefaultTimeout(600_000);

let home: Home;
let machine: Machine;

beforeAll(async () => {
  const credentials = { "gatehouse.config": JSON.stringify(wifiConfiguration) };
  home = await Home.build((namespaces) => {
    machine = new Machine(namespaces, { credentials });
    return machine;
  }, printStep);
  await home.router.start();
  for (const client of home.clients) client.powerOn();
});

afterAll(() => home?.close());

for (const { name, check } of [...scenarios, ipv6, atHome, page, ownership, account])
  test(name, () => check(home));

test("stations join the Wi-Fi by each kind of security, get a lease and reach the internet", () =>
  joinWifi(home, machine));

test("a wireless network's new passphrase touches no other, and one that is to sleep goes off", () =>
  changeWifi(home, machine));

const lockouts = [addressNotConfirmed, rebootWithinTheWindow];
for (const { name, check } of [...interruptions, remembered, ...lockouts, border])
  test(name, () => check(home));
