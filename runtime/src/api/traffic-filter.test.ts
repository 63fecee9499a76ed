import { expect, test } from "bun:test";
import { DOMAIN, service, serviceText } from "./traffic-filter.ts";

const SERVICE = service("");

test.each([
  ["Example.NET", "example.net"],
  ["example.net.", "example.net"],
  ["www.example.net", undefined],
  ["203.0.113.9", "203.0.113.9"],
  ["2001:DB8::7", "2001:db8::7"],
  ["others", "others"],
  ["", undefined],
  [".", undefined],
])("the domain %p is %p", (text, domain) => {
  expect(DOMAIN.parse(text)).toBe(domain);
});

test.each([
  ["tcp/443", 6, 443, "tcp/443"],
  ["UDP/53", 17, 53, "udp/53"],
  ["17/65535", 17, 65_535, "udp/65535"],
  ["tcp/0", 6, 0, "tcp/0"],
  ["icmp", 1, 0, "icmp"],
  ["esp/0", 50, 0, "esp"],
  ["41", 41, 0, "41"],
])("the service %p", (text, protocol, port, spelled) => {
  expect([SERVICE.parse(text), serviceText({ protocol, port })]).toEqual([{ protocol, port }, spelled]);
});

test.each(["tcp", "17", "icmp/8", "256", "tcp/65536", "tcp/", "tcp/443/1", "web", "", "-1/2", "tcp/4.3"])(
  "%p is no service",
  (text) => {
    expect(SERVICE.parse(text)).toBeUndefined();
  },
);
