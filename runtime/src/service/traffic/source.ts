import type { Mac } from "../../addr/mac.ts";
import type { WindowSeconds } from "../../traffic/analysis/live-groups.ts";

export type { WindowSeconds } from "../../traffic/analysis/live-groups.ts";

/**
 * What the traffic service answers: who talked to whom, how much and when, and what was said. Times are milliseconds since the Unix
 * epoch, volumes bytes of Ethernet frames without their checksums. "up" is from the device towards the other side, "down" to the
 * device. A remote is an address outside the home: dotted decimal, or IPv6 as RFC 5952 spells it; "others" stands for remotes that
 * found no room of their own.
 */
export interface TrafficSource {
  /** Sums of each step of a range, for all of it or by group. Rejects with a RangeError that names the field. */
  series(query: SeriesQuery): Promise<TrafficSeries>;
  /** Sums of each group over a range, most bytes first. */
  totals(query: TotalsQuery): Promise<TrafficTotal[]>;
  statistics(query: RangeQuery): Promise<TrafficStatistics>;
  /** Who talks most right now: the largest groups of the last seconds, that under way among them. */
  top(query: TopQuery): Promise<TrafficTop>;
  /** How far back what is known reaches, and what it takes. */
  extent(): Promise<TrafficExtent>;
  /** What a device asked the router's name server lately, the latest first. */
  questions(device: Mac): Promise<DnsQuestion[]>;
  /** What is worth a look, the latest first. */
  notices(): TrafficNotice[];
  /** No more notices like this one: of the same kind for the same device, and about the same place where it names one. */
  silence(id: string): Promise<void>;
  /** What was silenced, as it was told, the latest silence last. */
  silenced(): TrafficNotice[];
  /** The notice is there again, and its like may come. */
  unsilence(id: string): Promise<void>;
  /** Ends what is known of a device, or of all: history, captures, names and questions, on disk too. Resolves once it is gone. */
  forget(device?: Mac): Promise<void>;
  /** Which devices' frames are there. */
  captures(): Promise<CaptureSummary[]>;
  /** The selected frames as a file, piece by piece; with `follow` it goes on with what comes until the reader cancels. */
  capture(selection: CaptureSelection): ReadableStream<Uint8Array>;
  /** Live frames (`wire/live`) from now on. */
  watch(selection: LiveSelection, sink: LiveSink): LiveWatch;
}

export interface RangeQuery {
  from: number;
  /** Excluded. */
  to: number;
  device?: Mac;
  remote?: string;
  /** As the grouping by domain has it. */
  domain?: string;
  /** Of what is in memory, and not together with remote or domain: services are kept by device. */
  service?: ServicePort;
}

/** IP protocol number and the service's port, 0 where there is none. */
export interface ServicePort {
  protocol: number;
  port: number;
}

export interface SeriesQuery extends RangeQuery {
  /** Milliseconds, a multiple of 100. */
  step: number;
  by?: Grouping;
  /** The largest groups; what the others have is one more group, without a key. */
  top?: number;
}

export interface TotalsQuery extends RangeQuery {
  by: Grouping;
  top?: number;
}

export interface TopQuery {
  by: Grouping | "protocol";
  seconds: WindowSeconds;
  count: number;
}

/** "domain" is the registrable domain of the remote's name, or the address where there is no name. */
export type Grouping = "device" | "remote" | "domain" | "service";

/** Which group sums are of; each field only where it applies. */
export interface GroupKey {
  device?: Mac;
  remote?: string;
  /** The name the remote is best known by, displayable, and how it is known. */
  name?: string;
  evidence?: "asked" | "server-name" | "reverse";
  domain?: string;
  /** IP protocol number and the service's port, 0 where there is none, and what it is in plain words. */
  protocol?: number;
  port?: number;
  service?: string;
}

export interface Sums {
  up: number;
  down: number;
  upPackets: number;
  downPackets: number;
}

export interface TrafficTotal extends Sums {
  key: GroupKey;
}

/** What `from` and `to` say was counted; `to` is the end of the latest tick that was read. */
export interface TrafficTop {
  from: number;
  to: number;
  groups: TrafficTotal[];
}

/** One array element a step, the first from `from` on. */
export interface TrafficSeries {
  from: number;
  step: number;
  groups: { key: GroupKey; up: number[]; down: number[]; upPackets: number[]; downPackets: number[] }[];
}

export interface Distribution {
  total: number;
  /** Bytes per second of the time that was recorded. */
  mean: number;
  /** Bytes per second of the busiest step, and when it began. */
  peak: number;
  peakAt: number;
  /** Bytes per second that 95 % of the recorded steps do not exceed. */
  percentile95: number;
}

export interface TrafficStatistics {
  /** Milliseconds of one step: as fine as the whole range is known. */
  step: number;
  /** Milliseconds of the range that were recorded; less than all of it before the first start, and while the router was off. */
  recorded: number;
  up: Distribution;
  down: Distribution;
  upPackets: number;
  downPackets: number;
}

/** 0 where nothing is there. */
export interface TrafficExtent {
  /** Since when each resolution is complete. */
  oldest100ms: number;
  oldestSecond: number;
  oldestMinute: number;
  /** Since when services are known: those in memory. */
  oldestService: number;
  budgetBytes: number;
  usedBytes: number;
  pairs: number;
  bytesPerPairAndHour: number;
  /** What captures may take on this machine, whatever is set. */
  captureLimitBytes: number;
  /** On disk. */
  storedBytes: number;
  /** Frames the tap has seen, and those the kernel had no room for. */
  frames: number;
  dropped: number;
  /** Ticks that were overwritten before they were read. */
  lostTicks: number;
}

export interface DnsQuestion {
  at: number;
  /** Displayable. */
  name: string;
  /** "A", "AAAA", "HTTPS"; "TYPE64" where it has no name here. */
  type: string;
  /** "answered", "no such name", "no answer". */
  outcome: string;
  addresses: string[];
}

export interface TrafficNotice {
  id: string;
  kind: "new-device" | "new-place" | "upload" | "port-scan";
  at: number;
  device: Mac;
  /** One sentence for people. */
  text: string;
  /** What it means and what to do. */
  hint: string;
  /** Where the evidence is: the range and the remote to look at. */
  evidence: { from: number; to: number; remote?: string; domain?: string };
}

export interface CaptureSummary {
  device: Mac;
  oldest: number;
  newest: number;
  frames: number;
  /** Bytes of the device's ring, and how many are taken. */
  capacity: number;
  used: number;
}

export interface CaptureSelection {
  format: "pcapng" | "pcap";
  device?: Mac;
  from?: number;
  to?: number;
  remote?: string;
  /** As the grouping by domain has it: of any address that the frame's device knows by such a name. */
  domain?: string;
  /** IP protocol number. */
  protocol?: number;
  /** Either end's. */
  port?: number;
  follow?: boolean;
}

export interface LiveSelection {
  device?: Mac;
  /** Every packet's summary, too, as far as the budget goes. */
  packets: boolean;
}

/** Takes one live frame, and says how many bytes the connection has yet to send. Called on the main thread. */
export type LiveSink = (frame: Uint8Array) => number;

export interface LiveWatch {
  select(selection: LiveSelection): void;
  close(): void;
}
