import { expect } from "bun:test";
import {
  at,
  carries,
  connect,
  echoReply,
  expectForwarded,
  expectInbound,
  expectRefused,
  expectSilence,
  segmentIn,
  sendEcho,
  sendSyn,
  sendUdp,
  TCP_SERVICE,
  UDP_SERVICE,
  uniqueText,
} from "./exchanges.ts";
import { tcp, udp } from "./packet.ts";
import { ADDRESSES, OTHER_SERVER, type Requirement, SERVER } from "./router.ts";

const STRANGER = `${OTHER_SERVER}:7`;
const OTHER_PORT = `${SERVER}:9`;

/** Filtering per device (RFC 4787 section 5). */
export const FILTERING: readonly Requirement[] = [
  {
    id: "Policy filtering, open",
    says: "a device is open by default, and when others are not",
    async run(router) {
      await router.configure({
        filtering: { default: "address-and-port", hosts: [{ host: "carol", filtering: "open" }] },
      });
      const external = await sendUdp(router, "carol", 5000);
      await expectInbound(router, STRANGER, external, "carol", 5000);
      await router.configure({});
      await expectInbound(router, OTHER_PORT, await sendUdp(router, "alice", 5000), "alice", 5000);
    },
  },
  {
    id: "Policy filtering, address",
    says: "only addresses that the device's endpoint has sent to come in, from any port",
    async run(router) {
      await router.configure({
        filtering: { default: "open", hosts: [{ host: "alice", filtering: "address" }] },
      });
      const external = await sendUdp(router, "alice", 5000);
      await expectInbound(router, UDP_SERVICE, external, "alice", 5000);
      await expectInbound(router, OTHER_PORT, external, "alice", 5000);
      await expectRefused(router, STRANGER, external);
      // Another endpoint of the same device has sent there: that opens nothing here.
      await sendUdp(router, "alice", 5001, STRANGER);
      await expectRefused(router, STRANGER, external);
      expect(await sendUdp(router, "alice", 5000, `${OTHER_SERVER}:8`)).toBe(external);
      await expectInbound(router, STRANGER, external, "alice", 5000);
    },
  },
  {
    id: "Policy filtering, address and port",
    says: "only endpoints that the device's endpoint has sent to come in",
    async run(router) {
      await router.configure({ filtering: { default: "address-and-port", hosts: [] } });
      const external = await sendUdp(router, "alice", 5000);
      await expectInbound(router, UDP_SERVICE, external, "alice", 5000);
      await expectRefused(router, OTHER_PORT, external);
      await expectRefused(router, STRANGER, external);
      expect(await sendUdp(router, "alice", 5000, OTHER_PORT)).toBe(external);
      await expectInbound(router, OTHER_PORT, external, "alice", 5000);
      await expectInbound(router, UDP_SERVICE, external, "alice", 5000);
    },
  },
  {
    id: "Policy filtering, TCP",
    says: "strangers' segments do not come in, the service's do",
    async run(router) {
      await router.configure({ filtering: { default: "address", hosts: [] } });
      const connection = await connect(router, "alice", 6000);
      await segmentIn(router, "alice", connection, "PSH ACK");
      const text = uniqueText();
      router.send("outside", tcp(`${OTHER_SERVER}:80`, connection.external, "SYN", { payload: text }));
      await expectSilence(router, ["alice", "bob", "carol", "outside"], carries(text));
      expect(await sendSyn(router, "alice", 6000, TCP_SERVICE)).toBe(connection.external);
    },
  },
  {
    id: "Policy filtering, ports not preserved",
    says: "filtering holds for a device whose external port is another as well, and pings are not filtered",
    async run(router) {
      await router.configure({ filtering: { default: "address-and-port", hosts: [] } });
      await sendUdp(router, "bob", 5000);
      const external = await sendUdp(router, "alice", 5000);
      await expectInbound(router, UDP_SERVICE, external, "alice", 5000);
      await expectRefused(router, OTHER_PORT, external);
      const echo = await sendEcho(router, "alice", 900);
      const reply = echoReply(echo, uniqueText(), OTHER_SERVER);
      await expectForwarded(router, "outside", reply, "alice", { to: `${ADDRESSES.alice}:900` });
    },
  },
  {
    id: "Policy filtering, hairpin",
    says: "a filtered device that has sent to another's external endpoint gets its answers, and no one else's",
    async run(router) {
      await router.configure({
        filtering: { default: "open", hosts: [{ host: "alice", filtering: "address-and-port" }] },
      });
      const bob = await sendUdp(router, "bob", 5001);
      await sendUdp(router, "carol", 5002);
      const alice = await sendUdp(router, "alice", 5000);
      const call = udp(at("alice", 5000), bob, uniqueText());
      await expectForwarded(router, "alice", call, "bob", { from: alice, to: at("bob", 5001) });
      const answer = udp(at("bob", 5001), alice, uniqueText());
      await expectForwarded(router, "bob", answer, "alice", { from: bob, to: at("alice", 5000) });
      const text = uniqueText();
      router.send("carol", udp(at("carol", 5002), alice, text));
      await expectSilence(router, ["alice", "bob"], carries(text));
    },
  },
  {
    id: "Policy filtering, changed",
    says: "another filtering holds at once and for the bindings that there are, which stay",
    async run(router) {
      const external = await sendUdp(router, "alice", 5000);
      await expectInbound(router, STRANGER, external, "alice", 5000);
      await router.configure({ filtering: { default: "address", hosts: [] } });
      await expectRefused(router, STRANGER, external);
      expect(await sendUdp(router, "alice", 5000)).toBe(external);
      await expectInbound(router, OTHER_PORT, external, "alice", 5000);
      await expectRefused(router, STRANGER, external);
      await router.configure({});
      await expectInbound(router, STRANGER, external, "alice", 5000);
      expect(await sendUdp(router, "alice", 5000)).toBe(external);
    },
  },
];
