import { expect } from "bun:test";
import { DEFAULT_TIMERS } from "../../runtime/src/nat/timers.ts";
import { checksum, sum } from "../../runtime/src/wire/checksum.ts";
import {
  at,
  carries,
  echoReply,
  expectDropped,
  expectForwarded,
  expectInbound,
  expectSilence,
  forwarded,
  sendEcho,
  sendUdp,
  UDP_SERVICE,
  uniqueText,
} from "./exchanges.ts";
import { expectEndsAfter, expectKept, together } from "./lifetimes.ts";
import {
  changed,
  ECHO_REQUEST,
  endpoint,
  icmpError,
  PARAMETER_PROBLEM,
  query,
  TIME_EXCEEDED,
  UNREACHABLE,
  udp,
  viewOf,
} from "./packet.ts";
import { expectErrorIn, leave } from "./rfc5508-errors.ts";
import {
  ADDRESSES,
  FAR_ROUTER,
  LAN_ADDRESS,
  OTHER_SERVER,
  type Requirement,
  type Router,
  SERVER,
} from "./router.ts";

const TIMESTAMP = 13;
const TIMESTAMP_REPLY = 14;
const ADMINISTRATIVELY_PROHIBITED = 13;

/** RFC 5508, NAT behavioral requirements for ICMP: queries, lifetimes and the router's own messages. */
export const RFC5508: readonly Requirement[] = [
  {
    id: "RFC 5508 REQ-1",
    says: "hosts ping; an identifier has one external one for all destinations, and answers reach who asked",
    async run(router) {
      const alice = await sendEcho(router, "alice", 700);
      const bob = await sendEcho(router, "bob", 700);
      expect([await sendEcho(router, "alice", 700, OTHER_SERVER), alice === bob]).toEqual([alice, false]);
      for (const [host, external] of [
        ["alice", alice],
        ["bob", bob],
      ] as const) {
        for (const server of [SERVER, OTHER_SERVER]) {
          const reply = echoReply(external, uniqueText(), server);
          await expectForwarded(router, "outside", reply, host, { to: `${ADDRESSES[host]}:700` });
        }
      }
    },
  },
  {
    id: "RFC 5508 REQ-2",
    says: "the binding of a query is kept for its time, sixty seconds by default, and then ends",
    kind: "timed",
    async run(router) {
      expect(DEFAULT_TIMERS.icmpQuery).toBe(60_000);
      const isBound = () => router.isBound("icmp", ADDRESSES.alice, 20);
      await expectEndsAfter(router, router.lifetimes.icmpQuery, isBound, () => sendEcho(router, "alice", 20));
      const text = uniqueText();
      await expectDropped(router, "outside", echoReply(`${router.external}:20`, text), text);
    },
  },
  {
    id: "RFC 5508 REQ-6",
    says: "an ICMP error neither keeps a binding nor ends it",
    kind: "timed",
    async run(router) {
      const { lifetimes } = router;
      const about = (port: number, make: () => Uint8Array) => async () => {
        router.send("outside", icmpError(FAR_ROUTER, router.external, UNREACHABLE, 1, make()));
        const isIt = ({ quoted }: { quoted: { from: string; identifier: number | undefined } | undefined }) =>
          quoted?.from === at("alice", port) || quoted?.identifier === port;
        await router.received("alice", isIt);
      };
      await together(router, [
        () =>
          expectKept(
            router,
            "use",
            lifetimes.icmpQuery,
            () => router.isBound("icmp", ADDRESSES.alice, 61),
            () => sendEcho(router, "alice", 61),
            about(61, () => query(ECHO_REQUEST, router.external, SERVER, 61)),
          ),
        () =>
          expectKept(
            router,
            "use",
            lifetimes.udp,
            () => router.isBound("udp", ADDRESSES.alice, 20062),
            () => sendUdp(router, "alice", 20062),
            about(20062, () => udp(endpoint(router.external, 20062), UDP_SERVICE, "x")),
          ),
      ]);
    },
  },
  {
    id: "RFC 5508 REQ-8",
    says: "a packet for which there is no room is answered with ICMP administratively prohibited, as its host sent it",
    async run(router) {
      await router.configure({ hostLimit: 2 });
      for (const port of [5000, 5001]) await sendUdp(router, "alice", port);
      const text = uniqueText();
      const sent = udp(at("alice", 5002), UDP_SERVICE, text);
      router.send("alice", sent);
      const refusal = await router.received("alice", ({ quoted }) => quoted !== undefined);
      expect([refusal.icmp, refusal.destination, refusal.quoted?.from, refusal.quoted?.to]).toEqual([
        `${UNREACHABLE}/${ADMINISTRATIVELY_PROHIBITED}`,
        ADDRESSES.alice,
        at("alice", 5002),
        UDP_SERVICE,
      ]);
      expect(isSound(refusal.bytes)).toBe(true);
      await expectSilence(router, ["outside"], carries(text));
    },
  },
  {
    id: "RFC 5508 REQ-10a",
    says: "unreachable, time exceeded and echo are supported, from hosts, from outside and by the router itself",
    async run(router) {
      const external = await sendUdp(router, "alice", 5000);
      for (const [type, code] of [
        [UNREACHABLE, 0],
        [TIME_EXCEEDED, 0],
        [TIME_EXCEEDED, 1],
      ] as const) {
        const [sent, leaving] = await leave(router, (text) => udp(at("alice", 5000), UDP_SERVICE, text));
        await expectErrorIn(router, type, code, leaving, sent);
      }
      await expectTimeExceeded(
        router,
        "alice",
        udp(at("alice", 5000), UDP_SERVICE, uniqueText(), { ttl: 1 }),
      );
      const inbound = udp(UDP_SERVICE, external, uniqueText(), { ttl: 1 });
      await expectTimeExceeded(router, "outside", inbound);
    },
  },
  {
    id: "RFC 5508 REQ-10a",
    says: "the router answers pings from outside and from the home",
    kind: "kernel",
    async run(router) {
      for (const [place, source, target] of [
        ["outside", SERVER, router.external],
        ["alice", ADDRESSES.alice, LAN_ADDRESS],
      ] as const) {
        const text = uniqueText();
        router.send(place, query(ECHO_REQUEST, source, target, 33, text));
        const reply = await router.received(place, carries(text));
        expect([reply.icmp, reply.identifier, reply.source]).toEqual(["0/0", 33, target]);
      }
    },
  },
  {
    id: "RFC 5508 REQ-10b",
    says: "parameter problem and timestamp are supported as well",
    async run(router) {
      const [sent, leaving] = await leave(router, (text) => udp(at("alice", 5000), UDP_SERVICE, text));
      await expectErrorIn(router, PARAMETER_PROBLEM, 0, leaving, sent);
      const stamps = (text: string) => new Uint8Array([...new TextEncoder().encode(text.padEnd(12))]);
      const [question, asked] = await leave(router, (text) =>
        query(TIMESTAMP, ADDRESSES.alice, SERVER, 900, stamps(text)),
      );
      const identifier = viewOf(asked).getUint16(24);
      expect(asked).toEqual(forwarded(question, { from: `${router.external}:${identifier}` }));
      const reply = query(TIMESTAMP_REPLY, SERVER, router.external, identifier, stamps(uniqueText()));
      await expectForwarded(router, "outside", reply, "alice", { to: `${ADDRESSES.alice}:900` });
    },
  },
  {
    id: "RFC 5508 REQ-10c",
    says: "source quench and redirect, which steer a host, do not get in",
    async run(router) {
      const external = await sendUdp(router, "alice", 5000);
      for (const type of [4, 5]) {
        const about = udp(external, UDP_SERVICE, uniqueText());
        router.send("outside", icmpError(FAR_ROUTER, router.external, type, 0, about));
      }
      const isSteering = ({ icmp }: { icmp: string }) => icmp === "4/0" || icmp === "5/0";
      await expectSilence(router, ["alice", "bob", "carol"], isSteering);
      await expectInbound(router, UDP_SERVICE, external, "alice", 5000);
    },
  },
];

/** Sends a packet with its last hop and expects to be told, with the packet quoted as it was sent. */
async function expectTimeExceeded(
  router: Router,
  sender: "alice" | "outside",
  packet: Uint8Array,
): Promise<void> {
  router.send(sender, packet);
  const told = await router.received(sender, ({ icmp, source }) => icmp === "11/0" && source !== FAR_ROUTER);
  const source = sender === "alice" ? LAN_ADDRESS : router.external;
  expect([told.source, isSound(told.bytes)]).toEqual([source, true]);
  expect(told.quoted && changed(told.quoted.bytes, {})).toEqual(
    packet.subarray(0, told.quoted!.bytes.length),
  );
}

/** Whether the header and the message have right checksums. */
function isSound(message: Uint8Array): boolean {
  const view = viewOf(message);
  return checksum(sum(view, 0, 20)) === 0 && checksum(sum(view, 20, message.length - 20)) === 0;
}
