import { expect, test } from "bun:test";
import type { Mac } from "../../addr/mac.ts";
import { ProvenWan } from "./proven-wan.ts";

const MAC = "02:00:5e:10:00:01" as Mac;
const OTHER = "02:00:5e:10:00:02" as Mac;
const CLONED = "02:00:5e:10:00:99" as Mac;
const link = (name: string, permanentMac = MAC, mac = permanentMac) => ({ name, permanentMac, mac });

test("a port proves itself once, is remembered, and holds while it is unplugged", () => {
  const proven = new ProvenWan(undefined);
  expect([
    proven.name([link("enp1s0")]),
    proven.note(link("enp1s0")),
    proven.note(link("enp1s0")),
    proven.name([link("enp0s20u1", OTHER), link("enp1s0")]),
    proven.name([link("enp0s20u1", OTHER)]),
  ]).toEqual([undefined, { port: "enp1s0", mac: MAC }, undefined, "enp1s0", "enp1s0"]);
});

test("a remembered port that is not there at the start waits, and another machine's of its name is not it", () => {
  const late = new ProvenWan({ port: "enp1s0", mac: MAC });
  const rebuilt = new ProvenWan({ port: "enp1s0", mac: MAC });
  expect([
    late.name([link("enp2s0", OTHER)]),
    late.name([link("enp2s0", OTHER), link("enp1s0")]),
    rebuilt.name([link("enp1s0", OTHER)]),
    rebuilt.note(link("enp2s0", OTHER)),
    rebuilt.name([]),
  ]).toEqual([undefined, "enp1s0", undefined, { port: "enp2s0", mac: OTHER }, "enp2s0"]);
});

test("a port that shows the provider a cloned address is known by its own, before and after a reboot", () => {
  const running = new ProvenWan(undefined);
  const remembered = running.note(link("enp1s0", MAC, CLONED));
  const rebooted = new ProvenWan(remembered);
  expect([remembered, rebooted.name([link("enp1s0")]), rebooted.note(link("enp1s0", MAC, CLONED))]).toEqual([
    { port: "enp1s0", mac: MAC },
    "enp1s0",
    undefined,
  ]);
});

test("links without an address of their own are known by the one they have, and those without any not at all", () => {
  const proven = new ProvenWan(undefined);
  expect([
    proven.note({ name: "ppp0", permanentMac: undefined, mac: undefined }),
    proven.note({ name: "veth0", permanentMac: undefined, mac: OTHER }),
  ]).toEqual([undefined, { port: "veth0", mac: OTHER }]);
});
