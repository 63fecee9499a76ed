import { expect, test } from "bun:test";
import type { Mac } from "../../addr/mac.ts";
import type { WanFacts } from "./network.ts";
import { ProvenWan } from "./proven-wan.ts";

const MAC = "02:00:5e:10:00:01" as Mac;
const OTHER = "02:00:5e:10:00:02" as Mac;
const link = (name: string, mac = MAC) => ({ name, mac });
const wan = (state: WanFacts["state"], port: string, mac = MAC): WanFacts => ({
  state,
  interface: port,
  mac,
  address: null,
  gateway: null,
});

test("a port proves itself by being online, is remembered once, and holds while it is unplugged", () => {
  const proven = new ProvenWan(undefined);
  expect([
    proven.note(wan("no-address", "enp1s0")),
    proven.name([link("enp1s0")]),
    proven.note(wan("online", "enp1s0")),
    proven.note(wan("online", "enp1s0")),
    proven.name([link("enp0s20u1", OTHER), link("enp1s0")]),
    proven.name([link("enp0s20u1", OTHER)]),
  ]).toEqual([undefined, undefined, { port: "enp1s0", mac: MAC }, undefined, "enp1s0", "enp1s0"]);
});

test("a remembered port that is not there at the start waits, and another machine's of its name is not it", () => {
  const late = new ProvenWan({ port: "enp1s0", mac: MAC });
  const rebuilt = new ProvenWan({ port: "enp1s0", mac: MAC });
  expect([
    late.name([link("enp2s0", OTHER)]),
    late.name([link("enp2s0", OTHER), link("enp1s0")]),
    rebuilt.name([link("enp1s0", OTHER)]),
    rebuilt.note(wan("online", "enp2s0", OTHER)),
    rebuilt.name([]),
  ]).toEqual([undefined, "enp1s0", undefined, { port: "enp2s0", mac: OTHER }, "enp2s0"]);
});
