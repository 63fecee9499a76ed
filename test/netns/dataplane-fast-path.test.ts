import { afterAll, beforeEach, expect, test } from "bun:test";
import { parseIPv4 } from "../../runtime/src/addr/ipv4.ts";
import { NetlinkError, NetlinkSocket } from "../../runtime/src/linux/netlink/socket.ts";
import type { FastPathVisitor } from "../../runtime/src/nat/fast-path.ts";
import { Nat } from "../../runtime/src/nat/nat.ts";
import { ADDRESS, ADDRESS_AND_PORT, DEFAULT_POLICY, OPEN } from "../../runtime/src/nat/policy.ts";
import { ICMP_QUERY, TCP, UDP } from "../../runtime/src/nat/transport.ts";
import { natRuleset } from "../../runtime/src/render/nat.ts";
import { NftFastPath } from "../../runtime/src/service/dataplane/fast-path/nft-fast-path.ts";
import { Namespace } from "./linux-namespace.ts";

const HOST = parseIPv4("192.168.77.11")!;
const OTHER_HOST = parseIPv4("192.168.77.12")!;
const REMOTE = parseIPv4("203.0.113.80")!;
const GRE = 47;

const namespace = Namespace.create();
const socket = namespace.run(() => NetlinkSocket.open("netfilter"));
afterAll(() => {
  socket.close();
  namespace.close();
});

let path: NftFastPath;

function load(flushBindings = false): void {
  const text = natRuleset({
    wan: { interface: "wan0", address: parseIPv4("198.51.100.1")!, mtu: 1500 },
    lans: [],
    path: "offload",
    policy: DEFAULT_POLICY,
    queueRules: new Map(),
    flushBindings,
  });
  namespace.command(["nft", "-f", "-"], text);
}

beforeEach(() => {
  namespace.command(["nft", "flush", "ruleset"]);
  load();
  path = new NftFastPath(socket);
});

type Entries = { [Kind in keyof FastPathVisitor]: Parameters<FastPathVisitor[Kind]>[] };

function dump(): Entries {
  const entries: Entries = { binding: [], session: [], association: [] };
  path.dump({
    binding: (...binding) => void entries.binding.push(binding),
    session: (...session) => void entries.session.push(session),
    association: (...association) => void entries.association.push(association),
  });
  return { ...entries, binding: entries.binding.toSorted((a, b) => String(a).localeCompare(String(b))) };
}

/** Elements that there are, of the engine's and the kernel's own. */
function elements(): number {
  const { nftables } = JSON.parse(namespace.command(["nft", "-j", "list", "ruleset"]));
  const sets = nftables.flatMap((entry: Record<string, { name: string; elem?: unknown[] }>) =>
    ["set", "map"].flatMap((kind) => entry[kind] ?? []),
  );
  const kept = sets.filter(({ name }: { name: string }) => name !== "external_address");
  return kept.reduce((sum: number, { elem = [] }: { elem?: unknown[] }) => sum + elem.length, 0);
}

/** The socket, which calls `before` ahead of each exchange. */
function socketThat(before: () => void): NetlinkSocket {
  return {
    begin: socket.begin.bind(socket),
    exchange(...exchange: Parameters<NetlinkSocket["exchange"]>) {
      before();
      return socket.exchange(...exchange);
    },
  } as NetlinkSocket;
}

const BINDINGS: Entries["binding"] = [
  [TCP, HOST, 4000, 4000, OPEN],
  [TCP, HOST, 4001, 5001, OPEN],
  [UDP, HOST, 4000, 4000, ADDRESS],
  [UDP, HOST, 4001, 5001, ADDRESS_AND_PORT],
  [ICMP_QUERY, HOST, 7, 7, OPEN],
  [ICMP_QUERY, HOST, 8, 9, OPEN],
];
const SESSION: Entries["session"][0] = [UDP, HOST, 4002, 14400, REMOTE, 53];
const ASSOCIATION: Entries["association"][0] = [GRE, HOST, REMOTE];

test("entries of every kind are read back as they were programmed, also by a later engine, and leave nothing", () => {
  for (const binding of BINDINGS) path.program(...binding);
  path.programSession(...SESSION);
  path.programAssociation(...ASSOCIATION);
  path.commit();
  load();
  path = new NftFastPath(socket);
  expect(dump()).toEqual({ binding: BINDINGS, session: [SESSION], association: [ASSOCIATION] });
  for (const binding of BINDINGS) path.remove(...binding);
  path.removeSession(...SESSION);
  path.removeAssociation(...ASSOCIATION);
  path.commit();
  expect(elements()).toBe(0);
});

test("a binding moves to another filtering in one commit", () => {
  path.program(UDP, HOST, 4000, 4000, OPEN);
  path.commit();
  for (const [from, to] of [
    [OPEN, ADDRESS],
    [ADDRESS, ADDRESS_AND_PORT],
    [ADDRESS_AND_PORT, OPEN],
  ] as const) {
    path.program(UDP, HOST, 4000, 4000, to);
    path.remove(UDP, HOST, 4000, 4000, from);
    path.commit();
    expect(dump().binding).toEqual([[UDP, HOST, 4000, 4000, to]]);
  }
  expect(elements()).toBe(2);
});

test("more than one transaction takes is committed all the same", () => {
  const ports = Array.from({ length: 3000 }, (_, i) => 20_000 + i);
  for (const port of ports) path.program(UDP, HOST, port, port, ADDRESS);
  path.commit();
  expect(dump().binding.length).toBe(3000);
  for (const port of ports) path.remove(UDP, HOST, port, port, ADDRESS);
  for (const port of ports) path.program(UDP, HOST, port, port, OPEN);
  path.commit();
  expect(elements()).toBe(6000);
});

test("removing what somebody has removed by hand is no error, and takes the rest away", () => {
  for (const binding of BINDINGS) path.program(...binding);
  path.commit();
  const element = "filtered_in_addr { udp . 4000 : 192.168.77.11 }";
  namespace.command(["nft", `delete element ip gatehouse_nat ${element}`]);
  for (const binding of BINDINGS) path.remove(...binding);
  path.program(TCP, OTHER_HOST, 4000, 4000, OPEN);
  path.commit();
  expect([dump().binding, elements()]).toEqual([[[TCP, OTHER_HOST, 4000, 4000, OPEN]], 2]);
});

test("what somebody has put in the way by hand is taken away, within a moment for many", () => {
  const element = "sessions_in_addr { udp . 14400 . 203.0.113.80 . 53 : 192.168.77.99 }";
  namespace.command(["nft", `add element ip gatehouse_nat ${element}`]);
  const ports = Array.from({ length: 500 }, (_, i) => 20_000 + i);
  for (const port of ports) path.program(UDP, HOST, port, port, OPEN);
  path.programSession(...SESSION);
  const start = performance.now();
  path.commit();
  expect(performance.now() - start).toBeLessThan(2000);
  expect([dump().session, dump().binding.length, elements()]).toEqual([[SESSION], 500, 1003]);
});

test("a commit that finds a map full adds nothing, and removals hold", () => {
  path.program(...BINDINGS[0]!);
  path.commit();
  const others = Array.from({ length: 4096 }, (_, i) => `6 . 192.168.77.99 . 10.0.${i >> 8}.${i & 255}`);
  namespace.command(["nft", "-f", "-"], `add element ip gatehouse_nat associations_out { ${others} }`);
  path.remove(...BINDINGS[0]!);
  path.program(...BINDINGS[1]!);
  path.programAssociation(...ASSOCIATION);
  expect(() => path.commit()).toThrow(/ENFILE/);
  expect(elements()).toBe(others.length);
});

test("of entries that contradict each other an engine takes over one, and that one whole", () => {
  const entries: Entries["binding"] = [
    [UDP, HOST, 4000, 4000, OPEN],
    [UDP, OTHER_HOST, 4001, 4000, OPEN],
    [UDP, HOST, 4000, 5000, OPEN],
    [UDP, HOST, 4000, 4000, ADDRESS],
  ];
  const { first, rest } = { first: entries[0]!, rest: entries.slice(1) };
  path.program(...first);
  path.commit();
  const byHand = [
    "bindings_out { udp . 192.168.77.12 . 4001 : 4000, udp . 192.168.77.11 . 4000 : 5000 }",
    "filtered_by_address { udp . 192.168.77.11 . 4000 }",
    "filtered_out { udp . 192.168.77.11 . 4000 : 4000 }",
  ];
  for (const element of byHand) namespace.command(["nft", `add element ip gatehouse_nat ${element}`]);
  expect(dump().binding).toEqual([first, ...rest].toSorted((a, b) => String(a).localeCompare(String(b))));
  new Nat({ fastPath: path, random: () => 0.5 }).restore(1);
  expect([dump().binding, elements()]).toEqual([[first], 2]);
  const inside = namespace.command(["nft", "list map ip gatehouse_nat bindings_in_addr"]);
  expect(inside).toContain("udp . 4000 : 192.168.77.11");
});

test("what the kernel does not even remove for want of memory is removed with a later commit", () => {
  const ENOMEM = 12;
  let refusals = 0;
  path = new NftFastPath(
    socketThat(() => {
      if (refusals-- > 0) throw new NetlinkError("nft transaction", ENOMEM, "", 0);
    }),
  );
  for (const binding of BINDINGS) path.program(...binding);
  path.commit();
  for (const binding of BINDINGS) path.remove(...binding);
  refusals = 2;
  expect(() => path.commit()).toThrow(NetlinkError);
  path.programSession(...SESSION);
  path.commit();
  expect([dump().binding, elements()]).toEqual([[], 3]);
});

test("an engine that dies between two transactions leaves whole entries", () => {
  const length = 1000;
  let transactions = 0;
  path = new NftFastPath(
    socketThat(() => {
      if (transactions++ > 0) throw new Error("killed");
    }),
  );
  for (let port = 20_000; port < 20_000 + length; port++) path.program(UDP, HOST, port, port, ADDRESS);
  expect(() => path.commit()).toThrow("killed");
  path = new NftFastPath(socket);
  const whole = dump().binding.length;
  expect(whole > 0 && whole < length).toBe(true);
  expect(elements()).toBe(4 * whole);
});

test("another external address ends entries of every kind, and what filtered hosts had permitted", () => {
  for (const binding of BINDINGS) path.program(...binding);
  path.programSession(...SESSION);
  path.programAssociation(...ASSOCIATION);
  path.commit();
  for (const element of [
    "permitted_addresses { udp . 192.168.77.11 . 4000 . 203.0.113.80 timeout 300s }",
    "permitted_endpoints { udp . 192.168.77.11 . 4001 . 203.0.113.80 . 53 timeout 300s }",
  ]) {
    namespace.command(["nft", `add element ip gatehouse_nat ${element}`]);
  }
  load(true);
  expect([elements(), path.externalAddress()]).toEqual([0, parseIPv4("198.51.100.1")]);
});
