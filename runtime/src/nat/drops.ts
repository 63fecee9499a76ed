/** Why a packet was not let out, by index. */
export const DROP_REASONS = [
  "malformed",
  "unsupported-protocol",
  "source-not-local",
  "ports-exhausted",
  "host-limit",
  "fast-path-refused",
  "error-without-binding",
  "protocol-in-use",
  "associations-exhausted",
] as const;

export type DropReason = (typeof DROP_REASONS)[number];

/** Counts drops by reason. The codes are negative so that they can share a return value with a port. */
export class DropCounters {
  readonly #counts = new Float64Array(DROP_REASONS.length);

  count(code: number): void {
    const reason = -1 - code;
    this.#counts[reason] = (this.#counts[reason] ?? 0) + 1;
  }

  /** The counts that are not zero. */
  report(): Partial<Record<DropReason, number>> {
    const report: Partial<Record<DropReason, number>> = {};
    DROP_REASONS.forEach((reason, i) => {
      const count = this.#counts[i] ?? 0;
      if (count > 0) report[reason] = count;
    });
    return report;
  }
}

function codeOf(reason: DropReason): number {
  return -1 - DROP_REASONS.indexOf(reason);
}

/** The reason behind a code. */
export function reasonOf(code: number): DropReason | undefined {
  return DROP_REASONS[-1 - code];
}

export const MALFORMED = codeOf("malformed");
export const UNSUPPORTED_PROTOCOL = codeOf("unsupported-protocol");
export const SOURCE_NOT_LOCAL = codeOf("source-not-local");
export const PORTS_EXHAUSTED = codeOf("ports-exhausted");
export const HOST_LIMIT = codeOf("host-limit");
export const FAST_PATH_REFUSED = codeOf("fast-path-refused");
export const ERROR_WITHOUT_BINDING = codeOf("error-without-binding");
/** Another host has the association with this remote address. */
export const PROTOCOL_IN_USE = codeOf("protocol-in-use");
export const ASSOCIATIONS_EXHAUSTED = codeOf("associations-exhausted");
