/** A measured rate, or null where nothing is known. */
export type Value = number | null;

/** Intervals on each side of the one whose mean is taken: half a second in all calms the line and keeps its shape. */
const REACH = 2;

/** The mean around each value, over what is known within reach; null stays null and ends the reach. */
export function rollingMean(values: readonly Value[]): Value[] {
  return values.map((value, i) => {
    if (value === null) return null;
    let sum = value;
    let count = 1;
    for (const direction of [-1, 1]) {
      for (let distance = 1; distance <= REACH; distance++) {
        const neighbour = values[i + direction * distance];
        if (neighbour === null || neighbour === undefined) break;
        sum += neighbour;
        count++;
      }
    }
    return sum / count;
  });
}
