import { beforeEach, describe, expect, test } from "bun:test";
import { formatIPv4, parseIPv4 } from "../addr/ipv4.ts";
import { checksum, sum } from "../wire/checksum.ts";
import { ERROR_WITHOUT_BINDING, MALFORMED } from "./drops.ts";
import { FakeFastPath } from "./fake-fast-path.ts";
import { REWRITTEN, translateInboundError, translateOutboundError, UNTOUCHED } from "./icmp-error.ts";
import { Nat } from "./nat.ts";
import { icmp, ipv4, ports } from "./packets.fixture.ts";
import { UDP } from "./transport.ts";

const EXTERNAL = "198.51.100.1";
const HOST = "192.168.77.10";
const OTHER_HOST = "192.168.77.11";
const SERVER = "203.0.113.80";
const UNREACHABLE = 3;

let nat: Nat;
/** The external port of HOST:5000, made to differ from 5000. */
let port: number;

beforeEach(() => {
  nat = new Nat({ fastPath: new FakeFastPath(), random: () => 0.5 });
  nat.outbound(UDP, parseIPv4(OTHER_HOST)!, 5000, parseIPv4(SERVER)!, 53, 1);
  port = nat.outbound(UDP, parseIPv4(HOST)!, 5000, parseIPv4(SERVER)!, 53, 1);
});

const inbound = (packet: DataView) =>
  translateInboundError(nat, parseIPv4(EXTERNAL)!, packet, 0, packet.byteLength);
const outbound = (packet: DataView) =>
  translateOutboundError(nat, parseIPv4(EXTERNAL)!, packet, 0, packet.byteLength);

/** Who says what about whom, and whether every checksum is right. */
function read(packet: DataView) {
  const address = (at: number) => formatIPv4(packet.getUint32(at));
  return {
    outer: `${address(12)} > ${address(16)}`,
    quoted: `${address(40)}:${packet.getUint16(48)} > ${address(44)}:${packet.getUint16(50)}`,
    checksums: [
      checksum(sum(packet, 0, 20)),
      checksum(sum(packet, 20, packet.byteLength - 20)),
      checksum(sum(packet, 28, 20)),
    ],
  };
}

describe("RFC 5508 REQ-4: an error from outside", () => {
  test("reaches the host it is for, quoting the host's own packet", () => {
    const quoted = ipv4(17, EXTERNAL, SERVER, ports(port, 53));
    const error = ipv4(1, "192.0.2.254", EXTERNAL, icmp(UNREACHABLE, 0, quoted));
    expect([inbound(error), read(error)]).toEqual([
      REWRITTEN,
      { outer: `192.0.2.254 > ${HOST}`, quoted: `${HOST}:5000 > ${SERVER}:53`, checksums: [0, 0, 0] },
    ]);
  });

  test("about what the router sent itself is left as it is", () => {
    const quoted = ipv4(17, EXTERNAL, SERVER, ports(12000, 53));
    expect(inbound(ipv4(1, SERVER, EXTERNAL, icmp(UNREACHABLE, 0, quoted)))).toBe(UNTOUCHED);
  });
});

describe("RFC 5508 REQ-5: an error from the home", () => {
  test("leaves with external endpoints only", () => {
    const quoted = ipv4(17, SERVER, HOST, ports(53, 5000));
    const error = ipv4(1, HOST, SERVER, icmp(UNREACHABLE, 0, quoted));
    expect([outbound(error), read(error)]).toEqual([
      REWRITTEN,
      {
        outer: `${EXTERNAL} > ${SERVER}`,
        quoted: `${SERVER}:53 > ${EXTERNAL}:${port}`,
        checksums: [0, 0, 0],
      },
    ]);
  });

  test("that the router says about a translated packet does not name the host", () => {
    const quoted = ipv4(17, SERVER, HOST, ports(53, 5000));
    const error = ipv4(1, EXTERNAL, SERVER, icmp(11, 0, quoted));
    expect([outbound(error), read(error).quoted]).toEqual([REWRITTEN, `${SERVER}:53 > ${EXTERNAL}:${port}`]);
  });

  test("about no binding is dropped from a host and let go from the router", () => {
    const quoted = ipv4(17, SERVER, HOST, ports(53, 6000));
    const results = [HOST, EXTERNAL].map((from) =>
      outbound(ipv4(1, from, SERVER, icmp(UNREACHABLE, 0, quoted))),
    );
    expect(results).toEqual([ERROR_WITHOUT_BINDING, UNTOUCHED]);
  });
});

test("RFC 5508 REQ-3: a wrong checksum drops the error, options in the quoted header do not", () => {
  const quoted = ipv4(17, EXTERNAL, SERVER, Uint8Array.of(1, 1, 1, 1, ...ports(port, 53)));
  quoted.setUint8(0, 0x46);
  const good = ipv4(1, SERVER, EXTERNAL, icmp(UNREACHABLE, 0, quoted));
  const bad = ipv4(1, SERVER, EXTERNAL, icmp(UNREACHABLE, 0, quoted));
  bad.setUint16(22, bad.getUint16(22) ^ 1);
  expect([inbound(good), good.getUint16(52), inbound(bad)]).toEqual([REWRITTEN, 5000, MALFORMED]);
});

test("RFC 5508 REQ-6: an error neither keeps nor ends a binding", () => {
  const quoted = ipv4(17, EXTERNAL, SERVER, ports(port, 53));
  inbound(ipv4(1, SERVER, EXTERNAL, icmp(UNREACHABLE, 0, quoted)));
  nat.expire(300_000);
  expect(nat.counters.bindings).toBe(2);
  nat.expire(300_001);
  expect(nat.counters.bindings).toBe(0);
});

test("an error cut at any length is malformed, and never read past", () => {
  const quoted = ipv4(17, EXTERNAL, SERVER, ports(port, 53));
  const whole = new Uint8Array(ipv4(1, SERVER, EXTERNAL, icmp(UNREACHABLE, 0, quoted)).buffer);
  for (let length = 0; length < whole.length; length++) {
    expect(inbound(new DataView(whole.slice(0, length).buffer))).toBe(MALFORMED);
  }
});
