import { afterAll, beforeEach, expect, test } from "bun:test";
import { NetlinkError, NetlinkSocket } from "../../runtime/src/linux/netlink/socket.ts";
import { dumpElements, ElementTransaction, elementMap } from "../../runtime/src/linux/nftables/elements.ts";
import { Namespace } from "./linux-namespace.ts";

const namespace = Namespace.create();
const socket = namespace.run(() => NetlinkSocket.open("netfilter"));
afterAll(() => {
  socket.close();
  namespace.close();
});

const out = elementMap("ip", "home_nat", "out");
const back = elementMap("ip", "home_nat", "back");
const paused = elementMap("inet", "home", "paused");

beforeEach(() => {
  namespace.command(
    ["nft", "-f", "-"],
    `flush ruleset
    table ip home_nat {
      map out { type inet_proto . ipv4_addr . inet_service : inet_service; size 65536; }
      map back { type inet_proto . inet_service : ipv4_addr; size 65536; }
    }
    table inet home {
      set paused { type ether_addr; }
    }`,
  );
});

/** The elements as nft prints them, one per line. */
function listed(set: string): string[] {
  const text = namespace.command(["nft", "-n", "list", ...set.split(" ")]);
  const elements = /elements = \{([^}]*)\}/.exec(text)?.[1] ?? "";
  return elements
    .split(",")
    .map((element) => element.trim().replace(/\s+/g, " "))
    .filter((line) => line !== "")
    .sort();
}

const hex = Uint8Array.fromHex;
// tcp . 192.168.1.10 . 4000 and tcp . 4000
const OUT_KEY = hex("06000000" + "c0a8010a" + "0fa00000");
const BACK_KEY = hex("06000000" + "0fa00000");
const MAC = hex("02005e000001");

test("one transaction changes maps and sets of several tables as nft would", () => {
  const transaction = new ElementTransaction(socket);
  transaction.add(out, OUT_KEY, hex("0fa1"));
  transaction.add(back, BACK_KEY, hex("c0a8010a"));
  transaction.add(paused, MAC);
  transaction.commit();
  expect([
    listed("map ip home_nat out"),
    listed("map ip home_nat back"),
    listed("set inet home paused"),
  ]).toEqual([["6 . 192.168.1.10 . 4000 : 4001"], ["6 . 4000 : 192.168.1.10"], ["02:00:5e:00:00:01"]]);
  transaction.remove(out, OUT_KEY);
  transaction.remove(paused, MAC);
  transaction.commit();
  expect([
    listed("map ip home_nat out"),
    listed("map ip home_nat back"),
    listed("set inet home paused"),
  ]).toEqual([[], ["6 . 4000 : 192.168.1.10"], []]);
});

test("a refused operation undoes the whole transaction and is named", () => {
  const transaction = new ElementTransaction(socket);
  transaction.add(out, OUT_KEY, hex("0fa1"));
  transaction.remove(back, BACK_KEY);
  transaction.add(paused, MAC);
  let failure: unknown;
  try {
    transaction.commit();
  } catch (error) {
    failure = error;
  }
  const { operation, errno, messageIndex } = failure as NetlinkError;
  expect([operation, errno, messageIndex]).toEqual(["nft transaction", 2, 2]);
  expect([listed("map ip home_nat out"), listed("set inet home paused")]).toEqual([[], []]);
  // The same transaction object serves the next one.
  transaction.add(back, BACK_KEY, hex("c0a8010a"));
  transaction.commit();
  expect(listed("map ip home_nat back")).toEqual(["6 . 4000 : 192.168.1.10"]);
});

test("the same element again is no error, other data under its key is one", () => {
  const transaction = new ElementTransaction(socket);
  const add = (port: string) => {
    transaction.add(out, OUT_KEY, hex(port));
    transaction.commit();
  };
  add("0fa1");
  add("0fa1");
  expect(() => add("0fa2")).toThrow(NetlinkError);
  expect(listed("map ip home_nat out")).toEqual(["6 . 192.168.1.10 . 4000 : 4001"]);
});

test("a dump gives back every element of a map that takes many datagrams", () => {
  const transaction = new ElementTransaction(socket);
  const key = OUT_KEY.slice();
  const data = new Uint8Array(2);
  const expected = new Map<string, string>();
  for (let port = 1024; port < 6024; port++) {
    new DataView(key.buffer).setUint16(8, port);
    new DataView(data.buffer).setUint16(0, port + 1);
    transaction.add(out, key, data);
    expected.set(key.toHex(), data.toHex());
    if (transaction.full) transaction.commit();
  }
  transaction.commit();
  const dumped = new Map<string, string>();
  dumpElements(socket, out, (key, data) => dumped.set(key.toHex(), data.toHex()));
  expect(dumped.size).toBe(5000);
  expect(dumped).toEqual(expected);
});

test("transactions under construction at the same time do not mix", () => {
  const [first, second] = [new ElementTransaction(socket), new ElementTransaction(socket)];
  first.add(out, OUT_KEY, hex("0fa1"));
  first.remove(back, BACK_KEY);
  for (let round = 0; round < 2; round++) {
    second.add(paused, MAC);
    second.commit();
  }
  expect(() => first.commit()).toThrow(/ENOENT/);
  expect([listed("map ip home_nat out"), listed("set inet home paused")]).toEqual([
    [],
    ["02:00:5e:00:00:01"],
  ]);
});

test("more refusals than the socket can hold are one error, and it works on", () => {
  const transaction = new ElementTransaction(socket);
  while (!transaction.full) transaction.remove(out, OUT_KEY);
  expect(() => transaction.commit()).toThrow(/^nft transaction: ENOENT/);
  transaction.add(out, OUT_KEY, hex("0fa1"));
  transaction.commit();
  expect(listed("map ip home_nat out")).toEqual(["6 . 192.168.1.10 . 4000 : 4001"]);
});

test("a map that is not there is named by the kernel's errno", () => {
  const nowhere = elementMap("ip", "home_nat", "nowhere");
  const transaction = new ElementTransaction(socket);
  transaction.add(nowhere, OUT_KEY, hex("0fa1"));
  expect(() => transaction.commit()).toThrow(/^nft transaction: ENOENT/);
  expect(() => dumpElements(socket, nowhere, () => {})).toThrow(/^dump of home_nat nowhere: ENOENT/);
});
