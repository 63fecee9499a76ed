import { expect, test } from "bun:test";
import type { Mac } from "../../addr/mac.ts";
import { DeviceNames } from "./device-names.ts";

const ALICE = "02:00:5e:00:00:0a" as Mac;
const BOB = "02:00:5e:00:00:0b" as Mac;
const SERVER = 0xcb007150;
const SERVER6 = "20010db8000000000000000000000001";
const seen = (name: string, at: number) => ({ name, at, transport: "quic", maybeOuter: true }) as const;

test("a remote has the name the device asked for, and another device's names are its own", () => {
  const names = new DeviceNames();
  names.asked(ALICE, "www.example.com", [SERVER, SERVER6], 1000);
  names.asked(BOB, "shop.example", [SERVER], 2000);
  expect([names.name(ALICE, SERVER), names.name(ALICE, SERVER6), names.name(BOB, SERVER)]).toEqual([
    "www.example.com",
    "www.example.com",
    "shop.example",
  ]);
  expect([names.name(BOB, SERVER6), names.evidence(BOB, SERVER6)]).toEqual([undefined, []]);
});

test("what was asked goes before the server's name, that before the reverse name; all of it is kept", () => {
  const names = new DeviceNames();
  names.reverse(SERVER, "host80.provider.example", 1);
  expect(names.name(ALICE, SERVER)).toBe("host80.provider.example");
  names.serverName(ALICE, SERVER, seen("public.example", 2));
  expect(names.name(ALICE, SERVER)).toBe("public.example");
  names.asked(ALICE, "www.example.com", [SERVER], 3);
  expect(names.evidence(ALICE, SERVER)).toEqual([
    { source: "asked", name: "www.example.com", at: 3 },
    { source: "server-name", name: "public.example", at: 2, transport: "quic", maybeOuter: true },
    { source: "reverse", name: "host80.provider.example", at: 1 },
  ]);
  expect(names.name(BOB, SERVER)).toBe("host80.provider.example");
});

test("of several names asked for one address the latest goes first, four are kept, each once", () => {
  const names = new DeviceNames();
  ["a", "b", "c", "d", "e", "c"].forEach((label, at) => {
    names.asked(ALICE, `${label}.example`, [SERVER], at);
  });
  expect(names.evidence(ALICE, SERVER)).toEqual([
    { source: "asked", name: "c.example", at: 5 },
    { source: "asked", name: "e.example", at: 4 },
    { source: "asked", name: "d.example", at: 3 },
    { source: "asked", name: "b.example", at: 1 },
  ]);
});

test("names come displayable, empty ones not at all", () => {
  const names = new DeviceNames();
  names.asked(ALICE, "A\u202e.Example.", [1], 0);
  names.serverName(ALICE, 2, seen("a\nb", 0));
  names.reverse(3, "<b>", 0);
  names.asked(ALICE, "", [4], 0);
  names.serverName(ALICE, 5, seen(".", 0));
  names.reverse(6, "", 0);
  expect([1, 2, 3, 4, 5, 6].map((remote) => names.name(ALICE, remote))).toEqual([
    "a\\226\\128\\174.example",
    "a\\010b",
    "\\060b\\062",
    undefined,
    undefined,
    undefined,
  ]);
});

test("past a device's bound its least recently used remote goes, looked up or asked for", () => {
  const names = new DeviceNames({ perDevice: 3 });
  names.asked(BOB, "bob.example", [1], 0);
  for (const remote of [1, 2, 3]) names.asked(ALICE, `${remote}.example`, [remote], 0);
  names.name(ALICE, 1);
  names.asked(ALICE, "2.example", [2], 1);
  names.asked(ALICE, "4.example", [4], 2);
  expect([1, 2, 3, 4].map((remote) => names.name(ALICE, remote))).toEqual([
    "1.example",
    "2.example",
    undefined,
    "4.example",
  ]);
  expect([names.name(BOB, 1), names.size]).toEqual(["bob.example", 4]);
});

test("past the bound in all the pair not used for longest goes, whosever it is", () => {
  const names = new DeviceNames({ perDevice: 3, pairs: 4, reverse: 2 });
  names.asked(ALICE, "a.example", [1, 2], 0);
  names.asked(BOB, "b.example", [1, 2], 0);
  names.name(ALICE, 1);
  names.asked(BOB, "b.example", [3], 0);
  expect([names.name(ALICE, 1), names.name(ALICE, 2), names.name(BOB, 1), names.size]).toEqual([
    "a.example",
    undefined,
    "b.example",
    4,
  ]);
  for (const remote of [7, 8, 7, 9]) names.reverse(remote, `${remote}.example`, 0);
  expect([7, 8, 9].map((remote) => names.name(ALICE, remote))).toEqual(["7.example", undefined, "9.example"]);
});

test("past the bound of devices the one not used for longest goes whole", () => {
  const names = new DeviceNames({ devices: 2 });
  const carol = "02:00:5e:00:00:0c" as Mac;
  names.asked(ALICE, "a.example", [1, 2], 0);
  names.asked(BOB, "b.example", [1, 2, 3], 0);
  names.name(ALICE, 1);
  names.asked(carol, "c.example", [1], 0);
  expect([names.name(ALICE, 1), names.name(BOB, 1), names.name(carol, 1), names.size]).toEqual([
    "a.example",
    undefined,
    "c.example",
    3,
  ]);
});

test("a device that is forgotten leaves its room", () => {
  const names = new DeviceNames();
  names.asked(ALICE, "a.example", [1, 2], 0);
  names.asked(BOB, "b.example", [1], 0);
  names.forget(ALICE);
  names.forget(ALICE);
  expect([names.name(ALICE, 1), names.name(BOB, 1), names.size]).toEqual([undefined, "b.example", 1]);
});

test("forged addresses and devices without end stay within the bounds", () => {
  const names = new DeviceNames({ perDevice: 50, pairs: 200 });
  for (let i = 0; i < 5000; i++) {
    names.asked(`02:00:00:00:00:${(i % 90).toString(16).padStart(2, "0")}` as Mac, "x.example", [i], i);
  }
  expect(names.size).toBe(200);
});

test("who looks through names keeps none of them from being the next to go", () => {
  const names = new DeviceNames({ pairs: 2 });
  names.asked(ALICE, "a.example", [1], 1);
  names.asked(ALICE, "b.example", [2], 2);
  const looked = [names.best(ALICE, 1)?.name, names.best(ALICE, 3)];
  names.asked(ALICE, "c.example", [3], 3);
  expect([...looked, names.best(ALICE, 1), names.best(ALICE, 2)?.name]).toEqual([
    "a.example",
    undefined,
    undefined,
    "b.example",
  ]);
});

test("what is written down and taken again is the same, the order of use, too; what is damaged is not taken", () => {
  const names = new DeviceNames({ pairs: 3 });
  for (const [at, name] of ["a.example", "b.example"].entries()) names.asked(ALICE, name, [SERVER], at);
  names.serverName(ALICE, SERVER, seen("c.example", 3));
  names.serverName(BOB, SERVER6, seen("d.example", 4));
  names.reverse(SERVER, "e.example", 5);
  const text = names.snapshot();
  const again = new DeviceNames({ pairs: 3 });
  const [taken, cut] = [again.restore(text), new DeviceNames().restore(text.slice(0, -9))];
  expect([taken, cut, again.snapshot()]).toEqual([true, false, text]);
  expect(again.evidence(ALICE, SERVER)).toEqual(names.evidence(ALICE, SERVER));
});
