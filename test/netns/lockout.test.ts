/** A home whose owner locks herself out in every way, on this machine's kernel; a change has fifteen seconds to be confirmed. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Home } from "@gatehouse/qemu/home.ts";
import { Native } from "@gatehouse/qemu/native.ts";
import { topology } from "@gatehouse/qemu/topology.ts";
import { until } from "@gatehouse/qemu/wait.ts";
import {
  addresses,
  addressNotConfirmed,
  change,
  followed,
  moveHome,
  rebootWithinTheWindow,
  returned,
} from "../e2e/lockout.ts";
import { Visitor } from "../e2e/owner.ts";
import { patience } from "../e2e/scenarios.ts";

setDefaultTimeout(180_000);

const { web } = topology.internet;
const configuration = { version: 1, wan: { port: "eth0" }, lan: { ports: ["eth1", "eth2"] } };

let home: Home;
let native: Native;

beforeAll(async () => {
  home = await Home.build((namespaces) => {
    native = new Native(namespaces, configuration, { GATEHOUSE_TRIAL_SECONDS: "15" });
    return native;
  });
  await home.router.start();
  for (const client of home.clients) client.powerOn();
});

afterAll(() => home?.close());

/** Whether client1 gets a page; gives up after 3 s. */
const online = () =>
  home.client1.fetch(`http://${web.address}/`, ["--max-time", "3"]).then(
    () => true,
    () => false,
  );

test(addressNotConfirmed.name, () => addressNotConfirmed.check(home));

test("whoever has followed to the new address keeps the change there, with the ticket, and nowhere else", async () => {
  const before = await addresses(home);
  const { answer } = await change(home, moveHome);
  const { trial, ticket } = answer.body;
  const keep = { id: trial.id, decision: "keep" };
  const { stdout } = await home.namespaces
    .get("router")
    .run(["curl", "-s", "--json", JSON.stringify(keep), "http://127.0.0.1/api/configuration/trial"]);
  expect(JSON.parse(stdout).error).toMatch(
    /^The change is (not in effect yet|confirmed where the router is now only)$/,
  );
  await followed(home, trial.address);
  const owner = await Visitor.at(home.client1, home.tail);
  await owner.tell("DELETE", "access/session");
  expect((await owner.tell("POST", "configuration/trial", keep)).status).toBe(401);
  expect((await owner.tell("POST", "access/ticket", { ticket })).status).toBe(200);
  const second = await owner.tell("PUT", "configuration", { document: {} });
  expect(second).toMatchObject({ status: 409, body: { error: "Another change is being tried" } });
  expect(await owner.tell("POST", "configuration/trial", keep)).toMatchObject({ status: 200 });
  expect((await owner.ask("status")).body.trial).toBeNull();
  const back = await change(home, ({ lans: [lan] }) => {
    lan!.address = "auto";
  });
  await followed(home, before[0]!);
  const there = await Visitor.at(home.client1, home.tail);
  await there.signIn();
  const { id } = back.answer.body.trial;
  expect((await there.tell("POST", "configuration/trial", { id, decision: "keep" })).status).toBe(200);
});

test("the port of whoever changed it is in another network, whose address its device gets, and comes back", async () => {
  const before = await addresses(home);
  await change(home, (config) => {
    const [lan] = config.lans;
    lan!.ports = ["eth2"];
    config.lans.push({ ...structuredClone(lan!), name: "guest", address: "10.20.30.1/24", ports: ["eth1"] });
  });
  await followed(home, "10.20.30.1");
  await returned(home, before, "nobody confirmed it in time");
});

test("a way out that leads nowhere is taken back", async () => {
  const before = await addresses(home);
  await change(home, ({ wans: [wan] }) => {
    Object.assign(wan!, {
      mode: "static",
      static: { address: "192.0.2.5/24", gateway: "192.0.2.1", dns: ["192.0.2.53"] },
    });
  });
  await until(
    { what: "loss of the Internet", within: patience, tail: home.tail },
    async () => !(await online()),
  );
  await returned(home, before, "nobody confirmed it in time");
});

test("a crash within the window does not end it, and does not lengthen it", async () => {
  const before = await addresses(home);
  const began = performance.now();
  await change(home, moveHome);
  await followed(home, "10.11.12.1");
  await native.kill("run");
  native.revive("run");
  const there = await until(
    { what: "the trial after the crash", within: patience, tail: home.tail },
    async () => {
      const text = await home.client1.fetch("http://10.11.12.1/api/status").catch(() => undefined);
      return text === undefined ? undefined : JSON.parse(text).trial;
    },
  );
  expect(there.remainingSeconds).toBeLessThanOrEqual(Math.ceil(15 - (performance.now() - began) / 1000) + 1);
  await returned(home, before, "nobody confirmed it in time");
});

test("a program that was away when the time was over begins with the former configuration, and the home follows", async () => {
  const before = await addresses(home);
  await change(home, moveHome);
  await followed(home, "10.11.12.1");
  await native.kill("run");
  await Bun.sleep(15_000); // The time that a change has, on the clock since the machine's start.
  native.revive("run");
  await returned(home, before, "the router started again before it was confirmed");
});

test(rebootWithinTheWindow.name, () => rebootWithinTheWindow.check(home));
