import { expect, test } from "bun:test";
import { parsePrefix } from "../../addr/prefix.ts";
import type { RouteSnapshot } from "../../linux/netlink/route.ts";
import { networkWith } from "../../render/network.fixture.ts";
import { Moves } from "./moves.ts";

const HOME = "192.168.77.1/24";
const lan = (prefix: string, ports: string[]) => networkWith({ prefix, ports }).lans[0];

/** A bridge br-lan at `address` with the port eth1, as a program before has left it; undefined: nothing was left. */
function left(address?: string): RouteSnapshot {
  const links = ["br-lan", "eth1", "eth2"].map((name, i) => ({ name, index: i + 1 }));
  const addresses = address === undefined ? [] : [{ link: 1, prefix: parsePrefix(address)! }];
  return { links, addresses } as unknown as RouteSnapshot;
}
const masterOf = (port: string) => (port === "eth1" ? "br-lan" : undefined);

test("who is served for the first time has not moved; another address, or another network's port, has", () => {
  const moves = new Moves(left(), masterOf);
  expect([
    moves.note([lan(HOME, ["eth1", "eth2"])]),
    moves.note([lan(HOME, ["eth1", "eth2"])]),
    moves.note([lan("10.0.0.1/24", ["eth1", "eth2"])]),
    moves.note([lan("10.0.0.1/24", ["eth1"])]),
    moves.note([lan("10.0.0.1/24", ["eth1"]), { ...lan("10.1.0.1/24", ["eth2"]), bridge: "br-guest" }]),
  ]).toEqual([[], [], ["br-lan", "eth1", "eth2"], [], ["eth2"]]);
});

test("what a program before has left counts", () => {
  expect(new Moves(left("10.0.0.1/24"), masterOf).note([lan(HOME, ["eth1", "eth2"])])).toEqual([
    "br-lan",
    "eth1",
  ]);
  expect(new Moves(left(HOME), masterOf).note([lan(HOME, ["eth1", "eth2"])])).toEqual([]);
});
