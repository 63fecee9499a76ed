import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Namespace } from "./linux-namespace.ts";

/** What the kernel tells of changes to a namespace's links, addresses and routes (ip-monitor(8)). */
export class Changes {
  readonly #folder = mkdtempSync(join(tmpdir(), "gatehouse-changes-"));
  readonly #log = join(this.#folder, "log");
  #forgotten = 0;
  readonly #monitor: Bun.Subprocess;

  constructor(namespace: Namespace) {
    this.#monitor = namespace.run(() =>
      Bun.spawn(["ip", "-oneline", "monitor", "link", "address", "route"], {
        stdio: ["ignore", Bun.file(this.#log), "ignore"],
      }),
    );
  }

  /** Forgets what was heard until now. */
  forget(): void {
    this.#forgotten = this.#text().length;
  }

  /** The links that changed, or whose addresses or routes did, in the order first heard of. */
  links(): string[] {
    const lines = this.#text()
      .slice(this.#forgotten)
      .matchAll(/^(?:Deleted )?\d+: ([^:@ ]+)|\bdev (\S+)/gm);
    return [...new Set(Array.from(lines, ([, link, device]) => link ?? device ?? ""))];
  }

  #text(): string {
    return readFileSync(this.#log, "utf8");
  }

  close(): void {
    this.#monitor.kill();
    rmSync(this.#folder, { recursive: true });
  }
}
