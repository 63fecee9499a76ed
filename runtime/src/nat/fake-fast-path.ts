import type { BindingVisitor, FastPath } from "./fast-path.ts";
import type { Transport } from "./transport.ts";

/** A fast path in memory for tests. */
export class FakeFastPath implements FastPath {
  /** "transport address:port" to external port. */
  readonly bindings = new Map<string, number>();
  /** The next commit throws. */
  refuses = false;
  #changes: (() => void)[] = [];

  program: BindingVisitor = (transport, address, port, externalPort) => {
    this.#changes.push(() => this.bindings.set(`${transport} ${address}:${port}`, externalPort));
  };

  remove: BindingVisitor = (transport, address, port) => {
    this.#changes.push(() => this.bindings.delete(`${transport} ${address}:${port}`));
  };

  commit(): void {
    const changes = this.#changes;
    this.#changes = [];
    if (this.refuses) throw new Error("refused");
    for (const change of changes) change();
  }

  dump(visit: BindingVisitor): void {
    for (const [key, externalPort] of this.bindings) {
      const [transport, address, port] = key.split(/[ :]/).map(Number);
      visit(transport as Transport, address!, port!, externalPort);
    }
  }
}
