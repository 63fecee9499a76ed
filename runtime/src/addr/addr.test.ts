import { expect, test } from "bun:test";
import { formatIPv4, parseIPv4 } from "./ipv4.ts";
import { isLocallyAdministered, type Mac, macAt, macBytes, parseMac } from "./mac.ts";
import { broadcast, contains, formatPrefix, netmask, network, overlaps, parsePrefix } from "./prefix.ts";

test("an IPv4 address is an unsigned number in host order", () => {
  const texts = ["0.0.0.0", "192.0.2.1", "255.255.255.255"];
  expect(texts.map(parseIPv4)).toEqual([0, 0xc0000201, 0xffffffff]);
  expect(texts.map((text) => formatIPv4(parseIPv4(text)!))).toEqual(texts);
});

test("what is not four plain octets is no IPv4 address", () => {
  const texts = [
    "",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "01.2.3.4",
    "1.2.3.4 ",
    "-1.2.3.4",
    "1e1.0.0.0",
    "::1",
  ];
  expect(texts.map(parseIPv4)).toEqual(texts.map(() => undefined));
});

test("a prefix keeps its host address and knows its bounds", () => {
  const prefix = parsePrefix("192.168.77.1/24")!;
  expect({
    text: formatPrefix(prefix),
    network: formatIPv4(network(prefix)),
    broadcast: formatIPv4(broadcast(prefix)),
    netmask: formatIPv4(netmask(prefix.length)),
    inside: contains(prefix, parseIPv4("192.168.77.254")!),
    outside: contains(prefix, parseIPv4("192.168.78.1")!),
  }).toEqual({
    text: "192.168.77.1/24",
    network: "192.168.77.0",
    broadcast: "192.168.77.255",
    netmask: "255.255.255.0",
    inside: true,
    outside: false,
  });
  expect(["10.0.0.0/33", "10.0.0/8", "10.0.0.0", "/8", "10.0.0.0/-1"].map(parsePrefix)).toEqual(
    Array(5).fill(undefined),
  );
});

test("prefixes overlap when one lies in the other", () => {
  const home = parsePrefix("192.168.1.1/24")!;
  const others = ["192.168.0.0/16", "192.168.1.128/25", "192.168.2.0/24", "0.0.0.0/0"];
  expect(others.map((text) => overlaps(home, parsePrefix(text)!))).toEqual([true, true, false, true]);
});

test("a MAC address has one spelling and survives its bytes", () => {
  const mac = parseMac("02-00-5E-10-00-fF")!;
  expect([
    mac,
    macAt(macBytes(mac), 0),
    isLocallyAdministered(mac),
    isLocallyAdministered("3c:07:54:00:00:01" as Mac),
  ]).toEqual(["02:00:5e:10:00:ff" as Mac, mac, true, false]);
  expect(["", "02:00:5e:10:00", "02:00:5e:10:00:gg", "02005e1000ff"].map(parseMac)).toEqual(
    Array(4).fill(undefined),
  );
});
