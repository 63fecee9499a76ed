import type { GroupKey, TrafficSeries } from "../../api/traffic.ts";
import { idOf, REST } from "./groups.ts";
import type { Range } from "./range.ts";
import type { Grouping } from "./view.ts";

/** Bytes of one group, an element a step. */
export interface Layer {
  readonly id: string;
  readonly key: GroupKey;
  readonly up: Float64Array;
  readonly down: Float64Array;
}

/** Groups a picture tells apart; what comes live past that is of the rest. */
const MOST_LAYERS = 20;
/** Steps that can come live before the oldest ones leave, and how many leave then. */
const ROOM = 256;
const LEAVING = 192;

/**
 * What the timeline draws: the sums of a range by step and group, to which the live ones are added. `end` is until when it is known;
 * the step that `end` lies in is not complete.
 */
export class Picture {
  readonly layers: Layer[] = [];
  /** All layers together. */
  readonly total: Layer;
  readonly step: number;
  /** When the first step begins. Moves on when the oldest steps have left. */
  from: number;
  end: number;
  /** Counts up with every change of the sums. */
  version = 0;
  private readonly capacity: number;
  private readonly byId = new Map<string, Layer>();

  /** `end`: until when `series` tells. */
  constructor(
    readonly by: Grouping,
    series: TrafficSeries,
    end: number,
  ) {
    this.step = series.step;
    this.from = series.from;
    this.end = end;
    const steps = Math.max(0, Math.ceil((end - series.from) / series.step));
    this.capacity = steps + ROOM;
    this.total = this.empty({});
    for (const { key, up, down } of series.groups) {
      if (!up.some(Boolean) && !down.some(Boolean)) continue;
      const layer = this.layerOf(key);
      for (let i = 0; i < steps; i++) this.addTo(layer, i, up[i] ?? 0, down[i] ?? 0);
    }
  }

  /** Steps that have begun. */
  get steps(): number {
    return Math.min(this.capacity, Math.ceil((this.end - this.from) / this.step));
  }

  /** What one group exchanged in the tick that began at `at`. */
  add(key: GroupKey, at: number, up: number, down: number): void {
    const i = Math.floor((at - this.from) / this.step);
    if (i < 0 || i >= this.capacity) return;
    this.addTo(this.layerOf(key), i, up, down);
  }

  /** All of the ticks before `end` are known now. */
  advance(end: number): void {
    this.end = Math.max(this.end, end);
    if ((this.end - this.from) / this.step > this.capacity - 1) this.leave();
    this.version++;
  }

  /** Mean bit/s of step `i`; of the one that goes on, as far as it has come. */
  perSecond(bytes: number, i: number): number {
    const begun = this.from + i * this.step;
    return (bytes * 8000) / Math.max(1, Math.min(this.step, this.end - begun));
  }

  /** The step that holds `time`; -1 outside. */
  stepAt(time: number): number {
    const i = Math.floor((time - this.from) / this.step);
    return time < this.end && i >= 0 && i < this.steps ? i : -1;
  }

  /** The indices of the steps that overlap `range`: from the first to before the second. */
  stepsIn({ from, to }: Range): [first: number, end: number] {
    const first = Math.max(0, Math.floor((from - this.from) / this.step));
    return [first, Math.min(this.steps, Math.ceil((to - this.from) / this.step))];
  }

  /** Bytes of a layer over all of the picture. */
  weight({ up, down }: Layer): number {
    let sum = 0;
    for (let i = 0; i < this.steps; i++) sum += up[i]! + down[i]!;
    return sum;
  }

  private layerOf(key: GroupKey): Layer {
    const id = idOf(this.by, key);
    const known = this.byId.get(id);
    if (known !== undefined) return known;
    if (id !== REST && this.layers.length >= MOST_LAYERS) return this.layerOf({});
    const layer = this.empty(key);
    this.layers.push(layer);
    this.byId.set(id, layer);
    return layer;
  }

  private empty(key: GroupKey): Layer {
    const sums = () => new Float64Array(this.capacity);
    return { id: idOf(this.by, key), key, up: sums(), down: sums() };
  }

  private addTo(layer: Layer, i: number, up: number, down: number): void {
    layer.up[i]! += up;
    layer.down[i]! += down;
    this.total.up[i]! += up;
    this.total.down[i]! += down;
  }

  /** The oldest steps leave. After a pause of the stream, all may. */
  private leave(): void {
    const over = Math.ceil((this.end - this.from) / this.step) - this.capacity + 1;
    const gone = Math.min(this.capacity, Math.max(LEAVING, over));
    for (const { up, down } of [this.total, ...this.layers]) {
      for (const sums of [up, down]) {
        sums.copyWithin(0, gone);
        sums.fill(0, this.capacity - gone);
      }
    }
    this.from += Math.max(gone, over) * this.step;
  }
}
