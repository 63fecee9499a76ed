import { join } from "node:path";
import { Running } from "@gatehouse/qemu/process.ts";
import type { Namespace } from "./linux-namespace.ts";

/** Starts a command that goes on until it is stopped: in a namespace of a test, or in a host of the lab. */
export type Launch = (command: readonly string[]) => Running;

/** Milliseconds that a program may take to begin, on a loaded machine. */
const PATIENCE = 10_000;

/** Launches inside `namespace`; the command ends with this process, however that ends. */
export function launchIn(namespace: Namespace): Launch {
  return (command) => {
    const words = ["setpriv", "--pdeathsig=KILL", "--", ...command];
    const child = namespace.run(() => Bun.spawn(words, { stdin: "ignore", stdout: "pipe", stderr: "pipe" }));
    return new Running(
      command
        .find((word) => word.endsWith(".ts"))
        ?.split("/")
        .at(-1) ?? words[3]!,
      child,
    );
  };
}

/**
 * A program of this folder in a process of its own. It says "ready" once it works, and when it is told to end, one line of
 * JSON: its report.
 */
export class Program<Report> {
  private constructor(readonly running: Running) {}

  /** Starts `file` and returns when it is ready. */
  static async start<Report>(launch: Launch, file: string, ...words: string[]): Promise<Program<Report>> {
    const running = launch([process.execPath, join(import.meta.dir, file), ...words]);
    await running.line(/^ready/, PATIENCE);
    return new Program(running);
  }

  /** Ends it and gives its report. */
  async report(): Promise<Report> {
    await this.running.stop();
    const last = this.running.lines.at(-1) ?? "";
    try {
      return JSON.parse(last);
    } catch {
      throw new Error(`no report: ${this.running.tail()}`);
    }
  }
}

/** In the program: says that it works, and calls `finish` for the report when it is told to end. */
export function serve(finish: () => unknown): void {
  process.once("SIGTERM", async () => {
    const report = JSON.stringify(await finish());
    process.stdout.write(`${report}\n`, () => process.exit(0));
  });
  // A listener for a signal does not keep a process from ending.
  setInterval(() => {}, 1 << 30);
  console.log("ready");
}

/** Milliseconds since the Unix epoch with a fraction: the same clock in every process of this machine. */
export function wallClock(): number {
  return performance.timeOrigin + performance.now();
}
