import { expect } from "bun:test";
import {
  at,
  carries,
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
  corrupted,
  ECHO_REQUEST,
  endpoint,
  icmpError,
  query,
  TIME_EXCEEDED,
  tcp,
  UNREACHABLE,
  udp,
  viewOf,
} from "./packet.ts";
import { ADDRESSES, FAR_ROUTER, OTHER_SERVER, type Requirement, type Router, SERVER } from "./router.ts";

/** Sends an ICMP error about a host's packet from out there and expects it at the host as about the packet it had sent. */
export async function expectErrorIn(
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
export async function leave(
  router: Router,
  make: (text: string) => Uint8Array,
): Promise<[Uint8Array, Uint8Array]> {
  const text = uniqueText();
  const sent = make(text);
  router.send("alice", sent);
  return [sent, (await router.received("outside", carries(text))).bytes];
}

/** RFC 5508, NAT behavioral requirements for ICMP: the translation of errors. */
export const RFC5508_ERRORS: readonly Requirement[] = [
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
];
