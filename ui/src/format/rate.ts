/** A figure and its unit, apart so that each can be aligned. */
export interface Quantity {
  value: string;
  unit: string;
}

const PREFIXES = ["", "k", "M", "G", "T"];

/** A rate in bit/s to three significant figures with a decimal prefix: 34213456 is 34.2 Mbit/s. */
export function rate(bitsPerSecond: number): Quantity {
  return scaled(bitsPerSecond, "bit/s");
}

/** A volume in bytes to three significant figures with a decimal prefix: 1234567 is 1.23 MB. */
export function volume(bytes: number): Quantity {
  return scaled(bytes, "B");
}

/** Both in one line, joined so that they never part at the end of it. */
export function inline({ value, unit }: Quantity): string {
  return `${value}\u{a0}${unit}`;
}

/** The exact number for those who want it: "34,213,456 bit/s". */
export function exact(amount: number, unit: string): string {
  return `${Math.round(amount).toLocaleString("en")} ${unit}`;
}

function scaled(amount: number, unit: string): Quantity {
  let value = Math.max(0, amount);
  let prefix = 0;
  // 999.5 would round to four digits.
  while (value >= 999.5 && prefix < PREFIXES.length - 1) {
    value /= 1000;
    prefix++;
  }
  return {
    value: prefix === 0 ? `${Math.round(value)}` : threeFigures(value),
    unit: PREFIXES[prefix] + unit,
  };
}

function threeFigures(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return value.toFixed(value >= 9.995 ? 1 : 2);
}
