import { expect, test } from "bun:test";
import { parseIPv4 } from "../../addr/ipv4.ts";
import { formatAddress } from "../../addr/ipv6.ts";
import { type Direction, INBOUND, OUTBOUND, UNKNOWN_DIRECTION } from "../../wire/capture/frame.ts";
import { FrameFilter, type FrameSelection } from "./filter.ts";

const ALICE = parseIPv4("192.168.77.10")!;
const SERVER = parseIPv4("203.0.113.80")!;
const DEVICE = 0x02005e000001;
const ALICE6 = Uint8Array.fromHex("20010db8000000000000000000000010");
const SERVER6 = Uint8Array.fromHex("20010db8111100000000000000000080");

const hex16 = (value: number) => value.toString(16).padStart(4, "0");
const address = (value: number) => value.toString(16).padStart(8, "0");
const ETHERNET = "02005e00000102005e00000a";
const ports = (source: number, destination: number) => `${hex16(source)}${hex16(destination)}00080000`;

function ipv4(transport: string, { protocol = 17, fragment = 0, options = "" } = {}): string {
  const length = (5 + options.length / 8).toString(16);
  const fixed = `4${length}000000${"0001"}${hex16(fragment)}40${protocol.toString(16).padStart(2, "0")}0000`;
  return `0800${fixed}${address(ALICE)}${address(SERVER)}${options}${transport}`;
}

function ipv6(next: number, rest: string): string {
  const first = next.toString(16).padStart(2, "0");
  return `86dd600000000000${first}40${ALICE6.toHex()}${SERVER6.toHex()}${rest}`;
}

const UDP4 = ipv4(ports(5000, 53));
const UDP6 = ipv6(17, ports(5000, 53));

function matches(
  selection: FrameSelection,
  packet: string,
  direction: Direction = INBOUND,
  cut = 0,
): boolean {
  // Behind the frame stand bytes that are not its own.
  const bytes = Uint8Array.fromHex(`eeee${ETHERNET}${packet}${"35".repeat(64)}`);
  const length = (ETHERNET + packet).length / 2 - cut;
  return new FrameFilter(selection).matches(
    new DataView(bytes.buffer),
    2,
    length,
    DEVICE,
    direction,
    100,
    500,
  );
}

test("the remote is the destination of what a device sends and the source of what it gets", () => {
  const directions: Direction[] = [INBOUND, OUTBOUND, UNKNOWN_DIRECTION];
  const rows = [
    [UDP4, SERVER, ALICE],
    [UDP6, SERVER6, ALICE6],
  ] as const;
  const found = rows.map(([packet, server, alice]) =>
    directions.map((direction) => [
      matches({ remote: server }, packet, direction),
      matches({ remote: alice }, packet, direction),
    ]),
  );
  const wanted = [
    [true, false],
    [false, true],
    [true, true],
  ];
  expect(found).toEqual([wanted, wanted]);
});

test("a test of pairs is asked about the device and its far end, of either family; where the direction is unknown, about either end", () => {
  const asked: [number, string][] = [];
  const accepts = (device: number, remote: Uint32Array) => {
    asked.push([device, formatAddress(remote)]);
    return formatAddress(remote) === "203.0.113.80";
  };
  expect([
    matches({ accepts }, UDP4, INBOUND),
    matches({ accepts }, UDP4, OUTBOUND),
    matches({ accepts }, UDP4, UNKNOWN_DIRECTION),
    matches({ accepts }, UDP6, INBOUND),
    matches({ accepts, remote: ALICE }, UDP4, UNKNOWN_DIRECTION),
    matches({ accepts, port: 54 }, UDP4, INBOUND),
  ]).toEqual([true, false, true, false, false, false]);
  const addresses = ["203.0.113.80", "192.168.77.10", "192.168.77.10", "203.0.113.80"];
  const inOrder = [...addresses, "2001:db8:1111::80", "192.168.77.10", "203.0.113.80"];
  expect(asked).toEqual(inOrder.map((address) => [DEVICE, address]));
});

test("an address is looked for in its own family only", () => {
  const mapped = Uint8Array.fromHex("00000000000000000000ffffcb007150");
  expect([
    matches({ remote: SERVER }, UDP6),
    matches({ remote: SERVER6 }, UDP4),
    matches({ remote: mapped }, UDP4),
  ]).toEqual([false, false, false]);
});

const TCP = 6;
const UDP = 17;
const SCTP = 132;
const ICMP = 1;
const HOP_BY_HOP = (next: string) => `${next}01${"00".repeat(14)}`;
const FRAGMENT = (next: string, offset: number) => `${next}00${hex16(offset << 3)}00000001`;
const AUTHENTICATION = (next: string) => `${next}04${"00".repeat(22)}`;
const VLAN = "81000007";

test.each<[string, string, boolean]>([
  ["UDP", UDP4, true],
  ["TCP", ipv4(ports(5000, 53), { protocol: TCP }), true],
  ["SCTP", ipv4(ports(5000, 53), { protocol: SCTP }), true],
  ["the source port", ipv4(ports(53, 5000)), true],
  ["other ports", ipv4(ports(5353, 13568)), false],
  ["ICMP", ipv4(ports(53, 53), { protocol: ICMP }), false],
  ["IPv4 options", ipv4(ports(5000, 53), { options: "0101010101010100" }), true],
  ["a first fragment", ipv4(ports(5000, 53), { fragment: 0x2000 }), true],
  ["a later fragment", ipv4(ports(53, 53), { fragment: 0x2001 }), false],
  ["no IPv4 header", UDP4.replace("080045", "080044"), false],
  ["a VLAN tag", VLAN + UDP4, true],
  ["two VLAN tags", `88a80009${VLAN}${UDP4}`, true],
  ["ARP", `0806${"0035".repeat(23)}`, false],
  ["UDP over IPv6", UDP6, true],
  ["other ports over IPv6", ipv6(17, ports(1, 2)), false],
  ["a VLAN tag before IPv6", VLAN + UDP6, true],
  ["a hop-by-hop header", ipv6(0, HOP_BY_HOP("11") + ports(5000, 53)), true],
  ["an authentication header", ipv6(51, AUTHENTICATION("06") + ports(5000, 53)), true],
  [
    "several headers",
    ipv6(0, HOP_BY_HOP("3c") + HOP_BY_HOP("2c") + FRAGMENT("11", 0) + ports(5000, 53)),
    true,
  ],
  ["a later fragment of IPv6", ipv6(44, FRAGMENT("11", 185) + ports(53, 53)), false],
  ["a chain of headers without end", ipv6(0, HOP_BY_HOP("00").repeat(20)), false],
  ["ESP", ipv6(50, ports(53, 53)), false],
  ["no IPv6 header", UDP6.replace("86dd6", "86dd5"), false],
])("port 53: %s", (_, packet, isWanted) => {
  expect([matches({ port: 53 }, packet), matches({ port: 53, remote: 1 }, packet)]).toEqual([
    isWanted,
    false,
  ]);
});

test.each<[string, string, number]>([
  ["IPv4", UDP4, UDP],
  ["a later fragment", ipv4(ports(53, 53), { protocol: TCP, fragment: 0x2001 }), TCP],
  ["IPv6", UDP6, UDP],
  ["ICMPv6", ipv6(58, "8000000000000000"), 58],
  ["extension headers", ipv6(0, HOP_BY_HOP("2c") + FRAGMENT("11", 0) + ports(5000, 53)), UDP],
  ["a later fragment of IPv6", ipv6(44, FRAGMENT("06", 185) + ports(53, 53)), TCP],
])("the protocol: %s", (_, packet, protocol) => {
  expect([
    matches({ protocol }, packet),
    matches({ protocol: 47 }, packet),
    matches({ protocol, port: 54 }, packet),
    matches({ protocol }, `0806${"0035".repeat(23)}`),
  ]).toEqual([true, false, false, false]);
});

test.each([UDP4, UDP6, VLAN + UDP6, ipv6(0, HOP_BY_HOP("11") + ports(5000, 53))])(
  "a frame cut before its ports has none, and nothing behind it is read",
  (packet) => {
    const whole = (ETHERNET + packet).length / 2;
    const found = Array.from({ length: whole + 1 }, (_, cut) => matches({ port: 53 }, packet, INBOUND, cut));
    // The ports end four bytes before the frame does.
    expect(found).toEqual(found.map((_, cut) => cut <= 4));
  },
);

test("a time range contains its start and not its end", () => {
  const at = (seconds: number, nanoseconds: number) => ({ seconds, nanoseconds });
  expect([
    matches({ from: at(100, 500) }, UDP4),
    matches({ from: at(100, 501) }, UDP4),
    matches({ from: at(101, 0) }, UDP4),
    matches({ until: at(100, 500) }, UDP4),
    matches({ until: at(100, 501) }, UDP4),
    matches({ from: at(99, 999), until: at(101, 0), remote: SERVER, port: 53 }, UDP4),
    matches({}, ""),
  ]).toEqual([true, false, false, false, true, true, true]);
});
