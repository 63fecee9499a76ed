import type {
  CaptureSummary,
  DnsQuestion,
  TrafficNotice,
} from "@gatehouse/runtime/service/traffic/source.ts";
import { read, send } from "./answer.ts";

export type { CaptureSummary, DnsQuestion, TrafficNotice };

/** What a device asked the router's name server lately, the latest first. */
export function readQuestions(mac: string): Promise<DnsQuestion[]> {
  return read(`${deviceOf(mac)}/questions`);
}

/** What is worth a look, the latest first. */
export function readNotices(): Promise<TrafficNotice[]> {
  return read("/api/traffic/notices");
}

/** No more notices like this one. */
export async function silence(id: string): Promise<void> {
  await send("POST", `/api/traffic/notices/${encodeURIComponent(id)}/silence`);
}

/** The silenced ones, the latest silence last. */
export function readSilenced(): Promise<TrafficNotice[]> {
  return read("/api/traffic/notices/silenced");
}

/** The notice is told again, and its like may come. */
export async function unsilence(id: string): Promise<void> {
  await send("DELETE", `/api/traffic/notices/${encodeURIComponent(id)}/silence`);
}

/** Which devices' packets are there. */
export function readCaptures(): Promise<CaptureSummary[]> {
  return read("/api/captures");
}

/** Which packets of a device; times in milliseconds since 1970, and with `follow` 1 what comes, too. */
export interface CaptureWish {
  device: string;
  format: "pcapng" | "pcap";
  from?: number;
  to?: number;
  follow?: 1;
}

/** Where a capture can be downloaded. */
export function captureHref(wish: CaptureWish): string {
  const words = Object.entries(wish).map(([name, value]) => [name, `${value}`]);
  // MACs stay readable in what is copied.
  return `/api/captures/file?${new URLSearchParams(words)}`.replaceAll("%3A", ":");
}

/** Deletes what was recorded, of a device or of all. */
export async function forget(mac?: string): Promise<void> {
  await send("DELETE", mac === undefined ? "/api/traffic" : deviceOf(mac));
}

function deviceOf(mac: string): string {
  return `/api/traffic/devices/${encodeURIComponent(mac)}`;
}
