import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseIPv4 } from "../../addr/ipv4.ts";
import { parseLinkState, readLinkState, watchLinkStates } from "./link-state.ts";

const BOUND = `# This is private data. Do not parse.
ADMIN_STATE=configured
OPER_STATE=routable
CARRIER_STATE=carrier
REQUIRED_FOR_ONLINE=no
NETWORK_FILE=/run/systemd/network/70-gatehouse-wan.network
DNS=198.51.100.53 2001:db8::53 198.51.100.54
NTP=198.51.100.123 ntp.example.net
DOMAINS=
DHCP_LEASE=/run/systemd/netif/leases/2
`;

test("a link's name and time servers are those of its lease", () => {
  expect([
    parseLinkState(BOUND),
    parseLinkState("OPER_STATE=no-carrier\nDNS=\n"),
    parseLinkState(""),
  ]).toEqual([
    {
      operational: "routable",
      dns: [parseIPv4("198.51.100.53")!, parseIPv4("198.51.100.54")!],
      ntp: ["198.51.100.123", "ntp.example.net"],
    },
    { operational: "no-carrier", dns: [], ntp: [] },
    { operational: "", dns: [], ntp: [] },
  ]);
});

test("a change is told when networkd renames a new state into place", async () => {
  const netif = mkdtempSync(join(tmpdir(), "netif-"));
  expect(() =>
    watchLinkStates(
      () => {},
      () => {},
      netif,
    ),
  ).toThrow(/ENOENT/);
  mkdirSync(join(netif, "links"));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const watcher = watchLinkStates(resolve, reject, netif);
  expect(readLinkState(2, netif)).toBeUndefined();
  writeFileSync(join(netif, "links", ".#2abc"), BOUND);
  renameSync(join(netif, "links", ".#2abc"), join(netif, "links", "2"));
  await promise;
  expect(readLinkState(2, netif)?.operational).toBe("routable");
  watcher.close();
  rmSync(netif, { recursive: true });
});
