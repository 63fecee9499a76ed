import { expect } from "bun:test";
import {
  at,
  carries,
  connect,
  expectForwarded,
  expectInbound,
  expectRefused,
  expectSame,
  expectSilence,
  forwarded,
  sendEcho,
  sendSyn,
  sendUdp,
  UDP_SERVICE,
  uniqueText,
} from "./exchanges.ts";
import {
  changed,
  ECHO_REQUEST,
  endpoint,
  icmpError,
  ipv4,
  portOf,
  query,
  tcp,
  UNREACHABLE,
  udp,
} from "./packet.ts";
import { ADDRESSES, FAR_ROUTER, MAPPED_ADDRESS, OTHER_SERVER, type Requirement, SERVER } from "./router.ts";

const STRANGER = `${OTHER_SERVER}:9`;
const GRE = 47;

/** What we have decided beyond the RFCs; filtering and exhaustion have files of their own. */
export const POLICY: readonly Requirement[] = [
  {
    id: "Policy binding",
    says: "clients with one source port never get each other's packets, in UDP, TCP and pings",
    async run(router) {
      const hosts = ["alice", "bob", "carol"] as const;
      for (const host of hosts) {
        await expectInbound(router, STRANGER, await sendUdp(router, host, 5000), host, 5000);
        await connect(router, host, 5000);
      }
      const externals = [];
      for (const host of hosts) externals.push(await sendEcho(router, host, 5000));
      expect(new Set(externals).size).toBe(3);
    },
  },
  {
    id: "Policy preservation",
    says: "the internal port is kept when it is free and not the router's own",
    async run(router) {
      for (const port of [1, 80, 1024, 5000, 10_239, 15_360, 40_000, 65_535]) {
        expect([await sendUdp(router, "alice", port), await sendSyn(router, "alice", port)]).toEqual([
          endpoint(router.external, port),
          endpoint(router.external, port),
        ]);
      }
      for (const port of [53, 67, 68, 123, 10_240, 12_345, 14_335]) {
        for (const external of [await sendUdp(router, "alice", port), await sendSyn(router, "alice", port)]) {
          expect(isRouters(portOf(external))).toBe(false);
        }
      }
    },
  },
  {
    id: "Policy device limit",
    says: "one device's limit counts all of its bindings and leaves the others theirs; a higher one holds at once",
    async run(router) {
      await router.configure({ hostLimit: 3 });
      await sendUdp(router, "alice", 5000);
      await sendSyn(router, "alice", 5000);
      await sendEcho(router, "alice", 5000);
      const text = uniqueText();
      router.send("alice", udp(at("alice", 5001), UDP_SERVICE, text));
      await expectSilence(router, ["outside"], carries(text));
      await sendUdp(router, "bob", 5001);
      await router.configure({ hostLimit: 4 });
      await sendUdp(router, "alice", 5001);
    },
  },
  {
    id: "Policy forward",
    says: "a forwarded port leads to its host, whose endpoint leaves from there",
    async run(router) {
      await router.configure({
        forwards: [
          { protocol: "both", first: 8000, last: 8002, host: "alice", port: 9000 },
          { protocol: "udp", first: 53, last: 53, host: "bob", port: 5353 },
        ],
      });
      const { external } = router;
      await expectInbound(router, STRANGER, endpoint(external, 8001), "alice", 9001);
      await expectInbound(router, STRANGER, endpoint(external, 53), "bob", 5353);
      const syn = tcp(STRANGER, endpoint(external, 8002), "SYN", { payload: uniqueText() });
      await expectForwarded(router, "outside", syn, "alice", { to: at("alice", 9002) });
      const answer = tcp(at("alice", 9002), STRANGER, "SYN ACK", { payload: uniqueText() });
      await expectForwarded(router, "alice", answer, "outside", { from: endpoint(external, 8002) });
      expect(await sendUdp(router, "alice", 9000)).toBe(endpoint(external, 8000));
      expect(portOf(await sendUdp(router, "bob", 8000))).not.toBe(8000);
    },
  },
  {
    id: "Policy forward, hairpin",
    says: "a device of the home reaches a forwarded port by the external address, from its own external endpoint",
    async run(router) {
      await router.configure({
        forwards: [{ protocol: "tcp", first: 8000, last: 8000, host: "alice", port: 80 }],
      });
      const external = endpoint(router.external, 8000);
      const bob = await sendSyn(router, "bob", 6000);
      const syn = tcp(at("bob", 6000), external, "SYN", { payload: uniqueText() });
      await expectForwarded(router, "bob", syn, "alice", { from: bob, to: at("alice", 80) });
      const answer = tcp(at("alice", 80), bob, "SYN ACK", { payload: uniqueText() });
      await expectForwarded(router, "alice", answer, "bob", { from: external, to: at("bob", 6000) });
    },
  },
  {
    id: "Policy forward, errors",
    says: "an ICMP error about a forward's packet is translated, both ways",
    async run(router) {
      await router.configure({
        forwards: [{ protocol: "udp", first: 8000, last: 8000, host: "alice", port: 9000 }],
      });
      const leaving = udp(endpoint(router.external, 8000), UDP_SERVICE, "x", { ttl: 60 });
      router.send("outside", icmpError(FAR_ROUTER, router.external, UNREACHABLE, 1, leaving));
      const told = await router.received("alice", ({ icmp }) => icmp === "3/1");
      const arrived = udp(STRANGER, at("alice", 9000), "x", { ttl: 60 });
      router.send("alice", icmpError(ADDRESSES.alice, OTHER_SERVER, UNREACHABLE, 3, arrived));
      const toldOutside = await router.received("outside", ({ icmp }) => icmp === "3/3");
      expect([told.quoted?.from, toldOutside.from, toldOutside.quoted?.to]).toEqual([
        at("alice", 9000),
        router.external,
        endpoint(router.external, 8000),
      ]);
    },
  },
  {
    id: "Policy forward, conflict",
    says: "a forward takes its port from a binding, whose device gets another",
    async run(router) {
      const before = await sendUdp(router, "bob", 8000);
      await router.configure({
        forwards: [{ protocol: "udp", first: 8000, last: 8000, host: "alice", port: 9000 }],
      });
      await expectInbound(router, STRANGER, before, "alice", 9000);
      const after = await sendUdp(router, "bob", 8000);
      expect(after).not.toBe(before);
      await expectInbound(router, STRANGER, after, "bob", 8000);
      await router.configure({});
      await expectRefused(router, STRANGER, before);
    },
  },
  {
    id: "Policy DMZ",
    says: "the DMZ host gets what no binding, forward or service of the router is for, and answers from there",
    async run(router) {
      await router.configure({
        dmz: "alice",
        forwards: [{ protocol: "udp", first: 30_002, last: 30_002, host: "carol", port: 9 }],
      });
      const { external } = router;
      await sendUdp(router, "bob", 30_001);
      await expectInbound(router, STRANGER, endpoint(external, 30_000), "alice", 30_000);
      await expectInbound(router, STRANGER, endpoint(external, 30_001), "bob", 30_001);
      await expectInbound(router, STRANGER, endpoint(external, 30_002), "carol", 9);
      const syn = tcp(STRANGER, endpoint(external, 443), "SYN", { payload: uniqueText() });
      await expectForwarded(router, "outside", syn, "alice", { to: at("alice", 443) });
      const answer = tcp(at("alice", 443), STRANGER, "SYN ACK", { payload: uniqueText() });
      await expectForwarded(router, "alice", answer, "outside", { from: endpoint(external, 443) });
      for (const port of [53, 67, 123, 10_240, 14_335]) {
        await expectRefused(router, STRANGER, endpoint(external, port));
      }
    },
  },
  {
    id: "Policy DMZ, quarantine",
    says: "the DMZ host answers from a port that has just been freed and that others do not get yet",
    async run(router) {
      await router.configure({
        forwards: [{ protocol: "udp", first: 30_010, last: 30_011, host: "carol", port: 9 }],
      });
      await router.configure({ dmz: "alice" });
      const { external } = router;
      expect(portOf(await sendUdp(router, "bob", 30_010))).not.toBe(30_010);
      await expectInbound(router, STRANGER, endpoint(external, 30_011), "alice", 30_011);
      expect(await sendUdp(router, "alice", 30_011, STRANGER)).toBe(endpoint(external, 30_011));
    },
  },
  {
    id: "Policy 1:1",
    says: "a device with an external address of its own has all of it: ports, pings and every protocol, both ways",
    async run(router) {
      await router.configure({ mapped: [{ external: MAPPED_ADDRESS, host: "bob" }] });
      expect([await sendUdp(router, "bob", 53), await sendSyn(router, "bob", 12_000)]).toEqual([
        endpoint(MAPPED_ADDRESS, 53),
        endpoint(MAPPED_ADDRESS, 12_000),
      ]);
      await expectInbound(router, STRANGER, endpoint(MAPPED_ADDRESS, 67), "bob", 67);
      const ping = query(ECHO_REQUEST, SERVER, MAPPED_ADDRESS, 5, uniqueText());
      await expectForwarded(router, "outside", ping, "bob", { to: ADDRESSES.bob });
      const tunnel = new TextEncoder().encode(uniqueText());
      const out = ipv4(GRE, ADDRESSES.bob, SERVER, tunnel);
      await expectForwarded(router, "bob", out, "outside", { from: MAPPED_ADDRESS });
      const back = ipv4(GRE, OTHER_SERVER, MAPPED_ADDRESS, new TextEncoder().encode(uniqueText()));
      await expectForwarded(router, "outside", back, "bob", { to: ADDRESSES.bob });
      expect(await sendUdp(router, "alice", 5000)).toBe(endpoint(router.external, 5000));
    },
  },
  {
    id: "Policy 1:1, errors",
    says: "ICMP errors of and about a device with an external address of its own are translated by their addresses",
    async run(router) {
      await router.configure({ mapped: [{ external: MAPPED_ADDRESS, host: "bob" }] });
      const sent = udp(at("bob", 5000), UDP_SERVICE, uniqueText());
      await expectForwarded(router, "bob", sent, "outside", { from: endpoint(MAPPED_ADDRESS, 5000) });
      const leaving = forwarded(sent, { from: endpoint(MAPPED_ADDRESS, 5000) });
      router.send("outside", icmpError(FAR_ROUTER, MAPPED_ADDRESS, UNREACHABLE, 1, leaving));
      const told = await router.received("bob", ({ icmp }) => icmp === "3/1");
      const expected = icmpError(FAR_ROUTER, ADDRESSES.bob, UNREACHABLE, 1, forwarded(sent, {}));
      expectSame(told, forwarded(expected, {}));
      const arrived = udp(STRANGER, at("bob", 5000), uniqueText());
      router.send("bob", icmpError(ADDRESSES.bob, OTHER_SERVER, UNREACHABLE, 3, arrived));
      const toldOutside = await router.received("outside", ({ icmp }) => icmp === "3/3");
      const named = changed(arrived, { to: endpoint(MAPPED_ADDRESS, 5000) });
      expectSame(toldOutside, forwarded(icmpError(MAPPED_ADDRESS, OTHER_SERVER, UNREACHABLE, 3, named), {}));
    },
  },
  {
    id: "RFC 5508 REQ-7",
    says: "devices ping one with an external address of its own, and errors between them are understood",
    async run(router) {
      await router.configure({ mapped: [{ external: MAPPED_ADDRESS, host: "bob" }] });
      const external = await sendEcho(router, "alice", 700);
      const ping = query(ECHO_REQUEST, ADDRESSES.alice, MAPPED_ADDRESS, 700, uniqueText());
      await expectForwarded(router, "alice", ping, "bob", { from: external, to: ADDRESSES.bob });
      const caller = await sendUdp(router, "alice", 5000);
      const call = udp(at("alice", 5000), endpoint(MAPPED_ADDRESS, 80), uniqueText());
      await expectForwarded(router, "alice", call, "bob", { from: caller, to: at("bob", 80) });
      const arrived = udp(caller, at("bob", 80), "x");
      router.send("bob", icmpError(ADDRESSES.bob, router.external, UNREACHABLE, 3, arrived));
      const told = await router.received("alice", ({ icmp }) => icmp === "3/3");
      expect([told.source, told.quoted?.from, told.quoted?.to]).toEqual([
        MAPPED_ADDRESS,
        at("alice", 5000),
        endpoint(MAPPED_ADDRESS, 80),
      ]);
    },
  },
];

function isRouters(port: number): boolean {
  return [53, 67, 68, 123].includes(port) || (port >= 10_240 && port <= 14_335);
}
