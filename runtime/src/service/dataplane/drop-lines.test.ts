import { expect, test } from "bun:test";
import { HOST_LIMIT, MALFORMED, PROTOCOL_IN_USE, UNSUPPORTED_PROTOCOL } from "../../nat/drops.ts";
import { icmp, ipv4, ports } from "../../nat/packets.fixture.ts";
import { createLog } from "../log.ts";
import { logDrop } from "./drop-lines.ts";

const HOST = "192.168.77.11";
const SERVER = "203.0.113.80";

/** What is logged about a packet of which `available` bytes are there. */
function lineOf(code: number, packet: DataView, available = packet.byteLength): string {
  const lines: string[] = [];
  const log = createLog("nat", (line) => lines.push(line));
  logDrop(log, code, packet, 0, available);
  return lines.join("");
}

test("a line says which packet was dropped and why", () => {
  const udp = ipv4(17, HOST, SERVER, ports(5000, 53));
  expect([
    lineOf(HOST_LIMIT, udp),
    lineOf(PROTOCOL_IN_USE, ipv4(47, HOST, SERVER, new Uint8Array(8))),
    lineOf(UNSUPPORTED_PROTOCOL, ipv4(89, HOST, SERVER, new Uint8Array(8))),
    lineOf(UNSUPPORTED_PROTOCOL, ipv4(1, HOST, SERVER, icmp(15, 7))),
  ]).toEqual([
    "<4>nat: dropped UDP from 192.168.77.11:5000 to 203.0.113.80:53: its sender has as many external ports as one device may have (host-limit)\n",
    "<4>nat: dropped GRE from 192.168.77.11 to 203.0.113.80: another device uses this protocol with this address, and only one can at a time (protocol-in-use)\n",
    "<4>nat: dropped IP protocol 89 from 192.168.77.11 to 203.0.113.80: its protocol cannot be translated (unsupported-protocol)\n",
    "<4>nat: dropped ICMP from 192.168.77.11 to 203.0.113.80: its protocol cannot be translated (unsupported-protocol)\n",
  ]);
});

test("a packet cut at any length is described as far as it is there", () => {
  const whole = ipv4(17, HOST, SERVER, ports(5000, 53));
  for (let length = 0; length < whole.byteLength; length++) {
    const cut = new DataView(whole.buffer.slice(0, length));
    expect(lineOf(MALFORMED, cut)).toMatch(
      /^<4>nat: dropped (a packet on its way out|UDP from 192\.168\.77\.11)/,
    );
  }
});
