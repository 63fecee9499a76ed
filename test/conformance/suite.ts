import { EXHAUSTION } from "./exhaustion.ts";
import { FILTERING } from "./filtering.ts";
import { FRAGMENTS } from "./fragments.ts";
import { POLICY } from "./policy.ts";
import { PROTOCOLS_WITHOUT_PORTS } from "./protocols.ts";
import { RFC4787 } from "./rfc4787.ts";
import { RFC5382 } from "./rfc5382.ts";
import { RFC5508 } from "./rfc5508.ts";
import { RFC5508_ERRORS } from "./rfc5508-errors.ts";
import { RFC6888 } from "./rfc6888.ts";
import { RFC7857 } from "./rfc7857.ts";
import type { Requirement } from "./router.ts";

/** Every requirement that has a test. */
export const SUITE: readonly Requirement[] = [
  ...RFC4787,
  ...RFC5382,
  ...RFC5508,
  ...RFC5508_ERRORS,
  ...RFC7857,
  ...RFC6888,
  ...PROTOCOLS_WITHOUT_PORTS,
  ...POLICY,
  ...FILTERING,
  ...EXHAUSTION,
  ...FRAGMENTS,
];

export function nameOf({ id, says }: Requirement): string {
  return `${id}: ${says}`;
}
