import { readFileSync } from "node:fs";

/** Bit numbers of capabilities(7) in the kernel's masks. */
const CAPABILITIES = {
  CAP_NET_BIND_SERVICE: 10,
  CAP_NET_ADMIN: 12,
  CAP_NET_RAW: 13,
} as const;

export type Capability = keyof typeof CAPABILITIES;

/** Those of `needed` that this process does not have in its effective set. */
export function missingCapabilities(needed: readonly Capability[], status = ownStatus()): Capability[] {
  const mask = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  return needed.filter((name) => (mask & (1n << BigInt(CAPABILITIES[name]))) === 0n);
}

function ownStatus(): string {
  return readFileSync("/proc/self/status", "utf8");
}
