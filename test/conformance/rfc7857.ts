import { expect } from "bun:test";
import {
  at,
  connect,
  expectDropped,
  expectForwarded,
  expectInbound,
  segmentIn,
  segmentOut,
  sendSyn,
  sendUdp,
  TCP_SERVICE,
  UDP_SERVICE,
  uniqueText,
} from "./exchanges.ts";
import { expectEndsAfter, expectKept, together } from "./lifetimes.ts";
import { icmpError, portOf, tcp, UNREACHABLE, udp } from "./packet.ts";
import { ADDRESSES, OTHER_SERVER, type Requirement, type Router } from "./router.ts";

const isBound = (router: Router, port: number) => () => router.isBound("tcp", ADDRESSES.alice, port);

/** RFC 7857, updates to the former three. */
export const RFC7857: readonly Requirement[] = [
  {
    id: "RFC 7857 section 2",
    says: "a connection closed from both sides is kept for the transitory time; closed from one, for the established",
    kind: "timed",
    async run(router) {
      const { tcpEstablished, tcpTransitory } = router.lifetimes;
      await together(router, [
        () =>
          expectEndsAfter(router, tcpTransitory, isBound(router, 27010), async () => {
            const connection = await connect(router, "alice", 27010);
            await segmentOut(router, "alice", connection, "FIN ACK");
            await segmentIn(router, "alice", connection, "FIN ACK");
            await segmentOut(router, "alice", connection, "ACK");
          }),
        () =>
          expectEndsAfter(router, tcpEstablished, isBound(router, 27011), async () => {
            const connection = await connect(router, "alice", 27011);
            await segmentOut(router, "alice", connection, "FIN ACK");
            await segmentIn(router, "alice", connection, "ACK");
          }),
      ]);
    },
  },
  {
    id: "RFC 7857 section 2.1",
    says: "a connection that is only opened from outside, or whose SYN was never answered, is transitory",
    kind: "timed",
    async run(router) {
      await expectEndsAfter(router, router.lifetimes.tcpTransitory, isBound(router, 27020), async () => {
        const external = await sendSyn(router, "alice", 27020);
        const stranger = tcp(`${OTHER_SERVER}:1`, external, "SYN", { payload: uniqueText() });
        await expectForwarded(router, "outside", stranger, "alice", { to: at("alice", 27020) });
      });
    },
  },
  {
    id: "RFC 7857 section 2.2",
    says: "a reset is passed on and starts the transitory time; data after it shows that the connection lives",
    kind: "timed",
    async run(router) {
      const { tcpEstablished, tcpTransitory } = router.lifetimes;
      await together(router, [
        () =>
          expectEndsAfter(router, tcpTransitory, isBound(router, 27030), async () => {
            await segmentIn(router, "alice", await connect(router, "alice", 27030), "RST");
          }),
        () =>
          expectEndsAfter(router, tcpTransitory, isBound(router, 27031), async () => {
            await segmentOut(router, "alice", await connect(router, "alice", 27031), "RST ACK");
          }),
        () =>
          expectEndsAfter(router, tcpEstablished, isBound(router, 27032), async () => {
            const connection = await connect(router, "alice", 27032);
            await segmentIn(router, "alice", connection, "RST");
            await segmentOut(router, "alice", connection, "PSH ACK");
            await segmentIn(router, "alice", connection, "ACK");
          }),
      ]);
    },
  },
  {
    id: "RFC 7857 section 5",
    says: "TCP and UDP have port spaces of their own: the same number may be two hosts'",
    async run(router) {
      const seen = [await sendUdp(router, "alice", 7000), await sendSyn(router, "bob", 7000)];
      expect(seen.map(portOf)).toEqual([7000, 7000]);
      expect([
        portOf(await sendUdp(router, "bob", 7001)),
        portOf(await sendSyn(router, "alice", 7001)),
      ]).toEqual([7001, 7001]);
    },
  },
  {
    id: "RFC 7857 section 6",
    says: "a binding of one protocol lets in nothing of another",
    async run(router) {
      const external = await sendUdp(router, "alice", 7010);
      const text = uniqueText();
      await expectDropped(router, "outside", tcp(TCP_SERVICE, external, "SYN", { payload: text }), text);
      await expectInbound(router, UDP_SERVICE, external, "alice", 7010);
    },
  },
  {
    id: "RFC 7857 section 7.1",
    says: "an ICMP error that a host sends does not keep its binding",
    kind: "timed",
    async run(router) {
      const arrived = udp(`${OTHER_SERVER}:2707`, at("alice", 27_071), "x");
      await expectKept(
        router,
        "use",
        router.lifetimes.udp,
        () => router.isBound("udp", ADDRESSES.alice, 27_071),
        () => sendUdp(router, "alice", 27_071),
        async () => {
          router.send("alice", icmpError(ADDRESSES.alice, OTHER_SERVER, UNREACHABLE, 3, arrived));
          await router.received("outside", ({ quoted }) => quoted?.from === `${OTHER_SERVER}:2707`);
        },
      );
    },
  },
  {
    id: "RFC 7857 section 9",
    says: "a port that is not preserved cannot be foretold",
    async run(router) {
      for (let port = 7100; port < 7140; port++) await sendUdp(router, "alice", port);
      const chosen: number[] = [];
      for (let port = 7100; port < 7140; port++) chosen.push(portOf(await sendUdp(router, "bob", port)));
      const steps = chosen.slice(1).map((port, i) => port - chosen[i]!);
      // Of forty independent choices among 25 000 ports, no two steps are likely to be alike, and they span the range.
      const span = Math.max(...chosen) - Math.min(...chosen);
      expect([new Set(chosen).size, new Set(steps).size > 35, span > 30_000]).toEqual([40, true, true]);
      // Nor does one come up for all those that the router keeps for itself.
      const isNextToRouters = (port: number) => port >= 15_360 && port < 15_380;
      expect(chosen.filter(isNextToRouters).length).toBeLessThan(3);
    },
  },
];
