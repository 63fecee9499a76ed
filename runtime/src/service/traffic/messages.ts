import type { Mac } from "../../addr/mac.ts";
import type { Notice } from "../../traffic/analysis/notice.ts";
import type { Piece } from "./download.ts";
import type { RollupLimits } from "./rollups/rollup-store.ts";
import type {
  CaptureSelection,
  CaptureSummary,
  DnsQuestion,
  LiveSelection,
  RangeQuery,
  SeriesQuery,
  TopQuery,
  TotalsQuery,
  TrafficExtent,
  TrafficSeries,
  TrafficStatistics,
  TrafficTop,
  TrafficTotal,
} from "./source.ts";

/** What the thread is started with. */
export interface ThreadOptions {
  /** Folder of the sums on the disk. */
  store: string;
  limits: RollupLimits;
  /** Files that the data plane shares. */
  feed: string;
  captures: string;
  historyMegabytes: number;
  /** What wrote the captures: "Gatehouse 0.1.0". */
  application: string;
}

/** What the thread can be asked, and what it answers. */
export interface Questions {
  series(query: SeriesQuery): TrafficSeries;
  totals(query: TotalsQuery): TrafficTotal[];
  statistics(query: RangeQuery): TrafficStatistics;
  top(query: TopQuery): TrafficTop;
  extent(): TrafficExtent;
  questions(device: Mac): DnsQuestion[];
  silence(id: string): void;
  unsilence(id: string): void;
  forget(device: Mac | undefined): void;
  /** Writes down what is not on the disk yet. */
  remember(): void;
  captures(): CaptureSummary[];
  openCapture(selection: CaptureSelection): number;
  readCapture(download: number): Piece;
  closeCapture(download: number): void;
}

/** To the thread. The first message is "start". */
export type ToThread =
  | { type: "start"; options: ThreadOptions }
  | Asked
  /** `device` got this DNS message from us. */
  | { type: "told"; device: Mac; bytes: Uint8Array; at: number }
  /** The answer to a "resolve". */
  | { type: "resolved"; bytes: Uint8Array }
  | { type: "arrived"; device: Mac; at: number }
  | { type: "limits"; limits: RollupLimits; historyMegabytes: number }
  | { type: "select"; watch: number; selection: LiveSelection }
  | { type: "unwatch"; watch: number }
  /** A frame was offered to the connection, which has yet to send `unsent` bytes. */
  | { type: "offered"; watch: number; length: number; unsent: number };

/** A question with its parameters, if it has any. */
export type Asked = {
  [Name in keyof Questions]: { type: "ask"; id: number; name: Name; about: Parameters<Questions[Name]>[0] };
}[keyof Questions];

/** From the thread. */
export type FromThread =
  | { type: "answer"; id: number; value: unknown }
  | { type: "refusal"; id: number; message: string; isRange: boolean }
  | { type: "frame"; watch: number; frame: Uint8Array<ArrayBuffer> }
  /** A DNS query to ask the upstreams. */
  | { type: "resolve"; query: Uint8Array }
  /** All there are, and all that were silenced, whenever they have changed. */
  | { type: "notices"; notices: Notice[]; silenced: Notice[] }
  /** What the owner should know of the disk and of what was lost on it, all there is, whenever that has changed. */
  | { type: "faults"; faults: string[] };
