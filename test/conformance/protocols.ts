import { expect } from "bun:test";
import {
  carries,
  expectDropped,
  expectForwarded,
  expectSilence,
  forwarded,
  uniqueText,
} from "./exchanges.ts";
import { expectEndsAfter, expectKept, together } from "./lifetimes.ts";
import { icmpError, ipv4, UNREACHABLE } from "./packet.ts";
import {
  ADDRESSES,
  FAR_ROUTER,
  type Host,
  OTHER_SERVER,
  type ProtocolName,
  type Requirement,
  SERVER,
} from "./router.ts";

const PROTOCOLS: readonly [ProtocolName, number][] = [
  ["ipip", 4],
  ["6in4", 41],
  ["gre", 47],
  ["esp", 50],
  ["sctp", 132],
];
const GRE = 47;
const ESP = 50;
const SCTP = 132;

/** A packet of a protocol whose ports, if it has any, are not known here. */
function packetOf(protocol: number, source: string, destination: string, text = uniqueText()): Uint8Array {
  return ipv4(protocol, source, destination, new TextEncoder().encode(`no ports ${text}`));
}

const outgoing = (protocol: number, host: Host, remote = SERVER) =>
  packetOf(protocol, ADDRESSES[host], remote);

/** IP protocols without ports that are known here: only addresses are translated. */
export const PROTOCOLS_WITHOUT_PORTS: readonly Requirement[] = [
  ...PROTOCOLS.map(
    ([name, protocol]): Requirement => ({
      id: `Protocol ${protocol}`,
      says: `${name} passes both ways, its addresses translated and nothing else`,
      async run(router) {
        await expectForwarded(router, "alice", outgoing(protocol, "alice"), "outside", {
          from: router.external,
        });
        const back = packetOf(protocol, SERVER, router.external);
        await expectForwarded(router, "outside", back, "alice", { to: ADDRESSES.alice });
        const text = uniqueText();
        const stranger = packetOf(protocol, OTHER_SERVER, router.external, text);
        router.send("outside", stranger);
        await expectSilence(router, ["alice", "bob", "carol"], carries(text));
      },
    }),
  ),
  {
    id: "Protocol association",
    says: "one host has a protocol towards a remote; a second one's packets are dropped, towards others they pass",
    async run(router) {
      const { external } = router;
      await expectForwarded(router, "alice", outgoing(GRE, "alice"), "outside", { from: external });
      const text = uniqueText();
      router.send("bob", packetOf(GRE, ADDRESSES.bob, SERVER, text));
      await expectSilence(router, ["outside", "alice"], carries(text));
      await expectForwarded(router, "bob", outgoing(GRE, "bob", OTHER_SERVER), "outside", { from: external });
      await expectForwarded(router, "bob", outgoing(ESP, "bob"), "outside", { from: external });
      const owners = [
        [GRE, SERVER, "alice"],
        [GRE, OTHER_SERVER, "bob"],
        [ESP, SERVER, "bob"],
      ] as const;
      for (const [protocol, remote, host] of owners) {
        const back = packetOf(protocol, remote, external);
        await expectForwarded(router, "outside", back, host, { to: ADDRESSES[host] });
      }
    },
  },
  {
    id: "Protocol errors",
    says: "an ICMP error about an association reaches its host",
    async run(router) {
      const sent = outgoing(GRE, "alice");
      await expectForwarded(router, "alice", sent, "outside", { from: router.external });
      const leaving = forwarded(sent, { from: router.external });
      router.send("outside", icmpError(FAR_ROUTER, router.external, UNREACHABLE, 2, leaving));
      const told = await router.received("alice", ({ icmp }) => icmp === "3/2");
      expect([told.quoted?.source, told.quoted?.destination, told.quoted?.bytes]).toEqual([
        ADDRESSES.alice,
        SERVER,
        forwarded(sent, {}),
      ]);
    },
  },
  {
    id: "Protocol idle",
    says: "packets of either direction keep an association; without any it ends after its time",
    kind: "timed",
    async run(router) {
      const lifetime = router.lifetimes.association;
      const { external } = router;
      const send = (protocol: number) => () =>
        expectForwarded(router, "bob", outgoing(protocol, "bob"), "outside", { from: external });
      const back = (protocol: number) => () =>
        expectForwarded(router, "outside", packetOf(protocol, SERVER, external), "bob", {
          to: ADDRESSES.bob,
        });
      const isThere = (name: ProtocolName) => () => router.isAssociated(name, ADDRESSES.bob);
      await together(router, [
        () => expectEndsAfter(router, lifetime, isThere("gre"), send(GRE)),
        () => expectKept(router, "touch", lifetime, isThere("esp"), send(ESP), back(ESP)),
        () => expectKept(router, "touch", lifetime, isThere("sctp"), send(SCTP), send(SCTP)),
      ]);
      const text = uniqueText();
      await expectDropped(router, "outside", packetOf(GRE, SERVER, external, text), text);
    },
  },
  {
    id: "Protocol unknown",
    says: "packets of any other protocol go nowhere",
    async run(router) {
      for (const protocol of [2, 89, 103, 115, 253]) {
        const [out, back] = [uniqueText(), uniqueText()];
        router.send("alice", packetOf(protocol, ADDRESSES.alice, SERVER, out));
        router.send("outside", packetOf(protocol, SERVER, router.external, back));
        await expectSilence(router, ["outside"], carries(out));
        await expectSilence(router, ["alice", "bob", "carol"], carries(back));
      }
    },
  },
];
