import { expect, test } from "bun:test";
import { formatIPv4 } from "../addr/ipv4.ts";
import { formatPrefix, parsePrefix } from "../addr/prefix.ts";
import { chooseLanPrefix, dhcpRange, hostAddress, LAN_CANDIDATES } from "./lan.ts";
import { defaultConfig } from "./parse.ts";
import type { LanConfig } from "./schema.ts";

const prefix = (text: string) => parsePrefix(text)!;

test("the LAN keeps its network until the WAN's network overlaps it", () => {
  const choose = (current: string | undefined, ...wan: string[]) => {
    const chosen = chooseLanPrefix(current === undefined ? undefined : prefix(current), wan.map(prefix));
    return chosen && formatPrefix(chosen);
  };
  expect([
    choose(undefined),
    choose(undefined, "192.168.77.20/24"),
    choose(undefined, "192.168.0.2/16", "10.77.0.5/16"),
    choose("10.1.1.1/24", "192.168.1.5/24"),
    choose("192.168.1.1/24", "192.168.1.5/24"),
    choose(undefined, "0.0.0.0/0"),
  ]).toEqual([
    "192.168.77.1/24",
    "192.168.78.1/24",
    "10.117.77.1/24",
    "10.1.1.1/24",
    "192.168.77.1/24",
    undefined,
  ]);
});

test("no two candidates overlap", () => {
  const others = LAN_CANDIDATES.map((candidate, i) =>
    chooseLanPrefix(candidate, LAN_CANDIDATES.toSpliced(i, 1), []),
  );
  expect(others).toEqual([...LAN_CANDIDATES]);
});

test("addresses are handed out within the network, low ones of a large network kept free", () => {
  const range = (lan: string, dhcp: Partial<LanConfig["dhcp"]> = {}) => {
    const { first, last } = dhcpRange(prefix(lan), { ...defaultConfig.lans[0]!.dhcp, ...dhcp });
    return `${formatIPv4(first)}-${formatIPv4(last)}`;
  };
  expect([
    range("192.168.77.1/24"),
    range("10.0.0.1/8"),
    range("192.168.77.129/28"),
    range("10.1.0.1/16", { first: 256, last: "10.1.2.3" }),
  ]).toEqual([
    "192.168.77.100-192.168.77.249",
    "10.0.0.100-10.0.0.249",
    "192.168.77.129-192.168.77.142",
    "10.1.1.0-10.1.2.3",
  ]);
  expect(formatIPv4(hostAddress(prefix("192.168.77.1/24"), 20))).toBe("192.168.77.20");
});
