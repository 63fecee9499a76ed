import { expect, test } from "bun:test";
import { formatIPv4, parseIPv4 } from "../../addr/ipv4.ts";
import { parsePrefix } from "../../addr/prefix.ts";
import { configOf, networkWith } from "../../render/network.fixture.ts";
import type { LanSide } from "../../render/network.ts";
import { pageAddresses } from "./page-addresses.ts";

const config = configOf({
  lans: [{}, { name: "things", ports: [], router: false }, { name: "office", ports: [] }],
});
const [first] = networkWith({ config }).lans;
const lans = config.lans.map(
  (lan, i): LanSide => ({ ...first, config: lan, prefix: parsePrefix(`192.168.${77 + i}.1/24`)! }),
);
const served = (ready: readonly LanSide[], before: readonly string[] = []) =>
  pageAddresses(
    lans,
    ready,
    before.map((address) => parseIPv4(address)!),
  ).map(formatIPv4);

test("the page is where its networks may open it, as soon as the address is there", () => {
  expect([served(lans), served(lans.slice(1)), served([])]).toEqual([
    ["192.168.77.1", "192.168.79.1"],
    ["192.168.79.1"],
    [],
  ]);
});

test("a page stays while its bridge is made anew, but not at an address that is no longer meant", () => {
  expect(served([], ["192.168.79.1", "192.168.78.1", "192.168.99.1"])).toEqual(["192.168.79.1"]);
});
