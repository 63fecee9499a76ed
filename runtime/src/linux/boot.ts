import { readFileSync } from "node:fs";

/** This start of the machine, as against earlier ones. */
export interface Boot {
  /** Another one after each boot (random(4), boot_id). */
  id: string;
  /** How long ago it was, ms; nobody sets this clock, and it goes on while a program restarts (proc_uptime(5)). */
  elapsed(): number;
}

export const boot: Boot = {
  get id() {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  },
  elapsed() {
    return Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1000;
  },
};
