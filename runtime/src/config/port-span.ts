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
export function spanOf(ports: number | string): PortSpan {
  if (typeof ports === "number") return { first: ports, last: ports };
  const [first, last] = ports.split("-").map(Number);
  return { first: first ?? 0, last: last ?? 0 };
}
