import { LineSocket } from "./lines.ts";

/** A command that QEMU refused. */
export class QmpError extends Error {
  override name = "QmpError";
  constructor(command: string, reason: string) {
    super(`QEMU: ${command}: ${reason}`);
  }
}

interface Reply {
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
  readonly event?: string;
}

interface Pending {
  readonly command: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** QEMU's machine protocol (docs/interop/qmp-spec). */
export class Qmp {
  private lines: LineSocket | undefined;
  private nextId = 1;
  private readonly pending = new Map<number, Pending>();

  static async connect(path: string): Promise<Qmp> {
    const qmp = new Qmp();
    qmp.lines = await LineSocket.connect(
      path,
      (line) => qmp.receive(JSON.parse(line)),
      () => qmp.abandon(),
    );
    await qmp.execute("qmp_capabilities");
    return qmp;
  }

  /** Runs a command and returns its answer. Throws QmpError. */
  execute(command: string, options: Record<string, unknown> = {}): Promise<unknown> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { command, resolve, reject });
      this.lines?.send(JSON.stringify({ execute: command, arguments: options, id }));
    });
  }

  close(): void {
    this.lines?.close();
  }

  /** QEMU has ended. */
  private abandon(): void {
    for (const { command, reject } of this.pending.values()) reject(new QmpError(command, "QEMU has ended"));
    this.pending.clear();
  }

  private receive(reply: Reply): void {
    if (reply.id === undefined) return;
    const request = this.pending.get(reply.id);
    this.pending.delete(reply.id);
    if (reply.error) request?.reject(new QmpError(request.command, reply.error.desc));
    else request?.resolve(reply.return);
  }
}
