import { expect, test } from "bun:test";
import { join } from "node:path";
import { INTERVAL, rowsOf } from "./appending.fixture.ts";
import { newFolder, openStore, START } from "./store.fixture.ts";

const ROUNDS = 25;

/** Lets a child append from where the last one stopped and kills it at a random moment; the last append it spoke of. */
async function appendAndDie(folder: string, appends: number): Promise<number> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "appending.fixture.ts"), folder], {
    stdout: "pipe",
  });
  let said = "";
  const decoder = new TextDecoder();
  for await (const bytes of child.stdout) {
    said += decoder.decode(bytes);
    // The next append has begun; where it is when the signal comes is chance.
    if (said.split("\n").length > appends) child.kill("SIGKILL");
  }
  await child.exited;
  return Number(said.slice(0, said.lastIndexOf("\n")).split("\n").at(-1));
}

test("a process killed at any moment loses no append that succeeded and keeps none by half", async () => {
  const folder = newFolder();
  for (let round = 0; round < ROUNDS; round++) {
    const said = await appendAndDie(folder, 1 + ((round * 7) % 13));
    const lines: string[] = [];
    const store = openStore(folder, undefined, lines);
    const position = store.position ?? 0;
    expect([position >= said, position <= said + 1, lines, store.fault]).toEqual([true, true, [], ""]);
    const { downBytes } = store.series({
      from: START,
      to: START + (position + 2) * INTERVAL,
      step: INTERVAL,
    });
    const wanted = Array.from({ length: position + 2 }, (_, number) =>
      number === 0 || number > position ? 0 : rowsOf(number).reduce((sum, row) => sum + row.downBytes, 0),
    );
    expect([...downBytes]).toEqual(wanted);
    store.close();
  }
}, 120_000);
