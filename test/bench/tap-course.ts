import { mkdtempSync, rmSync } from "node:fs";
import { launchIn, Program } from "../netns/program.ts";
import type { Course } from "./carriers.ts";

/** What listens on the home's bridge; see tap-process.ts. */
export const TAP_MODES = ["off", "counters", "heads", "all", "whole"] as const;
export type TapMode = (typeof TAP_MODES)[number];

/** What a tap has seen, and taken of the processor. */
export interface TapReport {
  frames: number;
  dropped: number;
  cpuMicroseconds: number;
}

/** A home whose packets the kernel forwards plainly, so that what differs is the tap alone. */
export class TapCourse {
  private constructor(
    readonly course: Course,
    readonly mode: TapMode,
    private readonly folder: string,
    private readonly tap: Program<TapReport> | undefined,
  ) {}

  static async open(course: Course, mode: TapMode): Promise<TapCourse> {
    const folder = mkdtempSync("/dev/shm/gatehouse-tap-");
    const file = "../bench/tap-process.ts";
    const launch = launchIn(course.net.router);
    const tap = mode === "off" ? undefined : await Program.start<TapReport>(launch, file, mode, folder);
    return new TapCourse(course, mode, folder, tap);
  }

  /** What the tap tells in the end; undefined without. */
  async close(): Promise<TapReport | undefined> {
    const report = await this.tap?.report();
    rmSync(this.folder, { recursive: true });
    return report;
  }
}
