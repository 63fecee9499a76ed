import {
  type Query,
  readSeries,
  readStatistics,
  readTotals,
  type TrafficSeries,
  type TrafficStatistics,
  type TrafficTotal,
} from "../../api/traffic.ts";
import { idOf } from "./groups.ts";
import { mergedSeries, mergedTotals, statisticsOf } from "./merge.ts";
import { type Range, stepFor } from "./range.ts";
import type { Filter, TrafficView } from "./view.ts";

/** Rows of each table; a home has fewer devices. */
const TOP = 300;
/** Groups of which the router gives series at once. */
const MOST_SERIES = 100;
/** Addresses of one domain, and devices, that are asked for one by one; the largest. */
const MOST_ADDRESSES = 12;
const MOST_DEVICES = 24;
/** Steps of a statistic that is taken here. */
const STEPS = 1500;

/** What tables and statistics tell, all of one range. */
export interface Told {
  range: Range;
  statistics: TrafficStatistics;
  devices: TrafficTotal[];
  places: TrafficTotal[];
  /** Whether places are registered domains or addresses. */
  placesBy: PlacesBy;
  services: TrafficTotal[];
}
export type PlacesBy = "domain" | "remote";

type Asking = Pick<TrafficView, "by" | "filter">;

/*
 * The router limits its answers to a device and a remote, and keeps services by device only. A domain is put together here from its
 * addresses, and a service from the services of all; domain and service together cannot be told.
 */

/** The sums of a range by step and group, within the filter. */
export async function readFilteredSeries(
  range: Range,
  step: number,
  { by, filter }: Asking,
  top: number,
  cancel: AbortSignal,
): Promise<TrafficSeries> {
  const { device, remote, domain, service } = filter;
  const query: Query = { ...range, step, device };
  if (service !== undefined) {
    const all = await readSeries({ ...query, by: "service", top: MOST_SERIES }, cancel);
    return { ...all, groups: all.groups.filter(({ key }) => idOf("service", key) === service) };
  }
  if (domain === undefined) return readSeries({ ...query, remote, by, top }, cancel);
  const addresses = await addressesOf(domain, range, device, cancel);
  const answers = await Promise.all(
    addresses.map((address) => readSeries({ ...query, remote: address, by, top }, cancel)),
  );
  return answers.length === 0 ? { from: range.from, step, groups: [] } : mergedSeries(by, answers);
}

/** Tables and statistics of a range within the filter. */
export function readTold(
  range: Range,
  filter: Filter,
  placesBy: PlacesBy,
  cancel: AbortSignal,
): Promise<Told> {
  if (filter.service !== undefined) return toldOfService(range, filter, filter.service, placesBy, cancel);
  if (filter.domain !== undefined && filter.remote === undefined)
    return toldOfDomain(range, filter, filter.domain, cancel);
  return toldOfAll(range, filter, placesBy, cancel);
}

async function toldOfAll(
  range: Range,
  { device, remote }: Filter,
  placesBy: PlacesBy,
  cancel: AbortSignal,
): Promise<Told> {
  const query: Query = { ...range, device, remote };
  const [statistics, devices, places, services] = await Promise.all([
    readStatistics(query, cancel),
    readTotals("device", { ...query, top: TOP }, cancel),
    readTotals(placesBy, { ...query, top: TOP }, cancel),
    remote === undefined ? readTotals("service", { ...query, top: TOP }, cancel) : [],
  ]);
  return { range, statistics, devices, places, placesBy, services };
}

async function toldOfDomain(
  range: Range,
  { device }: Filter,
  domain: string,
  cancel: AbortSignal,
): Promise<Told> {
  const all = await readTotals("remote", { ...range, device, top: 1000 }, cancel);
  const places = all.filter(({ key }) => idOf("domain", key) === domain);
  const addresses = places.slice(0, MOST_ADDRESSES).map(({ key }) => key.remote ?? "");
  const devices = await Promise.all(
    addresses.map((remote) => readTotals("device", { ...range, device, remote, top: TOP }, cancel)),
  );
  const asking: Asking = { by: "device", filter: { ...(device !== undefined && { device }), domain } };
  const statistics = await statisticsFrom(range, asking, cancel);
  return {
    range,
    statistics,
    devices: mergedTotals("device", devices),
    places,
    placesBy: "remote",
    services: [],
  };
}

async function toldOfService(
  range: Range,
  filter: Filter,
  service: string,
  placesBy: PlacesBy,
  cancel: AbortSignal,
): Promise<Told> {
  const { device } = filter;
  const isIt = ({ key }: TrafficTotal) => idOf("service", key) === service;
  const everybody = await readTotals("device", { ...range, device, top: MOST_DEVICES }, cancel);
  const [services, statistics, ...byDevice] = await Promise.all([
    readTotals("service", { ...range, device, top: TOP }, cancel),
    statisticsFrom(range, { by: "service", filter }, cancel),
    ...everybody.map(async ({ key }) => {
      const own = await readTotals("service", { ...range, device: key.device, top: TOP }, cancel);
      return own.filter(isIt).map((total) => ({ ...total, key }));
    }),
  ]);
  const devices = mergedTotals("device", byDevice);
  return { range, statistics, devices, places: [], placesBy, services: services.filter(isIt) };
}

async function statisticsFrom(range: Range, asking: Asking, cancel: AbortSignal): Promise<TrafficStatistics> {
  const step = stepFor(range.to - range.from, 2 * STEPS);
  return statisticsOf(await readFilteredSeries(range, step, asking, 1, cancel), range.to);
}

/** The addresses of a domain in a range, most bytes first. */
async function addressesOf(
  domain: string,
  range: Range,
  device: string | undefined,
  cancel: AbortSignal,
): Promise<string[]> {
  const all = await readTotals("remote", { ...range, device, top: 1000 }, cancel);
  const own = all.filter(({ key }) => idOf("domain", key) === domain);
  return own.slice(0, MOST_ADDRESSES).map(({ key }) => key.remote ?? "");
}
