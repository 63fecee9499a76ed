import type { BinStore } from "./bin-store.ts";
import { NO_PAIR, type PairTest, type Remote } from "./pair-table.ts";

/** Bins of a series at most: 24 h at 100 ms. */
export const MAX_BINS = 864_000;

/** Ticks of the clock, `to` excluded, and what of the traffic is meant: what agrees with all that is given. */
export interface Range {
  from: number;
  to: number;
  device?: number;
  remote?: Remote;
  accepts?: PairTest;
  /** Nothing before this tick counts, although steps begin at `from`. */
  since?: number;
}

/** Sums per bin of `step` ticks, the first from `from` on; the last may reach past the range. */
export interface Series {
  from: number;
  step: number;
  upBytes: Float64Array;
  downBytes: Float64Array;
  upPackets: Float64Array;
  downPackets: Float64Array;
}

/** An empty series for a range. Throws RangeError for what is no range or has more than MAX_BINS steps. */
export function emptySeries(from: number, to: number, step: number): Series {
  const bins = Math.ceil((to - from) / step);
  const isRange = [from, to, step].every(Number.isSafeInteger) && from < to && step >= 1 && bins <= MAX_BINS;
  if (!isRange) throw new RangeError(`no series from tick ${from} to ${to} in steps of ${step}`);
  const [upBytes, downBytes] = [new Float64Array(bins), new Float64Array(bins)];
  const [upPackets, downPackets] = [new Float64Array(bins), new Float64Array(bins)];
  return { from, step, upBytes, downBytes, upPackets, downPackets };
}

/** Each pair that a range means. */
export function* pairsIn(store: BinStore, { device, remote, accepts }: Range): Generator<number, void> {
  const { pairs } = store;
  const words = new Uint32Array(4);
  const isAccepted = (pair: number) => {
    if (accepts === undefined) return true;
    pairs.readRemote(pair, words);
    return accepts(pairs.devices[pair]!, words);
  };
  if (device !== undefined && remote !== undefined) {
    const pair = pairs.find(device, remote);
    if (pair !== NO_PAIR && isAccepted(pair)) yield pair;
    return;
  }
  for (let pair = 1; pair < pairs.end; pair++) {
    if (!pairs.isUsed(pair)) continue;
    if (device !== undefined && pairs.devices[pair] !== device) continue;
    if (remote !== undefined && !pairs.isOf(pair, remote)) continue;
    if (isAccepted(pair)) yield pair;
  }
}
