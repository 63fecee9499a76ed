/** Appends without end and says how far it came: what `killed.test.ts` kills, and the kernel's test runs out of disk. */
import type { SecondSums } from "./rollup-store.ts";
import { openStore, row, START } from "./store.fixture.ts";

/** Ticks between two appends: an hour is gathered with every sixth. */
export const INTERVAL = 6000;

/** The rows of the append of that number, from 1 on. */
export function rowsOf(number: number): SecondSums[] {
  const start = START + number * INTERVAL;
  return Array.from({ length: 120 }, (_, i) =>
    row(start + i * 10, i % 5, (number + i) % 9, number * 1000 + i),
  );
}

if (import.meta.main) {
  const store = openStore(process.argv[2]!);
  for (let number = (store.position ?? 0) + 1; ; number++) {
    const isKept = store.append(rowsOf(number), number);
    process.stdout.write(isKept ? `${number}\n` : `${store.fault}\n`);
    if (!isKept) break;
    store.expire(START + number * INTERVAL);
  }
}
