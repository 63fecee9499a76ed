import { join } from "node:path";
import type { Namespace } from "../netns/linux-namespace.ts";

/** Milliseconds that a program may take on a loaded machine. */
const PATIENCE = 15_000;

/** Scapy inside a namespace; programs run there one after the other and share their variables. */
export class Scapy {
  readonly #python: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #answers: AsyncIterator<string>;

  constructor(namespace: Namespace) {
    // Debian's Python has Debian's Scapy, whatever else is called python3 here. It ends with its input.
    const words = ["/usr/bin/python3", join(import.meta.dir, "interpreter.py")];
    this.#python = namespace.run(() => Bun.spawn(words, { stdio: ["pipe", "pipe", "inherit"] }));
    this.#answers = lines(this.#python.stdout);
  }

  /** Runs a program and gives what it leaves in `result`. Throws with its traceback when it fails. */
  async run(program: string): Promise<unknown> {
    this.#python.stdin.write(`${JSON.stringify(program)}\n`);
    this.#python.stdin.flush();
    const { promise: late, reject } = Promise.withResolvers<never>();
    const patience = setTimeout(() => reject(new Error(`scapy does not end: ${program}`)), PATIENCE);
    const { value } = await Promise.race([this.#answers.next(), late]);
    clearTimeout(patience);
    const { result, failure } = JSON.parse(value);
    if (failure !== undefined) throw new Error(`${program}\n${failure}`);
    return result;
  }

  async close(): Promise<void> {
    this.#python.kill();
    await this.#python.exited;
  }
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
  throw new Error("scapy has ended");
}
