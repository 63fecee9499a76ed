import type { Socket } from "bun";

/** A Unix socket that speaks in lines. */
export class LineSocket {
  private socket: Socket | undefined;
  private readonly decoder = new TextDecoder();
  private rest = "";

  private constructor(private readonly receive: (line: string) => void) {}

  /** Connects; `closed` is called when the other end goes away. */
  static async connect(
    path: string,
    receive: (line: string) => void,
    closed: () => void = () => {},
  ): Promise<LineSocket> {
    const lines = new LineSocket(receive);
    lines.socket = await Bun.connect({
      unix: path,
      socket: { data: (_, data) => lines.feed(data), close: closed },
    });
    return lines;
  }

  send(line: string): void {
    this.socket?.write(`${line}\n`);
  }

  close(): void {
    this.socket?.end();
  }

  private feed(data: Uint8Array): void {
    const parts = (this.rest + this.decoder.decode(data, { stream: true })).split("\n");
    this.rest = parts.pop() ?? "";
    for (const line of parts) this.receive(line.replace(/\r$/, ""));
  }
}
