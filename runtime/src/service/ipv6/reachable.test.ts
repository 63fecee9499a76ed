import { expect, test } from "bun:test";
import { type Mac, parseMac } from "../../addr/mac.ts";
import type { Ipv6State } from "../../linux/netlink/route.ts";
import { Reachable } from "./reachable.ts";

const SERVER = parseMac("02:00:5e:10:00:01")!;
const LAPTOP = parseMac("02:00:5e:10:00:02")!;
const [BRIDGE, WAN] = [3, 1];

/** A bridge with these prefixes, on which these devices have these addresses. */
function state(prefixes: readonly string[], seen: readonly [Mac, string][]): Ipv6State {
  return {
    addresses: prefixes.map((prefix) => ({
      link: BRIDGE,
      address: `${prefix}1`,
      length: 64,
      isDeprecated: false,
    })),
    defaultRoutes: [],
    neighbours: seen.map(([mac, address]) => ({ link: BRIDGE, mac, address })),
  };
}

function addressesOf(reachable: Reachable, now: Ipv6State): string[] | undefined {
  reachable.update([SERVER], [BRIDGE], now);
  return reachable.addresses([BRIDGE], now).get(SERVER);
}

test("a device is reached by its hardware's identifier and by each that it has used, in the network's global prefixes", () => {
  const now = state(
    ["2001:db8:a::", "fd12:3456:789a::"],
    [
      [SERVER, "fe80::7"],
      [SERVER, "2001:db8:a::7"],
      [SERVER, "fd12:3456:789a::a:b:c"],
      [LAPTOP, "2001:db8:a::99"],
    ],
  );
  expect(addressesOf(new Reachable(), now)).toEqual([
    "2001:db8:a::5eff:fe10:1",
    "2001:db8:a::7",
    "2001:db8:a::a:b:c",
  ]);
});

test("with another prefix it is reached there at once, without having said anything", () => {
  const reachable = new Reachable();
  addressesOf(reachable, state(["2001:db8:a::"], [[SERVER, "2001:db8:a::7"]]));
  expect([
    addressesOf(reachable, state(["2001:db8:b:1::"], [])),
    addressesOf(reachable, state(["fd12:3456:789a::"], [])),
  ]).toEqual([["2001:db8:b:1:0:5eff:fe10:1", "2001:db8:b:1::7"], []]);
});

test("an address that another device has taken over is not the first one's any more", () => {
  const reachable = new Reachable();
  addressesOf(reachable, state(["2001:db8:a::"], [[SERVER, "2001:db8:a::7"]]));
  expect(addressesOf(reachable, state(["2001:db8:a::"], [[LAPTOP, "2001:db8:a::7"]]))).toEqual([
    "2001:db8:a::5eff:fe10:1",
  ]);
});

test("whoever invents identifiers fills no memory, and who is seen on another side is nobody", () => {
  const reachable = new Reachable();
  const invented = Array.from({ length: 500 }, (_, i) => [SERVER, `2001:db8:a::${i + 16}`] as [Mac, string]);
  invented.map((one) => addressesOf(reachable, state(["2001:db8:a::"], [one])));
  const elsewhere = {
    ...state(["2001:db8:a::"], []),
    neighbours: [{ link: WAN, mac: SERVER, address: "2001:db8:a::8" }],
  };
  const addresses = addressesOf(reachable, elsewhere) ?? [];
  expect([
    addresses.length,
    addresses.includes("2001:db8:a::5eff:fe10:1"),
    addresses.includes("2001:db8:a::8"),
  ]).toEqual([64, true, false]);
});
