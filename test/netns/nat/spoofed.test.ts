import { expect, test } from "bun:test";
import { parseIPv4 } from "../../../runtime/src/addr/ipv4.ts";
import { udpPacket } from "../../../runtime/src/linux/packet/datagram.ts";
import { DataplaneProcess } from "../dataplane.ts";
import { UdpPeer } from "../peers.ts";
import { CLIENT2, LAN_ADDRESS, SERVER, Topology, WAN_ADDRESS } from "../topology.ts";
import { ECHO_PORT } from "./nat-home.ts";
import { IPPROTO_RAW, RawPeer } from "./raw-peer.ts";

test("RFC 2827: nobody outside gets in under an address of the home", async () => {
  const net = new Topology();
  const dataplane = new DataplaneProcess(net.router);
  await dataplane.configure({
    wan: { interface: "wan0", address: WAN_ADDRESS },
    lans: [{ interface: "br-lan", address: `${LAN_ADDRESS}/24` }],
    path: "offload",
  });
  const echo = await UdpPeer.open(net.provider, ECHO_PORT, SERVER, true);
  const client = await UdpPeer.open(net.client1, 5000);
  await client.ask("?", SERVER, ECHO_PORT);
  const outside = new RawPeer(net.provider, IPPROTO_RAW);
  const send = (from: string, text: string) => {
    const target = { address: parseIPv4(WAN_ADDRESS)!, port: 5000 };
    const source = { address: parseIPv4(from)!, port: 6000 };
    outside.send(udpPacket(source, target, new TextEncoder().encode(text)), WAN_ADDRESS);
  };
  send(CLIENT2, "it is me, your neighbour");
  send(SERVER, "hello");
  expect(await client.receive()).toEqual({ text: "hello", from: `${SERVER}:6000` });
  for (const each of [outside, client, echo, net]) each.close();
  await dataplane.close();
});
