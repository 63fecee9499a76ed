import { expect } from "bun:test";
import { DEFAULT_TIMERS } from "../../runtime/src/nat/timers.ts";
import {
  at,
  carries,
  expectInbound,
  expectRefused,
  expectSilence,
  sendSyn,
  sendUdp,
  UDP_SERVICE,
  uniqueText,
} from "./exchanges.ts";
import { endpoint, tcp, udp } from "./packet.ts";
import { ADDRESSES, MAPPED_ADDRESS, OTHER_SERVER, type Requirement } from "./router.ts";

/** RFC 6888, requirements for carrier-grade NATs: what fits a home. */
export const RFC6888: readonly Requirement[] = [
  {
    id: "RFC 6888 REQ-2",
    says: "a host keeps its external address for all its endpoints, with several external addresses, too",
    async run(router) {
      await router.configure({ mapped: [{ external: MAPPED_ADDRESS, host: "bob" }] });
      expect([
        await sendUdp(router, "bob", 5000),
        await sendSyn(router, "bob", 5001, `${OTHER_SERVER}:80`),
        await sendUdp(router, "alice", 5000),
      ]).toEqual([
        endpoint(MAPPED_ADDRESS, 5000),
        endpoint(MAPPED_ADDRESS, 5001),
        endpoint(router.external, 5000),
      ]);
    },
  },
  {
    id: "RFC 6888 REQ-4",
    says: "a host has as many bindings as its limit allows, and others have theirs",
    async run(router) {
      await router.configure({ hostLimit: 3 });
      for (const port of [5000, 5001, 5002]) await sendUdp(router, "alice", port);
      const text = uniqueText();
      router.send("alice", udp(at("alice", 5003), UDP_SERVICE, text));
      router.send("alice", tcp(at("alice", 5003), UDP_SERVICE, "SYN", { payload: text }));
      await expectSilence(router, ["outside"], carries(text));
      await sendUdp(router, "bob", 5003);
    },
  },
  {
    id: "RFC 6888 REQ-8",
    says: "a port just freed is not another host's until it has rested, and may be its own host's at once",
    kind: "timed",
    async run(router) {
      expect(DEFAULT_TIMERS.quarantine).toBe(120_000);
      const { udp: lifetime, quarantine } = router.lifetimes;
      const start = router.now();
      await sendUdp(router, "alice", 28080);
      await sendUdp(router, "alice", 28082);
      const isEither = async () =>
        (await router.isBound("udp", ADDRESSES.alice, 28080)) ||
        (await router.isBound("udp", ADDRESSES.alice, 28082));
      // Both have ended no earlier than this, so that their rest lasts until `start + lifetime + quarantine` at least.
      while (await isEither()) await router.until(router.now() + router.lookInterval);
      const other = await sendUdp(router, "bob", 28080);
      expect(other === endpoint(router.external, 28080)).toBe(router.now() > start + lifetime + quarantine);
      expect(await sendUdp(router, "alice", 28080)).toBe(endpoint(router.external, 28080));
      await router.until(router.now() + quarantine);
      expect(await sendUdp(router, "bob", 28082)).toBe(endpoint(router.external, 28082));
    },
  },
  {
    id: "RFC 6888 REQ-11",
    says: "where there is no room a packet is dropped, and nobody's binding is ended to make room for it",
    async run(router) {
      await router.configure({ hostLimit: 2 });
      const kept = [await sendUdp(router, "alice", 5000), await sendUdp(router, "alice", 5001)];
      const text = uniqueText();
      for (let port = 5100; port < 5110; port++) {
        router.send("alice", udp(at("alice", port), UDP_SERVICE, text));
      }
      await expectSilence(router, ["outside"], carries(text));
      await expectInbound(router, UDP_SERVICE, kept[0]!, "alice", 5000);
      await expectInbound(router, UDP_SERVICE, kept[1]!, "alice", 5001);
      await expectRefused(router, UDP_SERVICE, endpoint(router.external, 5100));
    },
  },
];
