import { expect, test } from "bun:test";
import { queryOf, type TrafficView, viewIn } from "./view.ts";

const of = (query: string) => viewIn(new URLSearchParams(query));
const USUAL: TrafficView = {
  range: null,
  span: 300_000,
  selection: null,
  by: "device",
  filter: {},
  packets: false,
};

test("every view survives its URL, and the usual one needs none", () => {
  const views: TrafficView[] = [
    USUAL,
    { ...USUAL, span: 1_000, packets: true },
    {
      ...USUAL,
      range: { from: 1_800_000_000_000, to: 1_800_000_060_000 },
      selection: { from: 1_800_000_000_100, to: 1_800_000_000_900 },
      by: "remote",
      filter: { device: "02:00:5e:00:00:01", remote: "2001:db8::7", domain: "a&b.example" },
    },
    { ...USUAL, by: "service", filter: { service: "6:443" } },
  ];
  expect(views.map((view) => viewIn(new URLSearchParams(queryOf(view))))).toEqual(views);
  expect(queryOf(USUAL)).toBe("");
  expect(queryOf(views[2]!)).toBe(
    "from=1800000000000&to=1800000060000&select=1800000000100-1800000000900&by=remote" +
      "&device=02:00:5e:00:00:01&domain=a%26b.example&remote=2001:db8::7",
  );
});

test("what cannot be read is the usual", () => {
  const odd = [
    "from=9&to=8",
    "from=x&to=1000",
    "from=0&to=99",
    "from=5",
    "span=-1",
    "span=1e99",
    "select=7",
    "by=colour",
    "device=",
  ];
  expect(odd.map(of)).toEqual(odd.map(() => USUAL));
});

test("a service and a place cannot be told together: the place stays", () => {
  const { filter, by } = of("service=6:443&domain=a.example&by=service&device=x");
  expect({ filter, by }).toEqual({ filter: { domain: "a.example", device: "x" }, by: "device" });
  expect([of("service=6:443&by=service").by, of("service=6:443&by=remote").by]).toEqual([
    "service",
    "device",
  ]);
});
