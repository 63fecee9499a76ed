import { expect, test } from "bun:test";
import type { Mac } from "../addr/mac.ts";
import { type Restriction, renderPolicy } from "./policy-rules.ts";

const restriction = (rest: Partial<Restriction>): Restriction => ({
  mac: "02:00:5e:00:00:01" as Mac,
  addresses: [],
  isOffline: false,
  download: null,
  upload: null,
  ...rest,
});

test("without a restriction there is no table that packets could meet", () => {
  const none = "table inet gatehouse_policy\ndelete table inet gatehouse_policy\n";
  expect([
    renderPolicy(["br-home"], []),
    renderPolicy(["br-home"], [restriction({})]),
    renderPolicy([], [restriction({ isOffline: true })]),
  ]).toEqual([none, none, none]);
});

/** The lines of the forward chain. */
const forward = (...restrictions: Restriction[]) =>
  renderPolicy(["br-home"], restrictions)
    .split("chain forward {\n")[1]!
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.startsWith("iifname") || line.startsWith("oifname"))
    .slice(1);

test("a device is refused by its hardware address, and by those of IP that it has", () => {
  const addresses = ["192.168.77.20", "fd00::20"];
  expect(forward(restriction({ isOffline: true, addresses, upload: 5 }))).toEqual([
    'iifname "br-home" ether saddr { 02:00:5e:00:00:01 } goto refuse_outbound',
    'iifname "br-home" ip saddr { 192.168.77.20 } goto refuse_outbound',
    'iifname "br-home" ip6 saddr { fd00::20 } goto refuse_outbound',
    'oifname "br-home" ip daddr { 192.168.77.20 } goto refuse_inbound',
    'oifname "br-home" ip6 daddr { fd00::20 } goto refuse_inbound',
  ]);
  expect(forward(restriction({ isOffline: true })).length).toBe(1);
});

test("a limit is one for IPv4 and IPv6; of two devices that claim an address the first has it", () => {
  const other = { mac: "02:00:5e:00:00:02" as Mac, download: 8 };
  expect(
    forward(
      restriction({ download: 20, upload: 0.1, addresses: ["192.168.77.20", "fd00::20"] }),
      restriction({ ...other, addresses: ["192.168.77.20"] }),
    ),
  ).toEqual([
    'iifname "br-home" limit name ether saddr map { 02:00:5e:00:00:01 : "upload_0" } counter name limited drop',
    'iifname "br-home" ether saddr != { 02:00:5e:00:00:01 } limit name ip saddr map { 192.168.77.20 : "upload_0" } counter name limited drop',
    'iifname "br-home" ether saddr != { 02:00:5e:00:00:01 } limit name ip6 saddr map { fd00::20 : "upload_0" } counter name limited drop',
    'oifname "br-home" limit name ip daddr map { 192.168.77.20 : "download_0" } counter name limited drop',
    'oifname "br-home" limit name ip6 daddr map { fd00::20 : "download_0" } counter name limited drop',
  ]);
  expect(renderPolicy(["br-home"], [restriction({ upload: 0.1 })])).toContain(
    "limit upload_0 { rate over 12500 bytes/second burst 131072 bytes }",
  );
  expect(renderPolicy(["br-home"], [restriction({ upload: 100 })])).toContain("burst 1250000 bytes");
});
