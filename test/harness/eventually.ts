import { expect } from "bun:test";

/** Waits until `read` gives something equal to `wanted`, at most ten seconds; then fails showing the difference. */
export async function eventually(read: () => Promise<unknown>, wanted: unknown): Promise<void> {
  const deadline = performance.now() + 10_000;
  let seen = await read();
  while (!Bun.deepEquals(seen, wanted) && performance.now() < deadline) {
    await new Promise(setImmediate);
    seen = await read();
  }
  expect(seen).toEqual(wanted);
}
