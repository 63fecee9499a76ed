import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { LineSocket } from "./lines.ts";

// What terminals do with them is of no use in a log.
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal control sequences begin with ESC
const controlSequence = /\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[ -/]*[0-~])|[\x00-\x08\x0b-\x1f]/g;

/** A line as it reads on paper: without colours, cursor movements and other control characters. */
export function plainText(line: string): string {
  return line.replace(controlSequence, "");
}

/** The router's serial console, recorded: every line with the seconds since power-on, kept in a file too. */
export class SerialConsole {
  readonly lines: string[] = [];
  private since = performance.now();
  private readonly log: Bun.FileSink;
  private socket: LineSocket | undefined;

  private constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.log = Bun.file(path).writer({ highWaterMark: 0 });
  }

  static async connect(socket: string, log: string): Promise<SerialConsole> {
    const recorder = new SerialConsole(log);
    recorder.socket = await LineSocket.connect(socket, (line) => recorder.receive(line));
    return recorder;
  }

  /** Marks the moment from which the time is counted. */
  powerOn(): void {
    this.since = performance.now();
  }

  tail(count = 30): string {
    return this.lines
      .slice(-count)
      .map((line) => `console: ${line}`)
      .join("\n");
  }

  close(): void {
    this.socket?.close();
    this.log.end();
  }

  private receive(text: string): void {
    const plain = plainText(text);
    if (!plain.trim()) return;
    const line = `${((performance.now() - this.since) / 1000).toFixed(2).padStart(7)} ${plain}`;
    this.lines.push(line);
    this.log.write(`${line}\n`);
    this.log.flush();
  }
}
