import { readFileSync } from "node:fs";

/** Milliseconds of a clock tick in /proc, USER_HZ. */
const CLOCK_TICK = 10;

/** Milliseconds of CPU time that a process has used, in user and kernel mode. */
export function cpuTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK;
}

/** Milliseconds that the machine's cores have been busy, together: user, nice, system, interrupts, softirqs. */
export function busyTime(): number {
  const [line = ""] = readFileSync("/proc/stat", "latin1").split("\n");
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.split(/\s+/).map(Number);
  return (user + nice + system + irq + softirq) * CLOCK_TICK;
}
