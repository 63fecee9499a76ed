import { expect } from "bun:test";
import { checksum, sum } from "../../runtime/src/wire/checksum.ts";
import {
  at,
  carries,
  echoReply,
  expectDropped,
  expectForwarded,
  expectInbound,
  expectSame,
  expectSilence,
  forwarded,
  sendEcho,
  sendSyn,
  sendUdp,
  UDP_SERVICE,
  uniqueText,
} from "./exchanges.ts";
import { expectEndsAfter, expectKept, together } from "./lifetimes.ts";
import {
  changed,
  corrupted,
  ECHO_REQUEST,
  endpoint,
  icmpError,
  PARAMETER_PROBLEM,
  query,
  TIME_EXCEEDED,
  tcp,
  UNREACHABLE,
  udp,
  viewOf,
} from "./packet.ts";
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

/** Sends an ICMP error about a host's packet from out there and expects it at the host as about the packet it had sent. */
async function expectErrorIn(
  router: Router,
  type: number,
  code: number,
  leaving: Uint8Array,
  sent: Uint8Array,
  fields: Parameters<typeof icmpError>[5] = {},
): Promise<void> {
  router.send("outside", icmpError(FAR_ROUTER, router.external, type, code, leaving, fields));
  const told = await router.received("alice", ({ icmp, quoted }) => icmp === `${type}/${code}` && !!quoted);
  const expected = icmpError(FAR_ROUTER, ADDRESSES.alice, type, code, forwarded(sent, {}), fields);
  expectSame(told, forwarded(expected, {}));
}

/** Has alice send a packet; it as sent, and as it left. */
async function leave(router: Router, make: (text: string) => Uint8Array): Promise<[Uint8Array, Uint8Array]> {
  const text = uniqueText();
  const sent = make(text);
  router.send("alice", sent);
  return [sent, (await router.received("outside", carries(text))).bytes];
}

/** RFC 5508, NAT behavioral requirements for ICMP. */
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
      const isBound = () => router.isBound("icmp", ADDRESSES.alice, 20);
      await expectEndsAfter(router, router.lifetimes.icmpQuery, isBound, () => sendEcho(router, "alice", 20));
      const text = uniqueText();
      await expectDropped(router, "outside", echoReply(`${router.external}:20`, text), text);
    },
  },
  {
    id: "RFC 5508 REQ-3",
    says: "an ICMP error with a wrong checksum is dropped",
    async run(router) {
      const [, leaving] = await leave(router, (text) => udp(at("alice", 5000), UDP_SERVICE, text));
      const error = icmpError(FAR_ROUTER, router.external, UNREACHABLE, 1, leaving);
      router.send("outside", corrupted(error, 22));
      await expectSilence(router, ["alice", "bob"], ({ quoted }) => quoted !== undefined);
    },
  },
  {
    id: "RFC 5508 REQ-3a",
    says: "an ICMP error whose quoted IP header has a wrong checksum is dropped",
    async run(router) {
      const [, leaving] = await leave(router, (text) => udp(at("alice", 5000), UDP_SERVICE, text));
      const wrong = corrupted(leaving, 10);
      router.send("outside", icmpError(FAR_ROUTER, router.external, UNREACHABLE, 1, wrong));
      await expectSilence(router, ["alice", "bob"], ({ quoted }) => quoted !== undefined);
    },
  },
  {
    id: "RFC 5508 REQ-3b",
    says: "options of the quoted packet are stepped over",
    async run(router) {
      await sendUdp(router, "bob", 5000);
      // Three "no operation" and the end of the list, then an experiment of four bytes.
      const options = Uint8Array.of(1, 1, 1, 1, 0x9e, 4, 0, 0);
      const [sent, leaving] = await leave(router, (text) =>
        udp(at("alice", 5000), UDP_SERVICE, text, { options }),
      );
      await expectErrorIn(router, UNREACHABLE, 3, leaving, sent);
    },
  },
  {
    id: "RFC 5508 REQ-3c",
    says: "the transport checksum of the quoted packet is not looked at",
    async run(router) {
      await sendUdp(router, "bob", 5000);
      const [, leaving] = await leave(router, (text) => udp(at("alice", 5000), UDP_SERVICE, text));
      // As if the sender of the error had cut the packet: the checksum cannot be verified.
      const cut = leaving.slice(0, 28);
      viewOf(cut).setUint16(26, 0x1234);
      router.send("outside", icmpError(FAR_ROUTER, router.external, UNREACHABLE, 3, cut));
      const told = await router.received("alice", ({ icmp }) => icmp === "3/3");
      expect([told.quoted?.from, told.quoted?.to]).toEqual([at("alice", 5000), UDP_SERVICE]);
    },
  },
  {
    id: "RFC 5508 REQ-3d",
    says: "extensions after the quoted packet arrive as they were",
    async run(router) {
      await sendUdp(router, "bob", 5000);
      const extension = Uint8Array.of(0x20, 0, 0, 0, 0, 8, 1, 1, 0, 1, 2, 3);
      const [sent, leaving] = await leave(router, (text) => udp(at("alice", 5000), UDP_SERVICE, text));
      await expectErrorIn(router, TIME_EXCEEDED, 0, leaving, sent, { extension });
    },
  },
  {
    id: "RFC 5508 REQ-4",
    says: "an ICMP error from outside reaches the host, quoting the host's own packet; one about no binding is dropped",
    async run(router) {
      await sendUdp(router, "bob", 5000);
      await sendSyn(router, "bob", 5000);
      await sendEcho(router, "bob", 5000);
      const makers = [
        (text: string) => udp(at("alice", 5000), UDP_SERVICE, text),
        (text: string) => tcp(at("alice", 5000), UDP_SERVICE, "SYN", { payload: text }),
        (text: string) => query(ECHO_REQUEST, ADDRESSES.alice, SERVER, 5000, text),
      ];
      for (const [i, make] of makers.entries()) {
        const [sent, leaving] = await leave(router, make);
        await expectErrorIn(router, UNREACHABLE, i, leaving, sent);
      }
      const unbound = udp(endpoint(router.external, 5999), UDP_SERVICE, "x");
      router.send("outside", icmpError(FAR_ROUTER, router.external, UNREACHABLE, 9, unbound));
      await expectSilence(router, ["alice", "bob", "carol"], ({ icmp }) => icmp === "3/9");
    },
  },
  {
    id: "RFC 5508 REQ-5",
    says: "an ICMP error from a host leaves with external endpoints only; one about no binding is dropped",
    async run(router) {
      await sendUdp(router, "bob", 5000);
      const external = await sendUdp(router, "alice", 5000);
      const text = uniqueText();
      const sent = udp(`${OTHER_SERVER}:9`, external, text);
      router.send("outside", sent);
      const seen = await router.received("alice", carries(text));
      router.send("alice", icmpError(ADDRESSES.alice, OTHER_SERVER, UNREACHABLE, 3, seen.bytes));
      const told = await router.received("outside", ({ icmp }) => icmp === "3/3");
      const expected = icmpError(router.external, OTHER_SERVER, UNREACHABLE, 3, forwarded(sent, {}));
      expectSame(told, forwarded(expected, {}));
      const unbound = udp(`${OTHER_SERVER}:9`, at("alice", 5999), "x");
      router.send("alice", icmpError(ADDRESSES.alice, OTHER_SERVER, UNREACHABLE, 9, unbound));
      await expectSilence(router, ["outside"], ({ icmp }) => icmp === "3/9");
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
    id: "RFC 5508 REQ-7",
    says: "an ICMP error between hosts is understood by the one it is for and names external endpoints",
    async run(router) {
      await sendUdp(router, "carol", 5000);
      await sendUdp(router, "carol", 5001);
      const bob = await sendUdp(router, "bob", 5001);
      const alice = await sendUdp(router, "alice", 5000);
      const text = uniqueText();
      const sent = udp(at("alice", 5000), bob, text);
      router.send("alice", sent);
      const seen = await router.received("bob", carries(text));
      expectSame(seen, forwarded(sent, { from: alice, to: at("bob", 5001) }));
      router.send("bob", icmpError(ADDRESSES.bob, router.external, UNREACHABLE, 3, seen.bytes));
      const told = await router.received("alice", ({ icmp }) => icmp === "3/3");
      const expected = icmpError(router.external, ADDRESSES.alice, UNREACHABLE, 3, forwarded(sent, {}));
      expectSame(told, forwarded(expected, {}));
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
