import type { Config } from "./schema.ts";

/** Ports from `first` to `last`, both included. */
export interface PortSpan {
  first: number;
  last: number;
}

type Forward = Config["nat"]["forwards"][number];

/** The ports a forward joins, outside and at the device. */
export function forwardedPorts({ external, port }: Pick<Forward, "external" | "port">): {
  external: PortSpan;
  internal: PortSpan;
} {
  const outside = spanOf(external);
  const first = port ?? outside.first;
  return { external: outside, internal: { first, last: first + outside.last - outside.first } };
}

/** A single port, or a range written "8000-8010". */
function spanOf(external: Forward["external"]): PortSpan {
  if (typeof external === "number") return { first: external, last: external };
  const [first, last] = external.split("-").map(Number);
  return { first: first ?? 0, last: last ?? 0 };
}
