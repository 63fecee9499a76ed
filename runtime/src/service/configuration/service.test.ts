import { beforeEach, expect, test } from "bun:test";
import { formatIPv4 } from "../../addr/ipv4.ts";
import { defaultConfig } from "../../config/parse.ts";
import { HIDDEN } from "../../config/secrets.ts";
import { FakeMachine, WINDOW } from "./service.fixture.ts";
import type { ConfigurationService } from "./service.ts";

let machine: FakeMachine;
let service: ConfigurationService;
const at = (address: string) => ({ ...defaultConfig, lans: [{ ...defaultConfig.lans[0]!, address }] });
const NEW = at("10.9.8.1/24");
const problem = (promise: Promise<unknown>) => promise.then(() => "done").catch((error) => error.message);

beforeEach(() => {
  machine = new FakeMachine();
  service = machine.start();
});

/** Begins the trial of NEW; its id. */
async function trying(): Promise<string> {
  const outcome = await service.propose(NEW, "owner", "another address");
  if (!("trial" in outcome)) throw new Error(JSON.stringify(outcome));
  return outcome.trial.id;
}

test("what cuts nobody off is kept and in effect at once", async () => {
  expect([
    await service.propose({ ...defaultConfig, hostname: "den" }, "owner", "renamed"),
    await service.propose({ ...defaultConfig, hostname: "den" }, "owner", "the same once more"),
    machine.look(),
    service.trial,
    service.current().revision,
  ]).toEqual([{ saved: 1 }, { saved: 1 }, ["auto as revision 1"], null, 1]);
});

test("another address is tried; what returns after 90 s is the former revision, and the owner is told", async () => {
  const former = formatIPv4(0xc0a84d01);
  const outcome = await service.propose(NEW, "owner", "another address");
  expect(outcome).toEqual({
    trial: {
      id: expect.any(String),
      who: "owner",
      why: "another address",
      remainingMs: WINDOW,
      address: "10.9.8.1",
      formerAddress: former,
    },
  });
  expect(machine.look()).toEqual([]);
  await machine.pass(1_000);
  expect([machine.look(), service.current().config, machine.revisions]).toEqual([
    ["10.9.8.1/24 as trial after 0"],
    NEW,
    [],
  ]);
  await machine.pass(88_999);
  expect([machine.look(), service.trial?.remainingMs]).toEqual([[], 1]);
  await machine.pass(1);
  expect([machine.look(), service.trial, service.current().config, machine.trial, service.returned]).toEqual([
    ["auto as revision 0"],
    null,
    defaultConfig,
    undefined,
    "The change “another address” was taken back: nobody confirmed it in time.",
  ]);
});

test("only a request that names the trial at the new address confirms it, and then it is a revision", async () => {
  const id = await trying();
  await machine.pass(1_000);
  expect([
    await problem(service.confirm(id, "192.168.77.1")),
    await problem(service.confirm(id, "127.0.0.1")),
    await problem(service.confirm("another", "10.9.8.1")),
    machine.revisions,
  ]).toEqual(["elsewhere", "elsewhere", "another-trial", []]);
  expect([await service.confirm(id, "10.9.8.1"), machine.revisions, service.trial, machine.trial]).toEqual([
    1,
    [NEW],
    null,
    undefined,
  ]);
  machine.look();
  await machine.pass(WINDOW);
  expect([machine.look(), service.current(), await problem(service.confirm(id, "10.9.8.1"))]).toEqual([
    [],
    { config: NEW, revision: 1, isTrial: false },
    "no-trial",
  ]);
});

test("who is in another network confirms there: at its new address, or anywhere when it has none", async () => {
  const guest = (address: string) => ({ ...defaultConfig.lans[0]!, name: "guest", address, ports: ["eth2"] });
  const homes = (own: string, guests: string) => ({
    ...defaultConfig,
    lans: [{ ...defaultConfig.lans[0]!, address: own, ports: ["eth1"] }, guest(guests)],
  });
  machine.revisions = [homes("192.168.77.1/24", "10.1.0.1/24")];
  service = machine.start();
  const tried = async (config: ReturnType<typeof homes>, here: string) => {
    const outcome = await service.propose(config, "", "", { here });
    if (!("trial" in outcome)) throw new Error(JSON.stringify(outcome));
    return outcome.trial;
  };
  const moved = await tried(homes("192.168.77.1/24", "10.2.0.1/24"), "10.1.0.1");
  await machine.pass(1_000);
  expect([
    [moved.formerAddress, moved.address],
    await problem(service.confirm(moved.id, "192.168.77.1")),
    await problem(service.confirm(moved.id, "10.2.0.1")),
  ]).toEqual([["10.1.0.1", "10.2.0.1"], "elsewhere", "done"]);
  const { id } = await tried(homes("10.9.8.1/24", "10.2.0.1/24"), "10.2.0.1");
  await machine.pass(1_000);
  expect(await problem(service.confirm(id, "127.0.0.1"))).toBe("elsewhere");
  expect(await problem(service.confirm(id, "10.2.0.1"))).toBe("done");
});

test("going back is at once, also before the trial has taken effect", async () => {
  const id = await trying();
  expect([await problem(service.cancel("another")), await problem(service.cancel(id))]).toEqual([
    "another-trial",
    "done",
  ]);
  await machine.pass(WINDOW);
  expect([machine.look(), service.returned]).toEqual([["auto as revision 0"], ""]);
});

test("a second change is refused while one is tried, and so is one made to another revision", async () => {
  await trying();
  expect(await problem(service.propose({ ...defaultConfig, hostname: "den" }, "", ""))).toBe("on-trial");
  await machine.pass(WINDOW);
  expect([
    await problem(service.propose({ ...defaultConfig, hostname: "den" }, "", "", { basis: 7 })),
    await service.propose({ ...defaultConfig, hostname: "den" }, "", "", { basis: 0 }),
  ]).toEqual(["outdated", { saved: 1 }]);
});

test("two changes at once: one is tried, the other refused", async () => {
  const both = [NEW, at("10.9.9.1/24")].map((config) => problem(service.propose(config, "", "")));
  expect((await Promise.all(both)).toSorted()).toEqual(["done", "on-trial"]);
});

test("a restart of the program goes on with the time that is left", async () => {
  const id = await trying();
  await machine.pass(50_000);
  service = machine.start();
  expect([service.current(), service.trial?.remainingMs, service.trial?.id]).toEqual([
    { config: NEW, revision: 0, isTrial: true },
    40_000,
    id,
  ]);
  machine.look();
  await machine.pass(40_000);
  expect([machine.look(), service.current().config]).toEqual([["auto as revision 0"], defaultConfig]);
});

test("one that has ended while the program was away begins with the former revision", async () => {
  await trying();
  machine.elapsed += WINDOW;
  service = machine.start();
  expect([service.current().config, service.trial]).toEqual([defaultConfig, null]);
});

test("a reboot ends the trial, and the owner is told", async () => {
  await trying();
  [machine.boot, machine.elapsed] = ["two", 5];
  service = machine.start();
  expect([service.current(), service.trial, service.returned]).toEqual([
    { config: defaultConfig, revision: 0, isTrial: false },
    null,
    "The change “another address” was taken back: the router started again before it was confirmed.",
  ]);
});

test("a crash between confirming and forgetting the trial leaves what was confirmed", async () => {
  const id = await trying();
  await machine.pass(1_000);
  const { trial } = machine;
  await service.confirm(id, "10.9.8.1");
  machine.trial = trial;
  service = machine.start();
  expect([service.current(), service.returned]).toEqual([{ config: NEW, revision: 1, isTrial: false }, ""]);
});

test("a disk that is full begins no trial and confirms none", async () => {
  machine.isDiskFull = true;
  expect([await problem(service.propose(NEW, "", "")), service.trial]).toEqual([
    "writing the disk: it is full",
    null,
  ]);
  machine.isDiskFull = false;
  const id = await trying();
  await machine.pass(1_000);
  machine.isDiskFull = true;
  expect([await problem(service.confirm(id, "10.9.8.1")), service.trial?.id]).toEqual([
    "writing the disk: it is full",
    id,
  ]);
  await machine.pass(WINDOW);
  expect(service.current().config).toEqual(defaultConfig);
});

test("faults are told all at once, with what this machine cannot do, and nothing changes", async () => {
  const lan = defaultConfig.lans[0]!;
  const nowhere = { ...defaultConfig, lans: [{ ...lan, ports: ["eth7"] }] };
  expect(await service.propose(nowhere, "", "")).toEqual({
    faults: [
      {
        path: "lans.0.ports",
        message: "none of eth7 is on this machine, so nobody at home could reach the router",
        fix: "name at least one of eth0, eth1, eth2, or turn Wi-Fi on for home",
      },
    ],
  });
  expect(service.check({ ...defaultConfig, hostname: "-", domain: "local" }).faults).toHaveLength(1);
  expect([machine.look(), machine.revisions]).toEqual([[], []]);
});

test("a check says whether a change must be confirmed, and where", () => {
  expect([service.check({ ...defaultConfig, hostname: "den" }), service.check(NEW)]).toEqual([
    { faults: [], isTrial: false, address: "192.168.77.1", formerAddress: "192.168.77.1" },
    { faults: [], isTrial: true, address: "10.9.8.1", formerAddress: "192.168.77.1" },
  ]);
});

test("a secret that is hidden in a document is the one there is", async () => {
  const wifi = (passphrase: string) => ({
    ...defaultConfig,
    wifi: { ...defaultConfig.wifi, networks: [{ ...defaultConfig.wifi.networks[0]!, passphrase }] },
  });
  machine.revisions = [wifi("correct horse")];
  service = machine.start();
  await service.propose({ ...wifi(HIDDEN), hostname: "den" }, "", "");
  expect(machine.revisions.at(-1)?.wifi.networks[0]?.passphrase).toBe("correct horse");
});
