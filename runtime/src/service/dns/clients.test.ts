import { expect, test } from "bun:test";
import { formatIPv4, parseIPv4 } from "../../addr/ipv4.ts";
import { parsePrefix } from "../../addr/prefix.ts";
import { clientAt } from "./clients.ts";

const LAN = [parsePrefix("192.168.77.1/24")!, parsePrefix("192.168.78.1/24")!];
const IPV6 = [
  { address: "fd12:3456:789a::1", standIn: parseIPv4("192.168.77.1")! },
  { address: "fd12:3456:789a:1::1", standIn: parseIPv4("192.168.78.1")! },
];
const known: Record<string, string> = {
  "fd12:3456:789a::20": "192.168.77.20",
  "fd12:3456:789a::21": "198.51.100.9",
};

test("who asks is told by its IPv4 address, over IPv6 by that of its device or else of the router in its network", () => {
  const who = (address: string) => {
    const client = clientAt(address, LAN, IPV6, (one) => parseIPv4(known[one] ?? ""));
    return client === undefined ? undefined : formatIPv4(client);
  };
  expect({
    home: who("192.168.78.5"),
    self: who("127.0.0.1"),
    stranger: who("198.51.100.9"),
    device: who("fd12:3456:789a::20"),
    addressElsewhere: who("fd12:3456:789a::21"),
    unknownGuest: who("fd12:3456:789a:1:abcd::1"),
    noNetwork: who("fd12:3456:789a:9::1"),
    internet: who("2001:db8::1"),
    nobody: who("page.example"),
  }).toEqual({
    home: "192.168.78.5",
    self: "127.0.0.1",
    stranger: undefined,
    device: "192.168.77.20",
    addressElsewhere: "192.168.77.1",
    unknownGuest: "192.168.78.1",
    noNetwork: undefined,
    internet: undefined,
    nobody: undefined,
  });
});
