import { join } from "node:path";
import type { Script } from "./scripted-router.ts";

/** A running server with the built page and a scripted router. */
export interface UiProcess extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Lets a minute of traffic pass at once. */
  minute(): Promise<void>;
}

/** Starts one on a free port, or on `port` in place of one that has ended. */
export async function startUi(script: Script, port = 0): Promise<UiProcess> {
  const server = Bun.spawn(
    [process.execPath, join(import.meta.dir, "ui-server.ts"), JSON.stringify({ ...script, port })],
    { stdin: "pipe", stdout: "pipe", stderr: "inherit" },
  );
  const lines = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await lines.read();
  const bound = Number.parseInt(value, 10);
  if (Number.isNaN(bound)) throw new Error(`ui-server: did not start with ${JSON.stringify(script)}`);
  return {
    port: bound,
    url: `http://127.0.0.1:${bound}`,
    async minute() {
      server.stdin.write("\n");
      server.stdin.flush();
      await lines.read();
    },
    async [Symbol.asyncDispose]() {
      server.kill();
      await server.exited;
    },
  };
}
