import { expect } from "bun:test";
import {
  at,
  carries,
  expectDropped,
  expectForwarded,
  expectInbound,
  expectRefused,
  expectSame,
  expectSilence,
  forwarded,
  sendMany,
  sendUdp,
  TCP_SERVICE,
  UDP_SERVICE,
  uniqueText,
} from "./exchanges.ts";
import { endpoint, icmpError, tcp, UNREACHABLE, udp } from "./packet.ts";
import { ADDRESSES, FAR_ROUTER, OTHER_SERVER, type Requirement, type Router } from "./router.ts";

/** Ports below 1024 that are not the router's own. */
const LOW_PORTS = 1019;
/** Ports kept for overloading. */
const OVERLOAD = { first: 14_336, last: 15_359 };
const isOverload = (port: number) => port >= OVERLOAD.first && port <= OVERLOAD.last;
const OTHER_SERVICE = `${OTHER_SERVER}:7`;

/** Takes every port below 1024 for alice; the external ports. */
async function takeLowPorts(router: Router): Promise<number[]> {
  const externals = await sendMany(router, "alice", range(1, LOW_PORTS));
  expect([new Set(externals).size, externals.every((port) => port < 1024)]).toEqual([LOW_PORTS, true]);
  return externals;
}

/** What happens when ports run out; those below 1024 do first. */
export const EXHAUSTION: readonly Requirement[] = [
  {
    id: "Policy overload",
    says: "without a free port a session gets one that others use towards other remotes, and only its remote's packets",
    async run(router) {
      const externals = await takeLowPorts(router);
      const bob = (await sendMany(router, "bob", [80]))[0]!;
      const carol = (await sendMany(router, "carol", [80]))[0]!;
      expect([isOverload(bob), isOverload(carol), bob === carol]).toEqual([true, true, false]);
      await expectInbound(router, UDP_SERVICE, endpoint(router.external, bob), "bob", 80);
      await expectInbound(router, UDP_SERVICE, endpoint(router.external, carol), "carol", 80);
      await expectRefused(router, OTHER_SERVICE, endpoint(router.external, bob));
      const elsewhere = (await sendMany(router, "bob", [80], OTHER_SERVICE))[0]!;
      expect(isOverload(elsewhere)).toBe(true);
      await expectInbound(router, OTHER_SERVICE, endpoint(router.external, elsewhere), "bob", 80);
      expect((await sendMany(router, "bob", [80]))[0]).toBe(bob);
      // Those who had a port keep it, and anyone reaches them.
      for (const port of [1, 500, LOW_PORTS]) {
        await expectInbound(
          router,
          OTHER_SERVICE,
          endpoint(router.external, externals[port - 1]!),
          "alice",
          port,
        );
      }
      // Ports from 1024 on are a class of their own.
      expect(await sendUdp(router, "bob", 5000)).toBe(endpoint(router.external, 5000));
    },
  },
  {
    id: "Policy overload, TCP",
    says: "connections overload ports, too, and each has its own answers",
    async run(router) {
      const syn = (from: string, to: string, payload: string) => tcp(from, to, "SYN", { payload });
      await sendMany(router, "alice", range(1, LOW_PORTS), TCP_SERVICE, syn);
      for (const host of ["bob", "carol"] as const) {
        const [port] = await sendMany(router, host, [80], TCP_SERVICE, syn);
        expect(isOverload(port!)).toBe(true);
        const external = endpoint(router.external, port!);
        const answer = tcp(TCP_SERVICE, external, "SYN ACK", { payload: uniqueText() });
        await expectForwarded(router, "outside", answer, host, { to: at(host, 80) });
        const text = uniqueText();
        const stranger = tcp(`${OTHER_SERVER}:80`, external, "SYN", { payload: text });
        await expectDropped(router, "outside", stranger, text);
      }
    },
  },
  {
    id: "Policy overload, errors",
    says: "an ICMP error about an overloaded session reaches its host",
    async run(router) {
      await takeLowPorts(router);
      const [bob] = await sendMany(router, "bob", [80]);
      await sendMany(router, "carol", [80]);
      const leaving = udp(endpoint(router.external, bob!), UDP_SERVICE, "x", { ttl: 60 });
      router.send("outside", icmpError(FAR_ROUTER, router.external, UNREACHABLE, 1, leaving));
      const told = await router.received("bob", ({ icmp }) => icmp === "3/1");
      const quoted = udp(at("bob", 80), UDP_SERVICE, "x", { ttl: 60 });
      const expected = icmpError(FAR_ROUTER, ADDRESSES.bob, UNREACHABLE, 1, quoted);
      expectSame(told, forwarded(expected, {}));
    },
  },
  {
    id: "Policy exhaustion",
    says: "when a remote's overloaded ports are used up too, packets are dropped and answered, and all that was goes on",
    async run(router) {
      await takeLowPorts(router);
      const bob = await sendMany(router, "bob", range(1, 1023));
      const [last] = await sendMany(router, "carol", [1]);
      expect(new Set([...bob, last!].filter(isOverload)).size).toBe(OVERLOAD.last - OVERLOAD.first + 1);
      const text = uniqueText();
      router.send("carol", udp(at("carol", 2), UDP_SERVICE, text));
      const refusal = await router.received("carol", ({ quoted }) => quoted !== undefined);
      expect([refusal.icmp, refusal.quoted?.from]).toEqual(["3/13", at("carol", 2)]);
      await expectSilence(router, ["outside"], carries(text));
      await expectInbound(router, UDP_SERVICE, endpoint(router.external, bob[0]!), "bob", 1);
      await expectInbound(router, UDP_SERVICE, endpoint(router.external, bob[1022]!), "bob", 1023);
      expect((await sendMany(router, "carol", [2], OTHER_SERVICE)).every(isOverload)).toBe(true);
    },
  },
];

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
