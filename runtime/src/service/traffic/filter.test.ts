import { afterAll, expect, test } from "bun:test";
import { MINUTE } from "../../traffic/history/ticks.ts";
import {
  callServers,
  LAPTOP,
  PHONE,
  RANGE,
  Run,
  removeStores,
  restarted,
  SERVERS,
} from "./ranges.fixture.ts";
import type { GroupKey, TotalsQuery, TrafficSeries } from "./source.ts";

afterAll(removeStores);

test("a domain's sums are those of its addresses, in series, totals and statistics, in memory and on the disk", () => {
  const { after, all } = restarted(MINUTE + 333, 3 * MINUTE);
  for (const run of [after, all]) callServers(run);
  const added = (series: TrafficSeries[]) =>
    series[0]!.groups[0]!.down.map((_, i) =>
      series.reduce((sum, { groups }) => sum + groups[0]!.down[i]!, 0),
    );
  const of = (remote: string) => all.ranges.series({ ...RANGE, remote, step: 1000 });
  const parts = added([of(SERVERS[0]!), of(SERVERS[1]!)]);
  const domain = "example.net";
  const series = after.ranges.series({ ...RANGE, domain, step: 1000 }).groups[0]!.down;
  const total = parts.reduce((sum, bytes) => sum + bytes, 0);
  const down = (query: Omit<TotalsQuery, "from" | "to">) =>
    after.ranges.totals({ ...RANGE, domain, ...query }).map((group) => [group.key, group.down]);
  const first = of(SERVERS[0]!).groups[0]!.down.reduce((sum, bytes) => sum + bytes, 0);
  expect({
    series,
    devices: down({ by: "device" }),
    addresses: down({ by: "remote" }).map(([key, bytes]) => [(key as GroupKey).remote, bytes]),
    domains: down({ by: "domain" }),
    both: down({ by: "device", remote: SERVERS[0]! }),
    phone: down({ by: "device", device: PHONE }),
    statistics: after.ranges.statistics({ ...RANGE, domain }).down.total,
    byDevice: after.ranges.series({ ...RANGE, domain, by: "device", step: 1000 }).groups,
  }).toEqual({
    series: parts,
    devices: [[{ device: LAPTOP }, total]],
    addresses: [
      [SERVERS[0]!, first],
      [SERVERS[1]!, total - first],
    ],
    domains: [[{ domain }, total]],
    both: [[{ device: LAPTOP }, first]],
    phone: [],
    statistics: total,
    byDevice: [
      { ...all.ranges.series({ ...RANGE, domain, step: 1000 }).groups[0]!, key: { device: LAPTOP } },
    ],
  });
});

test("an address without a name is a domain of its own", () => {
  const { all } = restarted(0, MINUTE);
  const range = { ...RANGE, by: "remote" } as const;
  expect(all.ranges.totals({ ...range, domain: SERVERS[2]! })).toEqual(
    all.ranges.totals({ ...range, remote: SERVERS[2]! }),
  );
  callServers(all);
  expect(all.ranges.totals({ ...range, domain: SERVERS[2]! })).toEqual([]);
});

test("a service's sums are told by device, of what memory has of services", () => {
  const { all } = restarted(0, MINUTE);
  const web = { protocol: 6, port: 80 };
  const sums = all.ranges.totals({ ...RANGE, device: PHONE, by: "device" });
  const [phone] = all.ranges.series({ ...RANGE, device: PHONE, step: 1000 }).groups;
  const step = 1000;
  expect({
    devices: all.ranges.totals({ ...RANGE, service: web, by: "device" }),
    services: all.ranges.totals({ ...RANGE, service: web, by: "service" }),
    laptop: all.ranges.totals({ ...RANGE, service: web, device: LAPTOP, by: "device" }),
    nobody: all.ranges.totals({ ...RANGE, service: { protocol: 17, port: 80 }, by: "device" }),
    series: all.ranges.series({ ...RANGE, service: web, step }).groups,
    byDevice: all.ranges.series({ ...RANGE, service: web, by: "device", step }).groups,
    statistics: all.ranges.statistics({ ...RANGE, service: web }),
  }).toEqual({
    devices: sums,
    services: [{ ...sums[0]!, key: { ...web, service: "web (unencrypted)" } }],
    laptop: [],
    nobody: [],
    series: [{ ...phone!, key: {} }],
    byDevice: [{ ...phone!, key: { device: PHONE } }],
    statistics: all.ranges.statistics({ ...RANGE, device: PHONE }),
  });
});

test("statistics of a service are of the time since when services are known", () => {
  const { after } = restarted(MINUTE, 3 * MINUTE);
  const { recorded, up, step } = after.ranges.statistics({ ...RANGE, service: { protocol: 6, port: 443 } });
  // The second under way was read again.
  expect([recorded, up.mean, step]).toEqual([121_000, up.total / 121, 100]);
});

test("what is not kept says which field asks for it, and what to ask instead", () => {
  const { ranges } = new Run();
  const web = { protocol: 6, port: 443 };
  const [domain, remote] = ["example.net", SERVERS[0]!];
  const faults = [
    () => ranges.totals({ ...RANGE, domain, by: "service" }),
    () => ranges.series({ ...RANGE, step: 1000, remote, by: "service" }),
    () => ranges.totals({ ...RANGE, service: web, by: "remote" }),
    () => ranges.series({ ...RANGE, step: 1000, service: web, by: "domain" }),
    () => ranges.statistics({ ...RANGE, service: web, domain }),
    () => ranges.totals({ ...RANGE, service: web, remote, by: "device" }),
  ].map((ask) => {
    try {
      return ask();
    } catch (error) {
      return error;
    }
  });
  expect(faults).toEqual(
    [
      "by: services are not kept by domain; ask for service without domain",
      "by: services are not kept by remote; ask for service without remote",
      "by: remotes are not kept by service; ask for remote without service",
      "by: domains are not kept by service; ask for domain without service",
      "service: services are not kept by domain; ask without service or without domain",
      "service: services are not kept by remote; ask without service or without remote",
    ].map((message) => new RangeError(message)),
  );
});
