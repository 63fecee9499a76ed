import { expect } from "bun:test";
import { overlaps, parsePrefix } from "../../runtime/src/addr/prefix.ts";
import { chooseLanPrefix } from "../../runtime/src/config/lan.ts";
import { DEFAULT_TIMERS } from "../../runtime/src/nat/timers.ts";
import { parseConfiguration } from "../../runtime/src/service/dataplane/configuration/configuration.ts";
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
import { expectEndsAfter, expectKept, together } from "./lifetimes.ts";
import {
  addressOf,
  endpoint,
  icmpError,
  portOf,
  TIME_EXCEEDED,
  tcp,
  UNREACHABLE,
  udp,
  withoutChecksum,
} from "./packet.ts";
import { ADDRESSES, FAR_ROUTER, LAN_PREFIX, OTHER_SERVER, type Requirement, SERVER } from "./router.ts";

/** RFC 4787, NAT behavioral requirements for unicast UDP; what the kernel alone does is in fragments.ts. */
export const RFC4787: readonly Requirement[] = [
  {
    id: "RFC 4787 REQ-1",
    says: "a UDP endpoint has one external endpoint, whatever it sends to",
    async run(router) {
      const external = await sendUdp(router, "alice", 5000);
      const others = [`${SERVER}:8`, `${OTHER_SERVER}:7`, `${OTHER_SERVER}:9000`];
      for (const other of others) expect(await sendUdp(router, "alice", 5000, other)).toBe(external);
    },
  },
  {
    id: "RFC 4787 REQ-2",
    says: "all endpoints of a host have the same external address",
    async run(router) {
      const seen = [
        await sendUdp(router, "alice", 5000),
        await sendUdp(router, "alice", 5001, `${OTHER_SERVER}:7`),
        await sendSyn(router, "alice", 5000),
        await sendEcho(router, "alice", 5000),
      ];
      expect(new Set(seen.map(addressOf))).toEqual(new Set([router.external]));
    },
  },
  {
    id: "RFC 4787 REQ-3",
    says: "two endpoints never share an external port while ports are free, not even towards different servers",
    async run(router) {
      const seen = [
        await sendUdp(router, "alice", 5000),
        await sendUdp(router, "bob", 5000),
        await sendUdp(router, "carol", 5000, `${OTHER_SERVER}:9`),
      ];
      expect([new Set(seen).size, seen[0]]).toEqual([3, endpoint(router.external, 5000)]);
      await expectInbound(router, UDP_SERVICE, seen[0]!, "alice", 5000);
      await expectInbound(router, UDP_SERVICE, seen[1]!, "bob", 5000);
      await expectInbound(router, UDP_SERVICE, seen[2]!, "carol", 5000);
    },
  },
  {
    id: "RFC 4787 REQ-3a",
    says: "a port below 1024 becomes one below 1024, another one from 1024 on",
    async run(router) {
      for (const port of [1, 22, 80, 1023, 1024, 5000, 65535]) {
        for (const host of ["alice", "bob"] as const) {
          const external = portOf(await sendUdp(router, host, port));
          expect([port, external < 1024]).toEqual([port, port < 1024]);
        }
      }
    },
  },
  {
    id: "RFC 4787 REQ-4",
    says: "an even port becomes an even one, an odd port an odd one",
    async run(router) {
      for (const port of [80, 81, 5000, 5001, 65534, 65535]) {
        await sendUdp(router, "alice", port);
        const external = portOf(await sendUdp(router, "bob", port));
        expect([external % 2, external === port]).toEqual([port % 2, false]);
      }
    },
  },
  {
    id: "RFC 4787 REQ-5",
    says: "a UDP binding without packets is kept for its time, which is five minutes by default, and then ends",
    kind: "timed",
    async run(router) {
      expect(DEFAULT_TIMERS.udp).toBe(300_000);
      const isBound = () => router.isBound("udp", ADDRESSES.alice, 20050);
      await expectEndsAfter(router, router.lifetimes.udp, isBound, () => sendUdp(router, "alice", 20050));
      await expectRefused(router, UDP_SERVICE, endpoint(router.external, 20050));
    },
  },
  {
    id: "RFC 4787 REQ-6",
    says: "packets of either direction keep a UDP binding",
    kind: "timed",
    async run(router) {
      const keep = (port: number, touch: (external: string) => Promise<unknown>) =>
        expectKept(
          router,
          "touch",
          router.lifetimes.udp,
          () => router.isBound("udp", ADDRESSES.alice, port),
          () => sendUdp(router, "alice", port),
          () => touch(endpoint(router.external, port)),
        );
      const stranger = `${OTHER_SERVER}:9`;
      await together(router, [
        () => keep(20060, () => sendUdp(router, "alice", 20060, stranger)),
        () => keep(20061, (external) => expectInbound(router, stranger, external, "alice", 20061)),
      ]);
    },
  },
  {
    id: "RFC 4787 REQ-7",
    says: "the home's network is never the provider's: it moves away, and the data plane refuses one that overlaps",
    async run(router) {
      const home = parsePrefix(LAN_PREFIX)!;
      for (const text of ["192.168.77.20/24", "192.168.0.2/16", "192.168.77.129/25"]) {
        const provider = parsePrefix(text)!;
        const moved = chooseLanPrefix(home, [provider])!;
        expect([overlaps(moved, provider), overlaps(moved, home)]).toEqual([false, false]);
      }
      const refused = parseConfiguration({
        wan: { interface: "wan0", address: "192.168.77.20" },
        lans: [{ interface: "br-lan", address: LAN_PREFIX }],
        path: "offload",
      });
      expect(refused).toMatchObject([{ field: "lans.0.address" }]);
      // An outside host whose address looks like one of the home's does not get in by it.
      const text = uniqueText();
      const external = await sendUdp(router, "alice", 5000);
      router.send("outside", udp(at("bob", 7), at("alice", 5000), text));
      await expectSilence(router, ["alice", "bob"], carries(text));
      await expectInbound(router, UDP_SERVICE, external, "alice", 5000);
    },
  },
  {
    id: "RFC 4787 REQ-8",
    says: "anyone reaches a host through its binding",
    async run(router) {
      const external = await sendUdp(router, "alice", 5000);
      for (const stranger of [UDP_SERVICE, `${SERVER}:9`, `${OTHER_SERVER}:7`, `${OTHER_SERVER}:40000`]) {
        await expectInbound(router, stranger, external, "alice", 5000);
      }
    },
  },
  {
    id: "RFC 4787 REQ-9",
    says: "hosts reach each other, and themselves, by their external endpoints",
    async run(router) {
      const alice = await sendUdp(router, "alice", 5000);
      const bob = await sendUdp(router, "bob", 5000);
      const sent = [
        { host: "alice", to: bob, receiver: "bob", from: alice },
        { host: "bob", to: alice, receiver: "alice", from: bob },
        { host: "alice", to: alice, receiver: "alice", from: alice },
      ] as const;
      for (const { host, to, receiver, from } of sent) {
        const packet = udp(at(host, 5000), to, uniqueText());
        await expectForwarded(router, host, packet, receiver, { from, to: at(receiver, 5000) });
      }
    },
  },
  {
    id: "RFC 4787 REQ-9a",
    says: "a hairpinned packet comes from its sender's external endpoint, also the sender's very first one",
    async run(router) {
      const bob = await sendUdp(router, "bob", 5000);
      const text = uniqueText();
      const sent = udp(at("alice", 5000), bob, text);
      router.send("alice", sent);
      const seen = await router.received("bob", carries(text));
      expectSame(seen, forwarded(sent, { from: seen.from, to: at("bob", 5000) }));
      expect(await sendUdp(router, "alice", 5000)).toBe(seen.from);
      expect(addressOf(seen.from)).toBe(router.external);
    },
  },
  {
    id: "RFC 4787 REQ-10",
    says: "what packets carry is never changed: no application level gateway is on",
    async run(router) {
      const ftp = await connect(router, "alice", 5021, `${SERVER}:21`);
      const sip = `INVITE sip:bob@${SERVER} SIP/2.0\r\nContact: <sip:alice@${at("alice", 5060)}>\r\n`;
      const out = [
        tcp(ftp.internal, ftp.service, "PSH ACK", {
          payload: `PORT 192,168,77,11,19,156\r\n${uniqueText()}`,
        }),
        udp(at("alice", 5060), `${SERVER}:5060`, `${sip}${uniqueText()}`),
      ];
      await expectForwarded(router, "alice", out[0]!, "outside", { from: ftp.external });
      await expectForwarded(router, "alice", out[1]!, "outside", { from: endpoint(router.external, 5060) });
      const entering = tcp(ftp.service, ftp.external, "PSH ACK", {
        payload: `227 Entering Passive Mode (203,0,113,80,19,156)\r\n${uniqueText()}`,
      });
      await expectForwarded(router, "outside", entering, "alice", { to: ftp.internal });
    },
  },
  {
    id: "RFC 4787 REQ-11",
    says: "a mapping does not change when others come into conflict with it, nor the way new ones are made",
    async run(router) {
      const first = await sendUdp(router, "alice", 5000);
      const second = await sendUdp(router, "bob", 5000);
      for (let port = 5001; port < 5020; port++) await sendUdp(router, "carol", port);
      for (const server of [UDP_SERVICE, `${OTHER_SERVER}:9`]) {
        expect(await sendUdp(router, "alice", 5000, server)).toBe(first);
        expect(await sendUdp(router, "bob", 5000, server)).toBe(second);
        await expectInbound(router, server, first, "alice", 5000);
        await expectInbound(router, server, second, "bob", 5000);
      }
    },
  },
  {
    id: "RFC 4787 REQ-12",
    says: "no ICMP error ends a UDP binding",
    async run(router) {
      const external = await sendUdp(router, "alice", 5000);
      const about = udp(external, UDP_SERVICE, "x", { ttl: 60 });
      for (const [type, code] of ERRORS) {
        const error = icmpError(FAR_ROUTER, router.external, type, code, about);
        router.send("outside", error);
        await router.received("alice", ({ icmp }) => icmp === `${type}/${code}`);
      }
      expect(await sendUdp(router, "alice", 5000, `${OTHER_SERVER}:8`)).toBe(external);
      await expectInbound(router, `${OTHER_SERVER}:9`, external, "alice", 5000);
    },
  },
  {
    id: "RFC 768",
    says: "a UDP checksum of zero, meaning none, stays zero both ways, with another port as well",
    async run(router) {
      await sendUdp(router, "alice", 5000);
      const external = await sendUdp(router, "bob", 5000);
      const out = withoutChecksum(udp(at("bob", 5000), UDP_SERVICE, uniqueText()));
      await expectForwarded(router, "bob", out, "outside", { from: external });
      const into = withoutChecksum(udp(UDP_SERVICE, external, uniqueText()));
      await expectForwarded(router, "outside", into, "bob", { to: at("bob", 5000) });
      const kept = withoutChecksum(udp(at("alice", 5000), external, uniqueText()));
      const from = endpoint(router.external, 5000);
      await expectForwarded(router, "alice", kept, "bob", { from, to: at("bob", 5000) });
    },
  },
  {
    id: "RFC 4787 REQ-13",
    says: "a packet that must not be fragmented and does not fit is answered with the MTU and goes no further",
    async run(router) {
      await sendUdp(router, "alice", 5000);
      const text = uniqueText();
      const sent = udp(at("alice", 5000), UDP_SERVICE, text.padEnd(1420, "x"));
      router.send("alice", sent);
      const error = await router.received("alice", ({ icmp }) => icmp === `${UNREACHABLE}/4`);
      expect([error.source, error.quoted?.from, error.quoted?.to, mtuIn(error.bytes)]).toEqual([
        "192.168.77.1",
        at("alice", 5000),
        UDP_SERVICE,
        1400,
      ]);
      await router.settle();
      expect(router.arrived("outside").filter(carries(text))).toEqual([]);
    },
  },
];

const ERRORS = [
  [UNREACHABLE, 0],
  [UNREACHABLE, 1],
  [UNREACHABLE, 2],
  [UNREACHABLE, 3],
  [UNREACHABLE, 4],
  [UNREACHABLE, 13],
  [TIME_EXCEEDED, 0],
] as const;

function mtuIn(error: Uint8Array): number {
  return new DataView(error.buffer, error.byteOffset).getUint16(26);
}
