import { Assembler, FRAME, type Program, R0, R1, R2, R3, R4, R6, R7 } from "./accelerator/assembler.ts";
import { SKB } from "./accelerator/offsets.ts";

/** Longer than what an Ethernet takes with tags: several packets in one (GRO, TSO), made of data that flows in bulk. */
export const LONG_FRAME = 2048;
/** Headers, and enough of what they carry to see what it is. */
export const HEAD = 256;

/** A byte for so many nanoseconds, as a power of two: 31 MB a second. */
const EARNING_SHIFT = 5;
/** What is saved up at most: a burst of which the tap's ring holds several. */
const MOST = 2_000_000;

/** The map of the program: one value for each processor, bytes that it may still take, and when that was reckoned (u64 each). */
export const ALLOWANCE = { entries: 1, valueSize: 16 };
const BYTES = 0;
const RECKONED = 8;

/**
 * The filter of a tap's socket: takes frames whole up to `snapLength`, but of long ones above a rate the head only. Copying all
 * of them would cost the cores that forward them more than they have, and what comes faster than its reader would be lost.
 */
export function longFrameFilter(allowance: number, snapLength: number): Program {
  return new Assembler()
    .load(32, R6, R1, SKB.length)
    .whenWord(R6, "<=", LONG_FRAME, "whole")
    .call("ktime_get_ns")
    .alu(R7, "=", R0)
    .store(32, FRAME, -4, 0)
    .map(R1, "allowance", allowance)
    .alu(R2, "=", FRAME)
    .alu(R2, "+=", -4)
    .call("map_lookup_elem")
    .whenZero(R0, "head")
    .load(64, R1, R0, RECKONED)
    .alu(R2, "=", R7)
    .alu(R2, "-=", R1)
    .alu(R2, ">>=", EARNING_SHIFT)
    .load(64, R3, R0, BYTES)
    .alu(R3, "+=", R2)
    .constant(R4, MOST)
    .when(R3, "<=", R4, "reckoned")
    .alu(R3, "=", R4)
    .label("reckoned")
    .store(64, R0, RECKONED, R7)
    .store(64, R0, BYTES, R3)
    .when(R3, "<", R6, "head")
    .alu(R3, "-=", R6)
    .store(64, R0, BYTES, R3)
    .label("whole")
    .constant(R0, snapLength)
    .exit()
    .label("head")
    .constant(R0, HEAD)
    .exit()
    .finish();
}
