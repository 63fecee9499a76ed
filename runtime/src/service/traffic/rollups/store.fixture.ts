import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog } from "../../log.ts";
import { type RollupLimits, RollupStore, type SecondSums } from "./rollup-store.ts";

export const LIMITS: RollupLimits = { keepSecondsDays: 7, keepMinutesDays: 365 };
export const START = 17_000_000_400 - (17_000_000_400 % 864_000);

export function newFolder(): string {
  return join(mkdtempSync(join(tmpdir(), "gatehouse-rollups-")), "traffic");
}

/** A store that writes its log into `lines`. */
export function openStore(folder: string, limits = LIMITS, lines: string[] = []): RollupStore {
  return RollupStore.open(
    folder,
    limits,
    createLog("rollups", (line) => void lines.push(line)),
  );
}

/** A device's MAC, and a remote of a number: an IPv4 or, if odd, an IPv6 address. */
export function macOf(number: number): number {
  return 0x0250_5e10_0000 + number;
}

export function remoteOf(number: number): Uint32Array {
  return Uint32Array.from(
    number % 2 === 0 ? [0, 0, 0xffff, 0xcb007100 + number] : [0x20010db8, number, 0, 1],
  );
}

export function row(tick: number, device: number, remote: number, bytes: number): SecondSums {
  return {
    tick,
    device: macOf(device),
    remote: remoteOf(remote),
    upBytes: bytes,
    downBytes: 3 * bytes,
    upPackets: 1 + (bytes % 7),
    downPackets: 2,
  };
}
