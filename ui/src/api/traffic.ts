export type {
  CaptureSummary,
  DnsQuestion,
  Grouping,
  GroupKey,
  Sums,
  TrafficExtent,
  TrafficNotice,
  TrafficSeries,
  TrafficStatistics,
  TrafficTotal,
} from "@gatehouse/runtime/service/traffic/source.ts";
