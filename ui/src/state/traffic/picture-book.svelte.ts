import type { NoAnswer } from "../../api/answer.ts";
import { readSeries, type TrafficExtent } from "../../api/traffic.ts";
import { queryWithin } from "./filtered.ts";
import { keyOf, passes, REST } from "./groups.ts";
import type { LiveStream, Tick } from "./live-stream.svelte.ts";
import { type Layer, Picture } from "./picture.ts";
import { finestAt, lengthOf, MINUTE, type Range, stepFor, TICK_MS, windowFor } from "./range.ts";
import type { Filter, TrafficView } from "./view.ts";

/** Groups asked for; the others are one. */
const TOP = 9;
/** From the last turn of a wheel to the question. */
const SETTLING_MS = 90;
/** After an answer that did not come. */
const AGAIN_MS = 2_000;
/** Ticks may be missing for this long before what is drawn is asked for anew. */
const GAP_MS = 3 * TICK_MS;

export interface Wanted {
  view: TrafficView;
  range: Range;
  bounds: Range;
  extent: TrafficExtent;
  pixels: number;
}

/** The picture that the timeline draws. The former one stays until the one that is asked for is there. */
export class PictureBook {
  picture = $state.raw<Picture | null>(null);
  /** Its layers from the zero line outwards. */
  order = $state.raw<readonly Layer[]>([]);
  fault = $state.raw<NoAnswer | null>(null);
  private filter: Filter = {};
  private isAsking = false;
  private askedAt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private cancel = new AbortController();

  /** @param wanted what is to be drawn now; null while that is not known yet */
  constructor(
    private readonly stream: LiveStream,
    private readonly wanted: () => Wanted | null,
  ) {}

  /** Something else may be to be drawn. */
  changed(): void {
    const wanted = this.wanted();
    if (wanted === null) return;
    this.stop();
    if (this.suffices(wanted)) this.catchUp();
    else this.wait(this.picture === null ? 0 : SETTLING_MS);
  }

  /** What came live is added, if it belongs there. */
  tick(tick: Tick): void {
    const { picture } = this;
    const wanted = this.wanted();
    if (picture === null || wanted === null) return;
    // A range that stands still needs no more than it shows.
    if (wanted.view.range !== null && picture.end > wanted.range.to) return;
    if (tick.at > picture.end + GAP_MS) {
      if (wanted.view.range === null && !this.isAsking) this.changed();
      return;
    }
    this.append(tick);
    // By then everything shown has come live, and who moved most may have changed.
    const isOld = this.stream.newest - this.askedAt > Math.max(wanted.view.span, MINUTE);
    if (wanted.view.range === null && isOld && !this.isAsking) this.wait(0);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.cancel.abort();
    this.isAsking = false;
  }

  private suffices({ view, range, bounds, extent, pixels }: Wanted): boolean {
    const { picture } = this;
    if (picture === null || picture.by !== view.by || this.filter !== view.filter) return false;
    const isFine = picture.step === stepFor(lengthOf(range), pixels, finestAt(range.from, extent));
    const from = Math.max(range.from, bounds.from);
    const end = Math.max(
      picture.end,
      this.stream.since(picture.end)[0]?.at === picture.end ? this.stream.newest : 0,
    );
    return isFine && picture.from <= from && end >= Math.min(range.to, bounds.to) - GAP_MS;
  }

  private wait(ms: number): void {
    this.isAsking = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), ms);
  }

  private async ask(): Promise<void> {
    const wanted = this.wanted();
    if (wanted === null) return this.stop();
    const { view, range, bounds, extent, pixels } = wanted;
    const step = stepFor(lengthOf(range), pixels, finestAt(range.from, extent));
    const window = windowFor(range, step, bounds);
    this.cancel = new AbortController();
    const { signal } = this.cancel;
    const query = { ...window, step, ...queryWithin(view.filter), by: view.by, top: TOP };
    const outcome = await readSeries(query, signal).then(
      (series) => new Picture(view.by, series, window.to),
      (fault: NoAnswer) => fault,
    );
    if (signal.aborted) return;
    this.isAsking = false;
    if (outcome instanceof Picture) this.show(outcome, view.filter);
    else {
      this.fault = outcome;
      this.wait(AGAIN_MS);
    }
  }

  private show(picture: Picture, filter: Filter): void {
    this.picture = picture;
    this.filter = filter;
    this.fault = null;
    this.askedAt = picture.end;
    this.catchUp();
    this.rank();
  }

  private catchUp(): void {
    for (const tick of this.stream.since(this.picture?.end ?? 0)) this.append(tick);
  }

  private append({ at, records }: Tick): void {
    const { picture, filter } = this;
    const { names } = this.stream;
    if (picture === null || at < picture.end || at > picture.end + GAP_MS) return;
    const layers = picture.layers.length;
    for (const sum of records) {
      if (passes(filter, sum, names)) picture.add(keyOf(picture.by, sum, names), at, sum.up, sum.down);
    }
    picture.advance(at + TICK_MS);
    if (picture.layers.length !== layers) this.rank();
  }

  private rank(): void {
    const { picture } = this;
    if (picture === null) return;
    const weights = new Map(picture.layers.map((layer) => [layer, picture.weight(layer)]));
    const rank = (layer: Layer) => (layer.id === REST ? -1 : weights.get(layer)!);
    this.order = picture.layers.toSorted((a, b) => rank(b) - rank(a));
  }
}
