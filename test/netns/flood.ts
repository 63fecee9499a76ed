import type { FloodKind } from "./flood-frames.ts";
import { type Launch, Program } from "./program.ts";

/** A flood: what, from where, to whom. MAC addresses with colons, IPv4 addresses in dotted decimal. */
export interface FloodOptions {
  kind: FloodKind;
  interface: string;
  sourceMac: string;
  destinationMac: string;
  /** The first source address. */
  source: string;
  /** As many consecutive source addresses take turns; 1 without. */
  sources?: number;
  destination: string;
  /** Where the kind has one port: 9 without. */
  port?: number;
  /** Frames a second; without, as many as one core can send. */
  rate?: number;
  /** Frames at most. */
  count?: number;
}

/** What the interface took, over how long. */
export interface FloodReport {
  sent: number;
  seconds: number;
}

/** Starts a flood; its report ends it. */
export function flood(launch: Launch, options: FloodOptions): Promise<Program<FloodReport>> {
  return Program.start<FloodReport>(launch, "flood-process.ts", JSON.stringify(options));
}
