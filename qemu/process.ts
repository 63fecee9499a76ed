import type { Subprocess } from "bun";
import { until } from "./wait.ts";

/** A command that ended with a status other than zero. */
export class CommandError extends Error {
  override name = "CommandError";
  constructor(
    readonly command: readonly string[],
    readonly status: number | null,
    readonly output: string,
  ) {
    super(`${command.join(" ")}: status ${status}\n${output.trimEnd()}`);
  }
}

/** How a finished command ended. */
export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const keptLines = 2000;

/** A command that keeps running; its output is kept, the last 2000 lines of it. */
export class Running {
  readonly lines: string[] = [];
  private readonly drained: Promise<unknown>;

  constructor(
    readonly name: string,
    private readonly child: Subprocess<"ignore" | "pipe" | Blob, "pipe", "pipe">,
  ) {
    this.drained = Promise.all([this.keep(child.stdout), this.keep(child.stderr)]);
  }

  get pid(): number {
    return this.child.pid;
  }

  get exited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Waits for a line of its output that matches, from the first one kept. */
  line(pattern: RegExp, within: number): Promise<RegExpMatchArray> {
    return until({ what: `${pattern} from ${this.name}`, within, tail: () => this.tail() }, () => {
      for (const line of this.lines) {
        const match = line.match(pattern);
        if (match) return match;
      }
      if (this.exited) throw new Error(`${this.name} has ended`);
      return undefined;
    });
  }

  tail(count = 20): string {
    return this.lines
      .slice(-count)
      .map((line) => `${this.name}: ${line}`)
      .join("\n");
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Ends it and returns when its output is closed. */
  async stop(): Promise<void> {
    this.child.kill("SIGTERM");
    await this.child.exited;
    await this.drained;
  }

  private async keep(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of stream) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = parts.pop() ?? "";
      this.lines.push(...parts);
      if (this.lines.length > keptLines) this.lines.splice(0, this.lines.length - keptLines);
    }
    if (rest) this.lines.push(rest);
  }
}
