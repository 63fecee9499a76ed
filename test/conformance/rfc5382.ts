import { expect } from "bun:test";
import { DEFAULT_TIMERS } from "../../runtime/src/nat/timers.ts";
import {
  at,
  carries,
  connect,
  expectForwarded,
  expectSame,
  forwarded,
  segmentIn,
  segmentOut,
  sendSyn,
  TCP_SERVICE,
  uniqueText,
} from "./exchanges.ts";
import { expectEndsAfter, together } from "./lifetimes.ts";
import { endpoint, icmpError, tcp, UNREACHABLE } from "./packet.ts";
import { ADDRESSES, FAR_ROUTER, OTHER_SERVER, type Requirement, type Router, SERVER } from "./router.ts";

/** RFC 5382 REQ-4: how long an unsolicited SYN must wait for an answer, in milliseconds. */
const SILENT_TIME = 6000;

const isBound = (router: Router, port: number) => () => router.isBound("tcp", ADDRESSES.alice, port);

/** RFC 5382, NAT behavioral requirements for TCP. */
export const RFC5382: readonly Requirement[] = [
  {
    id: "RFC 5382 REQ-1",
    says: "a TCP endpoint has one external endpoint, whatever it connects to",
    async run(router) {
      const external = await sendSyn(router, "alice", 6000);
      const others = [`${SERVER}:81`, `${OTHER_SERVER}:80`, `${OTHER_SERVER}:443`];
      for (const other of others) expect(await sendSyn(router, "alice", 6000, other)).toBe(external);
    },
  },
  {
    id: "RFC 5382 REQ-2",
    says: "every legal sequence of segments passes: handshake, data, half-closed, closed, opened again",
    async run(router) {
      const connection = await connect(router, "alice", 6000);
      const out = (flags: string) => segmentOut(router, "alice", connection, flags);
      const into = (flags: string) => segmentIn(router, "alice", connection, flags);
      await out("PSH ACK");
      await into("PSH ACK");
      await out("FIN ACK");
      await into("ACK");
      // The other side still sends.
      await into("PSH ACK");
      await out("ACK");
      await into("FIN ACK");
      await out("ACK");
      expect(await connect(router, "alice", 6000)).toEqual(connection);
    },
  },
  {
    id: "RFC 5382 REQ-2a",
    says: "a connection that both sides open at once comes about",
    async run(router) {
      const external = await sendSyn(router, "alice", 6000);
      const connection = { internal: at("alice", 6000), external, service: TCP_SERVICE };
      await segmentIn(router, "alice", connection, "SYN");
      await segmentOut(router, "alice", connection, "SYN ACK");
      await segmentIn(router, "alice", connection, "SYN ACK");
      await segmentOut(router, "alice", connection, "PSH ACK");
      await segmentIn(router, "alice", connection, "PSH ACK");
    },
  },
  {
    id: "RFC 5382 REQ-3",
    says: "anyone reaches a host through its TCP binding",
    async run(router) {
      const external = await sendSyn(router, "alice", 6000);
      for (const stranger of [`${SERVER}:81`, `${OTHER_SERVER}:80`, `${OTHER_SERVER}:50000`]) {
        const syn = tcp(stranger, external, "SYN", { payload: uniqueText() });
        await expectForwarded(router, "outside", syn, "alice", { to: at("alice", 6000) });
      }
    },
  },
  {
    id: "RFC 5382 REQ-4",
    says: "an unsolicited SYN has no answer for six seconds; a SYN out meanwhile opens the connection",
    kind: "timed",
    async run(router) {
      const external = endpoint(router.external, 26040);
      const isAnswer = ({ to, from }: { to: string; from: string }) =>
        (to === `${SERVER}:26040` || to === `${SERVER}:26041`) && from.startsWith(`${router.external}:`);
      const start = router.now();
      // Both are dropped: the first is never asked for, the second is crossed by the host's own SYN.
      router.send("outside", tcp(`${SERVER}:26041`, endpoint(router.external, 26041), "SYN"));
      router.send("outside", tcp(`${SERVER}:26040`, external, "SYN"));
      await router.until(start + SILENT_TIME / 2);
      const crossing = tcp(at("alice", 26040), `${SERVER}:26040`, "SYN", { payload: uniqueText() });
      await expectForwarded(router, "alice", crossing, "outside", { from: external });
      const connection = { internal: at("alice", 26040), external, service: `${SERVER}:26040` };
      await segmentIn(router, "alice", connection, "SYN");
      await segmentOut(router, "alice", connection, "SYN ACK");
      await router.until(start + SILENT_TIME);
      // Everything that went out is the host's own two segments, and no ICMP error speaks of the others.
      await router.settle();
      const seen = router.arrived("outside");
      expect([
        seen.filter(isAnswer).map(({ flags }) => flags),
        seen.filter(({ quoted }) => quoted?.from === `${SERVER}:26041` || quoted?.from === `${SERVER}:26040`),
      ]).toEqual([["SYN", "SYN ACK"], []]);
    },
  },
  {
    id: "RFC 5382 REQ-5",
    says: "an established connection is kept for its time, which is over two hours by default, one being opened for the transitory time",
    kind: "timed",
    async run(router) {
      expect([DEFAULT_TIMERS.tcpEstablished, DEFAULT_TIMERS.tcpTransitory]).toEqual([7_440_000, 240_000]);
      const { tcpEstablished, tcpTransitory } = router.lifetimes;
      await together(router, [
        () =>
          expectEndsAfter(router, tcpEstablished, isBound(router, 26050), () =>
            connect(router, "alice", 26050),
          ),
        () =>
          expectEndsAfter(router, tcpTransitory, isBound(router, 26051), () =>
            sendSyn(router, "alice", 26051),
          ),
      ]);
    },
  },
  {
    id: "RFC 5382 REQ-7",
    says: "two TCP endpoints never share an external port while ports are free",
    async run(router) {
      const seen = [
        await sendSyn(router, "alice", 6000),
        await sendSyn(router, "bob", 6000),
        await sendSyn(router, "carol", 6000, `${OTHER_SERVER}:443`),
      ];
      expect([new Set(seen).size, seen[0]]).toEqual([3, endpoint(router.external, 6000)]);
      for (const [i, host] of (["alice", "bob", "carol"] as const).entries()) {
        const answer = tcp(TCP_SERVICE, seen[i]!, "SYN ACK", { payload: uniqueText() });
        await expectForwarded(router, "outside", answer, host, { to: at(host, 6000) });
      }
    },
  },
  {
    id: "RFC 5382 REQ-8",
    says: "hosts connect to each other by external endpoints and see external sources",
    async run(router) {
      const bob = await sendSyn(router, "bob", 6001);
      const text = uniqueText();
      const syn = tcp(at("alice", 6000), bob, "SYN", { payload: text });
      router.send("alice", syn);
      const seen = await router.received("bob", carries(text));
      expectSame(seen, forwarded(syn, { from: endpoint(router.external, 6000), to: at("bob", 6001) }));
      const answer = tcp(at("bob", 6001), seen.from, "SYN ACK", { payload: uniqueText() });
      await expectForwarded(router, "bob", answer, "alice", { from: bob, to: at("alice", 6000) });
      const last = tcp(at("alice", 6000), bob, "ACK", { payload: uniqueText() });
      await expectForwarded(router, "alice", last, "bob", { from: seen.from, to: at("bob", 6001) });
    },
  },
  {
    id: "RFC 5382 REQ-9",
    says: "what an ICMP error says of a segment, its sender understands",
    async run(router) {
      const sent = tcp(at("alice", 6000), TCP_SERVICE, "SYN", { payload: uniqueText() });
      await sendSyn(router, "bob", 6000);
      router.send("alice", sent);
      const seen = await router.received("outside", carries(new TextDecoder().decode(sent.subarray(40))));
      for (const code of [0, 1, 3, 4, 13]) {
        const error = icmpError(FAR_ROUTER, router.external, UNREACHABLE, code, seen.bytes, { mtu: 1300 });
        router.send("outside", error);
        const told = await router.received("alice", ({ icmp }) => icmp === `${UNREACHABLE}/${code}`);
        const quoted = forwarded(sent, {});
        const expected = icmpError(FAR_ROUTER, ADDRESSES.alice, UNREACHABLE, code, quoted, { mtu: 1300 });
        expectSame(told, forwarded(expected, {}));
      }
    },
  },
  {
    id: "RFC 5382 REQ-10",
    says: "no ICMP error ends a connection",
    async run(router) {
      const connection = await connect(router, "alice", 6000);
      const about = tcp(connection.external, connection.service, "ACK", { ttl: 60 });
      for (const code of [0, 1, 2, 3, 13]) {
        router.send("outside", icmpError(FAR_ROUTER, router.external, UNREACHABLE, code, about));
        await router.received("alice", ({ icmp }) => icmp === `${UNREACHABLE}/${code}`);
      }
      await segmentOut(router, "alice", connection, "PSH ACK");
      await segmentIn(router, "alice", connection, "PSH ACK");
      expect(await sendSyn(router, "alice", 6000, `${OTHER_SERVER}:443`)).toBe(connection.external);
    },
  },
];
