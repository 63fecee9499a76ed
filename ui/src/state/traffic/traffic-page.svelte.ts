import type { NoAnswer } from "../../api/answer.ts";
import { readExtent, type TrafficExtent } from "../../api/traffic.ts";
import { home } from "../home.svelte.ts";
import type { Rates } from "../last-minute.ts";
import { route } from "../route.svelte.ts";
import { type GroupKey, hueOfGroup, labelOf, passes, REST, type TableGrouping } from "./groups.ts";
import { LiveStream, type Tick } from "./live-stream.svelte.ts";
import { PacketList } from "./packet-list.svelte.ts";
import { PictureBook, type Wanted } from "./picture-book.svelte.ts";
import {
  anchorOf,
  DAY,
  inTicks,
  lengthOf,
  panned,
  type Range,
  resized,
  TICK_MS,
  within,
  zoomed,
} from "./range.ts";
import { type Question, Summary } from "./summary.svelte.ts";
import { type Filter, queryOf, type TrafficView, tellable, viewIn } from "./view.ts";

/** Browsers allow some hundred changes of the URL a minute; a wheel makes more. */
const URL_MS = 300;
const FIGURES_MS = 250;
/** Rates of now are means over so many ticks. */
const RATE_TICKS = 10;
const EXTENT_MS = 60_000;

/** Everything the Traffic page shows, and what can be done to it. Made anew whenever the page is entered. */
export class TrafficPage {
  view: TrafficView = $state.raw(viewIn(route.query));
  extent = $state.raw<TrafficExtent | null>(null);
  extentFault = $state.raw<NoAnswer | null>(null);
  /** Bit/s of the last second, of what passes the filter. */
  rates = $state.raw<Rates>({ up: 0, down: 0 });
  readonly packets = new PacketList();
  readonly stream = new LiveStream({
    tick: (tick) => this.tick(tick),
    packets: (packets) => this.packets.add(packets),
    mode: (mode) => this.packets.tell(mode),
  });
  readonly book = new PictureBook(this.stream, () => this.wanted());
  readonly summary = new Summary(() => this.question());
  /** The chart glides from the range it is told. */
  onAimed: (before: Range) => void = () => {};
  private pixels = 0;
  private written = queryOf(this.view);
  private writing: ReturnType<typeof setTimeout> | undefined;
  private lastFigures = 0;
  /** For the first tick. */
  private isWaiting = true;

  get isLive(): boolean {
    return this.view.range === null;
  }

  /** A domain's addresses once it is chosen. */
  get placesBy(): "domain" | "remote" {
    const { by, filter } = this.view;
    return by === "remote" || filter.domain !== undefined || filter.remote !== undefined
      ? "remote"
      : "domain";
  }

  /** Now on the router's clock; until it is known, the status tells it to the second, and before that this machine's. */
  now(): number {
    return this.stream.now() || home.now || Date.now();
  }

  /** What is shown, or about to be. */
  aim(): Range {
    const { range, span } = this.view;
    if (range !== null) return range;
    const now = this.now();
    return { from: now - span, to: now };
  }

  /** Where one can go: a day at least, so that what was not recorded yet can be seen, too. */
  bounds(): Range {
    const now = this.now();
    return { from: Math.min(this.oldest() || now, now - DAY), to: now };
  }

  /** Since when anything is known; 0: nothing is, or not yet. */
  oldest(): number {
    const { oldest100ms = 0, oldestSecond = 0, oldestMinute = 0 } = this.extent ?? {};
    const known = [oldest100ms, oldestSecond, oldestMinute].filter((time) => time > 0);
    return known.length === 0 ? 0 : Math.min(...known);
  }

  label(key: GroupKey, by: TableGrouping = this.view.by): string {
    const { remote } = key;
    const known = remote !== undefined && key.name === undefined ? this.stream.names.get(remote) : undefined;
    return labelOf(by, known === undefined ? key : { ...key, name: known.name }, home.devices);
  }

  /** Null: of what is no group of its own. */
  hue({ id, key }: { id: string; key: GroupKey }, by: TableGrouping = this.view.by): number | null {
    return id === REST ? null : hueOfGroup(by, key);
  }

  /** Until the returned function is called. */
  start(): () => void {
    this.stream.select(this.view.filter.device ?? null, this.view.packets);
    this.stream.open();
    void this.learnExtent();
    this.summary.changed();
    const timer = setInterval(() => void this.learnExtent(), EXTENT_MS);
    return () => {
      clearInterval(timer);
      clearTimeout(this.writing);
      this.stream.close();
      this.book.stop();
      this.summary.stop();
      this.packets.clear();
    };
  }

  /** The chart's width in pixels. */
  fit(pixels: number): void {
    if (pixels === this.pixels || pixels === 0) return;
    this.pixels = pixels;
    this.book.changed();
  }

  /** The URL has changed: by a link, by the browser's keys, or by this page itself. */
  follow(query: URLSearchParams): void {
    const view = viewIn(query);
    if (queryOf(view) === this.written) return;
    this.written = queryOf(view);
    this.take(view);
  }

  zoom(factor: number, part: number): void {
    const range = this.aim();
    this.show(zoomed(range, factor, anchorOf(range, part, this.isLive), this.bounds()));
  }

  /** By keyboard: around the middle, or towards now while live. */
  zoomIn(factor: number): void {
    this.zoom(factor, this.isLive ? 1 : 0.5);
  }

  pan(parts: number): void {
    this.show(panned(this.aim(), parts, this.bounds()));
  }

  /** A range of this length around the selection or the middle; while live, the last of it. */
  showLength(length: number): void {
    if (this.isLive) this.change({ span: length }, true);
    else this.show(resized(this.view.selection ?? this.aim(), length, this.bounds()), true);
  }

  showOldest(): void {
    const { from } = this.bounds();
    const start = Math.max(from, this.oldest());
    this.show(within({ from: start, to: start + lengthOf(this.aim()) }, this.bounds()), true);
  }

  /** What reaches now is live. */
  show(range: Range, remember = false): void {
    const reachesNow = range.to >= this.bounds().to - TICK_MS / 2;
    this.change(reachesNow ? { range: null, span: lengthOf(range) } : { range }, remember);
  }

  /** What is shown now stays. */
  hold(): void {
    this.change({ range: inTicks(this.aim()) }, true);
  }

  goLive(): void {
    this.change({ range: null, span: lengthOf(this.aim()), selection: null }, true);
  }

  /** What is selected stands still. */
  select(selection: Range | null, remember = true): void {
    const range = selection === null ? this.view.range : this.aim();
    this.change({ selection: selection && inTicks(selection), range }, remember);
  }

  /** Fills the chart with the selection. */
  enter(selection: Range): void {
    this.change({ range: selection, selection: null }, true);
  }

  group(by: TrafficView["by"]): void {
    this.change({ by }, true);
  }

  /** Limits everything to one more thing; null: no longer. */
  limit(name: keyof Filter, value: string | null): void {
    const { [name]: _, ...others } = this.view.filter;
    const filter =
      value === null ? others : { ...(name === "service" ? devices(others) : others), [name]: value };
    this.change({ filter }, true);
  }

  openPackets(isOpen: boolean): void {
    this.packets.clear();
    this.change({ packets: isOpen }, false);
  }

  private change(part: Partial<TrafficView>, remember: boolean): void {
    this.take(tellable({ ...this.view, ...part }));
    clearTimeout(this.writing);
    if (remember) this.write(true);
    else this.writing = setTimeout(() => this.write(false), URL_MS);
  }

  private take(view: TrafficView): void {
    const before = this.aim();
    this.view = view;
    this.stream.select(view.filter.device ?? null, view.packets);
    this.onAimed(before);
    this.book.changed();
    this.summary.changed();
  }

  private write(remember: boolean): void {
    this.written = queryOf(this.view);
    route.amend(this.written, remember);
  }

  private wanted(): Wanted | null {
    const { view, extent, pixels } = this;
    if (!this.isReady || extent === null || pixels === 0) return null;
    const bounds = { ...this.bounds(), to: this.stream.newest || home.now };
    return { view, range: this.aim(), bounds, extent, pixels };
  }

  /** The first tick says what now is to a tenth of a second; a range of the past need not wait for it. */
  private get isReady(): boolean {
    return this.stream.newest > 0 || (this.view.range !== null && home.now > 0);
  }

  private tick(tick: Tick): void {
    if (this.isWaiting) {
      this.isWaiting = false;
      this.book.changed();
      this.summary.changed();
    }
    this.book.tick(tick);
    const clock = performance.now();
    if (clock - this.lastFigures < FIGURES_MS) return;
    this.lastFigures = clock;
    this.rates = this.ratesNow();
  }

  private ratesNow(): Rates {
    const { names, newest } = this.stream;
    let [up, down] = [0, 0];
    for (const { records } of this.stream.since(newest - RATE_TICKS * TICK_MS)) {
      for (const sum of records) {
        if (!passes(this.view.filter, sum, names)) continue;
        up += sum.up;
        down += sum.down;
      }
    }
    const perSecond = 8000 / (RATE_TICKS * TICK_MS);
    return { up: up * perSecond, down: down * perSecond };
  }

  private question(): Question | null {
    const { view, placesBy, isLive } = this;
    if (!this.isReady) return null;
    return {
      range: view.selection ?? this.aim(),
      filter: view.filter,
      placesBy,
      isLive: isLive && view.selection === null,
    };
  }

  private async learnExtent(): Promise<void> {
    try {
      this.extent = await readExtent();
      this.extentFault = null;
    } catch (fault) {
      this.extentFault = fault as NoAnswer;
    }
    this.book.changed();
  }
}

/** Services are kept by device, not by place. */
function devices({ device }: Filter): Filter {
  return device === undefined ? {} : { device };
}
