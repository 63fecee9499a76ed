import { expect, test } from "bun:test";
import { registrableDomain } from "./domain.ts";
import { serviceOf } from "./service.ts";

const TCP = 6;
const UDP = 17;

test("services go by protocol and port, the remote's first", () => {
  const services = [
    serviceOf(TCP, 443, 50_000),
    serviceOf(UDP, 443, 50_000),
    serviceOf(UDP, 53, 53_000),
    serviceOf(UDP, 123, 123),
    serviceOf(UDP, 19_305, 40_000),
    serviceOf(TCP, 993, 51_820),
    serviceOf(TCP, 40_000, 22),
  ];
  expect(services).toEqual([
    { words: "web", iana: "https" },
    { words: "web (QUIC)", iana: "https" },
    { words: "name service", iana: "domain" },
    { words: "time", iana: "ntp" },
    { words: "video call" },
    { words: "mail", iana: "imaps" },
    { words: "remote shell", iana: "ssh" },
  ]);
});

test("what no port tells is called by its protocol", () => {
  const services = [
    serviceOf(TCP, 40_000, 40_001),
    serviceOf(UDP, 22, 40_001),
    serviceOf(1, 0, 0),
    serviceOf(58, 0, 0),
    serviceOf(50, 0, 0),
    serviceOf(253, 0, 0),
  ];
  expect(services.map(({ words }) => words)).toEqual([
    "TCP 40000",
    "UDP 22",
    "ping and errors",
    "ping and errors",
    "VPN",
    "IP protocol 253",
  ]);
});

test("names group by who registered their domain", () => {
  const names = [
    "r4---sn-4g5e6nsz.googlevideo.com",
    "cdn.bbc.co.uk",
    "d111.cloudfront.net",
    "alice.github.io",
    "_dmarc.example.com",
    "xn--mnchen-3ya.xn--p1ai",
    "printer.lan",
  ];
  expect(names.map(registrableDomain)).toEqual([
    "googlevideo.com",
    "bbc.co.uk",
    "cloudfront.net",
    "github.io",
    "example.com",
    "xn--mnchen-3ya.xn--p1ai",
    "printer.lan",
  ]);
});

test("a name without a registrable part stands for itself", () => {
  const names = ["co.uk", "localhost", "", "192.0.2.1", "a\\032b", "..", "…"];
  expect(names.map(registrableDomain)).toEqual(names);
});
