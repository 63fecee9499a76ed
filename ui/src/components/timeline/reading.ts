import { REST } from "../../state/traffic/groups.ts";
import type { Layer, Picture } from "../../state/traffic/picture.ts";

/** Groups told at the pointer. */
const FEW = 5;

/** One step of the picture: mean rates, bit/s. */
export interface StepReading {
  /** When the step begins, and how long it is, milliseconds. */
  time: number;
  step: number;
  up: number;
  down: number;
  /** The groups that moved most in it. */
  rows: { layer: Layer; up: number; down: number }[];
}

/** What the picture says of `time`; null where nothing is known. */
export function readingAt(
  picture: Picture | null,
  order: readonly Layer[],
  time: number,
): StepReading | null {
  const i = picture?.stepAt(time) ?? -1;
  if (picture === null || i < 0) return null;
  const rates = ({ up, down }: Layer) => ({
    up: picture.perSecond(up[i]!, i),
    down: picture.perSecond(down[i]!, i),
  });
  const rows = order
    .map((layer) => ({ layer, ...rates(layer) }))
    .filter(({ up, down }) => up + down > 0)
    .sort(
      (a, b) => Number(a.layer.id === REST) - Number(b.layer.id === REST) || b.up + b.down - a.up - a.down,
    );
  return {
    time: picture.from + i * picture.step,
    step: picture.step,
    ...rates(picture.total),
    rows: rows.slice(0, FEW),
  };
}
