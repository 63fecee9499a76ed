import type {
  Grouping,
  TrafficExtent,
  TrafficSeries,
  TrafficStatistics,
  TrafficTop,
  TrafficTotal,
  WindowSeconds,
} from "@gatehouse/runtime/service/traffic/source.ts";
import { read } from "./answer.ts";

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
  WindowSeconds,
} from "@gatehouse/runtime/service/traffic/source.ts";

/** Words of a query; those undefined are left out. */
export type Query = Record<string, string | number | undefined>;

export function readSeries(query: Query, cancel?: AbortSignal): Promise<TrafficSeries> {
  return read(`/api/traffic/series?${words(query)}`, cancel);
}

export function readTotals(by: Grouping, query: Query, cancel?: AbortSignal): Promise<TrafficTotal[]> {
  return read(`/api/traffic/totals?${words({ ...query, by })}`, cancel);
}

export function readStatistics(query: Query, cancel?: AbortSignal): Promise<TrafficStatistics> {
  return read(`/api/traffic/statistics?${words(query)}`, cancel);
}

/** The groups with the most bytes of the last seconds. */
export async function readNow(
  by: Grouping | "protocol",
  seconds: WindowSeconds,
  top: number,
): Promise<TrafficTotal[]> {
  const { groups }: TrafficTop = await read(`/api/traffic/now?${words({ by, seconds, top })}`);
  return groups;
}

export function readExtent(): Promise<TrafficExtent> {
  return read("/api/traffic/extent");
}

/** The address of a file with a view's figures. */
export function exportFile(query: Query): string {
  return `/api/traffic/export?${words(query)}`;
}

/** The address of a file with the frames that were kept. */
export function captureFile(query: Query): string {
  return `/api/captures/file?${words(query)}`;
}

export interface TrafficSocket {
  select(wanted: { device: string | null; packets: boolean }): void;
  close(): void;
}

export interface TrafficSocketListener {
  opened(): void;
  frame(bytes: Uint8Array): void;
  /** It ended or could not be opened. Not called after `close`. */
  closed(): void;
}

/** Opens the live stream of sums and packets. */
export function openTrafficStream(listener: TrafficSocketListener): TrafficSocket {
  const socket = new WebSocket(new URL("/api/traffic/live", location.href.replace(/^http/, "ws")));
  socket.binaryType = "arraybuffer";
  socket.onopen = () => listener.opened();
  socket.onmessage = ({ data }) => data instanceof ArrayBuffer && listener.frame(new Uint8Array(data));
  socket.onclose = () => listener.closed();
  return {
    select(wanted) {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(wanted));
    },
    close() {
      socket.onmessage = socket.onclose = null;
      // Browsers complain about one that is closed before it is open.
      socket.onopen = () => socket.close();
      if (socket.readyState !== WebSocket.CONNECTING) socket.close();
    },
  };
}

function words(query: Query): string {
  const known = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(known.map(([name, value]) => [name, `${value}`])).toString();
  // MACs, IPv6 addresses and services stay readable in what is copied.
  return text.replaceAll("%3A", ":").replaceAll("%2F", "/");
}
