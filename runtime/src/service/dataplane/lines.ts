/** A line longer than this is no message of ours: 100 000 bindings fit. */
const MAX_LINE = 1 << 24;

/** Splits a byte stream into lines of JSON. */
export class JsonLines {
  readonly #decoder = new TextDecoder();
  #rest = "";

  /** Calls `onValue` with each value completed by `bytes`. Throws SyntaxError or RangeError when the peer does not speak JSON lines. */
  push(bytes: Uint8Array, onValue: (value: unknown) => void): void {
    this.#rest += this.#decoder.decode(bytes, { stream: true });
    if (!this.#rest.includes("\n")) {
      if (this.#rest.length > MAX_LINE) throw new RangeError(`a line of more than ${MAX_LINE} characters`);
      return;
    }
    const lines = this.#rest.split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) onValue(JSON.parse(line));
  }
}

/** A value as one line. */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
