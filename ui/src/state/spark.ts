import { type LastMinute, type Series, WINDOW_MS } from "./last-minute.ts";

/** Time one point of a spark line stands for. */
const BUCKET_MS = 2_000;
const POINTS = WINDOW_MS / BUCKET_MS;

/**
 * The last minute of a device as 30 mean rates of both directions together, oldest first. Buckets lie at fixed times,
 * so that a point keeps its height while it moves.
 */
export function sparkPoints(minute: LastMinute, series: Series | undefined): number[] {
  const points = new Array<number>(POINTS).fill(0);
  if (series === undefined) return points;
  const last = Math.floor(minute.newest / BUCKET_MS);
  minute.each(series, (last - POINTS) * BUCKET_MS, (end, length, down, up) => {
    const i = POINTS - (last - Math.floor((end - 1) / BUCKET_MS));
    if (i >= 0 && i < POINTS && !Number.isNaN(down)) points[i]! += ((down + up) * length) / BUCKET_MS;
  });
  return points;
}

/** The points as an SVG path in a box of the given size, the highest at the top. */
export function sparkPath(points: number[], width: number, height: number): string {
  const top = Math.max(...points, 1);
  const step = width / (points.length - 1);
  return points
    .map(
      (rate, i) => `${i === 0 ? "M" : "L"}${(i * step).toFixed(1)} ${((1 - rate / top) * height).toFixed(1)}`,
    )
    .join("");
}
