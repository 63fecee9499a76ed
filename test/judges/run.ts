import type { Namespace } from "../netns/linux-namespace.ts";

/** What a program wrote: both its outputs, and its exit status. */
export interface Outcome {
  text: string;
  status: number | null;
}

/**
 * Runs a program inside a namespace to its end, while the servers of this process go on. Throws when that takes longer than
 * `patience` milliseconds; its status is for the caller to judge.
 */
export async function run(namespace: Namespace, words: string[], patience = 30_000): Promise<Outcome> {
  const child = namespace.run(() =>
    Bun.spawn(words, { stdin: "ignore", stdout: "pipe", stderr: "pipe", timeout: patience }),
  );
  const parts = [new Response(child.stdout).text(), new Response(child.stderr).text()];
  const text = (await Promise.all(parts)).join("");
  await child.exited;
  if (child.signalCode !== null) throw new Error(`${words.join(" ")}: ${child.signalCode}\n${text}`);
  return { text, status: child.exitCode };
}
