import { expect } from "bun:test";
import type { Router } from "./router.ts";

/**
 * Milliseconds by which the end of something may be seen late: the data plane looks at its timers once a second, and on a
 * busy machine it and the test come late.
 */
const GRACE = 6000;

/**
 * Uses something (a binding, a connection) and waits for it to end. Fails when that happens before `lifetime` milliseconds
 * have passed since, or long after.
 */
export async function expectEndsAfter(
  router: Router,
  lifetime: number,
  isThere: () => Promise<boolean>,
  use: () => Promise<unknown>,
): Promise<void> {
  const start = router.now();
  await use();
  expect(await isThere()).toBe(true);
  const lived = (await endOf(router, start + lifetime + GRACE, isThere)) - start;
  expect({ isEarly: lived < lifetime, isLate: lived > lifetime + GRACE }).toEqual({
    isEarly: false,
    isLate: false,
  });
}

/**
 * Uses something twice, half a lifetime apart, the second time by `touch`, and waits for it to end: a lifetime after `touch`
 * when that keeps it, else a lifetime after the first use.
 */
export async function expectKept(
  router: Router,
  by: "touch" | "use",
  lifetime: number,
  isThere: () => Promise<boolean>,
  use: () => Promise<unknown>,
  touch: () => Promise<unknown>,
): Promise<void> {
  const start = router.now();
  await use();
  await router.until(start + lifetime / 2);
  const touched = router.now();
  await touch();
  const end = await endOf(router, touched + lifetime + GRACE, isThere);
  expect({ isEarly: end - start < lifetime, isKept: end - touched >= lifetime }).toEqual({
    isEarly: false,
    isKept: by === "touch",
  });
}

/** The time at which something is first seen to be gone; after `deadline`, that. */
async function endOf(router: Router, deadline: number, isThere: () => Promise<boolean>): Promise<number> {
  while (router.now() <= deadline && (await isThere()))
    await router.until(router.now() + router.lookInterval);
  return router.now();
}

/** Runs parts of a test: at the same time where time is real, one after the other where the test moves the clock. */
export async function together(router: Router, parts: readonly (() => Promise<void>)[]): Promise<void> {
  if (router.isRealTime) await Promise.all(parts.map((part) => part()));
  else for (const part of parts) await part();
}
