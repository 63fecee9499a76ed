import { Elysia } from "elysia";
import type { TrafficNotice } from "../service/traffic/source.ts";
import { accounted } from "./accounted.ts";
import { answers } from "./answers.ts";
import { RequestFault } from "./faults.ts";
import { changing, type Guard, watching } from "./guard.ts";
import { Fault } from "./model.ts";
import { describeParameters, parseQuery, unusable } from "./query.ts";
import type { RouterSource } from "./source.ts";
import {
  DnsQuestions,
  TrafficExtent,
  TrafficNotices,
  TrafficNow,
  TrafficSeries,
  TrafficStatistics,
  TrafficTotals,
} from "./traffic-model.ts";
import {
  knownDevice,
  macOf,
  NOW,
  RANGE,
  rangeOf,
  SERIES,
  seriesFaults,
  TOTALS,
  USUAL_GROUPS,
  USUAL_TOTALS,
  usualGrouping,
  usualStep,
} from "./traffic-query.ts";

const DAY_MS = 86_400_000;
/** Of what is known by the minute at best, as many steps as of a day in tenths of a second. */
const MAX_STATISTICS_DAYS = 600;
const tags = ["Traffic"];
const CHANGED = answers(204, "It is done", [], [401, 403, 404, 415, 421, 422, 503]);
const KEPT: Fault = {
  error: "Not all of it could be deleted",
  hint: "Something may still be there. Try again in a moment; the router's log says more.",
};
const UNCHANGED: Fault = {
  error: "This could not be changed",
  hint: "Try again in a moment; the router's log says more.",
};
const FAULTS = { 401: Fault, 403: Fault, 404: Fault, 421: Fault, 422: Fault, 503: Fault };

/** Who talked to whom, how much and when. */
export function trafficRoutes(source: RouterSource, guard: Guard) {
  return new Elysia()
    .onBeforeHandle(watching(guard))
    .get("/api/traffic/series", ({ request }) => series(source, request), {
      response: { 200: TrafficSeries, ...FAULTS },
      detail: {
        operationId: "getTrafficSeries",
        tags,
        summary: "Traffic over time",
        description:
          "Sums of each step of a range, for all of it or the largest groups, as fine as 100 ms; also of one device, remote " +
          "address, domain or service alone.",
        parameters: describeParameters(SERIES),
      },
    })
    .get("/api/traffic/totals", ({ request }) => totals(source, request), {
      response: { 200: TrafficTotals, ...FAULTS },
      detail: {
        operationId: "getTrafficTotals",
        tags,
        summary: "Who talked to whom, and how much",
        description:
          "Sums over a range by device, remote address, domain or service, also of one of these alone.",
        parameters: describeParameters(TOTALS),
      },
    })
    .get("/api/traffic/statistics", ({ request }) => statistics(source, request), {
      response: { 200: TrafficStatistics, ...FAULTS },
      detail: {
        operationId: "getTrafficStatistics",
        tags,
        summary: "A range in figures",
        description: "Total, mean, peak and 95th percentile of each direction, and packets.",
        parameters: describeParameters(RANGE),
      },
    })
    .get("/api/traffic/now", ({ request }) => now(source, request), {
      response: { 200: TrafficNow, ...FAULTS },
      detail: {
        operationId: "getTrafficNow",
        tags,
        summary: "Who talks most right now",
        description:
          "Sums of the last 10 or 60 seconds, up to the latest tenth of a second, by device, remote address, domain, service or protocol.",
        parameters: describeParameters(NOW),
      },
    })
    .get("/api/traffic/extent", ({ request }) => unasked(request, () => source.traffic.extent()), {
      response: { 200: TrafficExtent, ...FAULTS },
      detail: {
        operationId: "getTrafficExtent",
        tags,
        summary: "How far back the history reaches",
        description: "Since when there is which resolution, what that takes, and what is missing in it.",
      },
    })
    .get("/api/traffic/notices", ({ request }) => unasked(request, async () => source.traffic.notices()), {
      response: { 200: TrafficNotices, ...FAULTS },
      detail: {
        operationId: "getTrafficNotices",
        tags,
        summary: "What is worth a look",
        description: "What devices did that they did not do before, each with the range where it is seen.",
      },
    })
    .get(
      "/api/traffic/notices/silenced",
      ({ request }) => unasked(request, async () => source.traffic.silenced()),
      {
        response: { 200: TrafficNotices, ...FAULTS },
        detail: {
          operationId: "getSilencedTrafficNotices",
          tags,
          summary: "What is not told again",
          description:
            "Notices that were silenced, as they were told. Their like does not come until that is ended.",
        },
      },
    )
    .get(
      "/api/traffic/devices/:mac/questions",
      ({ request, params }) =>
        unasked(request, () => source.traffic.questions(knownDevice(source, params.mac))),
      {
        response: { 200: DnsQuestions, ...FAULTS },
        detail: {
          operationId: "getDnsQuestions",
          tags,
          summary: "What a device asked the name server",
          description: "The names it asked for lately, and what it was told.",
        },
      },
    );
}

/** What the owner may do with the account of the traffic. */
export function trafficChanges(source: RouterSource, guard: Guard) {
  return new Elysia()
    .onBeforeHandle(changing(guard))
    .post("/api/traffic/notices/:id/silence", ({ params, set }) => silence(source, params.id, set), {
      detail: {
        responses: CHANGED,
        operationId: "silenceTrafficNotice",
        tags,
        summary: "No more notices like this one",
        description:
          "Of the same kind, for the same device and, where the notice names one, about the same place.",
      },
    })
    .delete("/api/traffic/notices/:id/silence", ({ params, set }) => unsilence(source, params.id, set), {
      detail: {
        responses: CHANGED,
        operationId: "unsilenceTrafficNotice",
        tags,
        summary: "Notices like this one may come again",
        description: "The one that was silenced is among the others again.",
      },
    })
    .delete("/api/traffic", ({ set }) => changed(set, () => source.traffic.forget(), KEPT), {
      detail: {
        responses: CHANGED,
        operationId: "deleteTraffic",
        tags,
        summary: "Delete everything recorded",
        description:
          "History, captures, names and questions of all devices, in memory and on disk, at once and for good.",
      },
    })
    .delete(
      "/api/traffic/devices/:mac",
      ({ params, set }) => changed(set, () => source.traffic.forget(macOf(params.mac)), KEPT),
      {
        detail: {
          responses: CHANGED,
          operationId: "deleteDeviceTraffic",
          tags,
          summary: "Delete what is recorded of a device",
          description:
            "Its history, captures, names and questions, in memory and on disk, at once and for good.",
        },
      },
    );
}

function series(source: RouterSource, request: Request) {
  const query = rangeOf(source, request, SERIES);
  const { step = usualStep(query), by, top, ...range } = query;
  const faults = seriesFaults(range, step, by, top);
  if (faults.length > 0) throw unusable(faults);
  const groups = by === undefined ? {} : { by, top: top ?? USUAL_GROUPS };
  return accounted(source.traffic.series({ ...range, step, ...groups }));
}

function totals(source: RouterSource, request: Request) {
  const { by, top = USUAL_TOTALS, ...range } = rangeOf(source, request, TOTALS);
  return accounted(source.traffic.totals({ ...range, by: by ?? usualGrouping(range), top }));
}

function now(source: RouterSource, request: Request) {
  const { by = "remote", seconds = 10, top = USUAL_TOTALS } = parseQuery(request, NOW);
  return accounted(source.traffic.top({ by, seconds, count: top }));
}

function statistics(source: RouterSource, request: Request) {
  const range = rangeOf(source, request, RANGE);
  if (range.to - range.from > MAX_STATISTICS_DAYS * DAY_MS)
    throw unusable([
      { field: "from", reason: `takes at most ${MAX_STATISTICS_DAYS} days before the range's end` },
    ]);
  return accounted(source.traffic.statistics(range));
}

/** For addresses that take no parameters. */
function unasked<T>(request: Request, answer: () => Promise<T>): Promise<T> {
  parseQuery(request, {});
  return accounted(answer());
}

interface Answer {
  status?: number | string;
}

async function silence(source: RouterSource, id: string, set: Answer): Promise<void> {
  const { traffic } = source;
  if (!isAmong(traffic.notices(), id)) {
    throw new RequestFault(404, {
      error: `id: there is no notice ${JSON.stringify(id.slice(0, 100))}`,
      hint: "Those there are, are listed at /api/traffic/notices.",
      fields: [{ field: "id", reason: "is not that of a notice" }],
    });
  }
  await changed(set, () => traffic.silence(id), UNCHANGED);
}

async function unsilence(source: RouterSource, id: string, set: Answer): Promise<void> {
  const { traffic } = source;
  if (!isAmong(traffic.silenced(), id)) {
    throw new RequestFault(404, {
      error: `id: no notice ${JSON.stringify(id.slice(0, 100))} was silenced`,
      hint: "Those that were, are listed at /api/traffic/notices/silenced.",
      fields: [{ field: "id", reason: "is not that of a silenced notice" }],
    });
  }
  await changed(set, () => traffic.unsilence(id), UNCHANGED);
}

function isAmong(notices: readonly TrafficNotice[], id: string): boolean {
  return notices.some((notice) => notice.id === id);
}

async function changed(set: Answer, change: () => Promise<void>, failure: Fault): Promise<void> {
  await accounted(change(), failure);
  set.status = 204;
}
