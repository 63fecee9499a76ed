import type { Network } from "../../render/network.ts";
import { render } from "../../render/render.ts";
import { Applier } from "../apply/apply.ts";
import { hostMachine } from "../apply/host.ts";
import type { Log } from "../log.ts";

/** networkd may still be starting, or the disk be full for a moment. */
const RETRY_AFTER_MS = 1_000;
/** What stays in the way of a part that the router runs on without is asked for ever less often. */
const MAX_RETRY_MS = 60_000;

/** Brings firewall, kernel parameters, networkd and access points to what a network compiles to. */
export class Application {
  /** One sentence for each thing that could not be done and that the router runs on without. */
  warnings: string[] = [];
  readonly #applier: Applier;
  #applied = "";
  #nextRetryMs = RETRY_AFTER_MS;
  #retry: ReturnType<typeof setTimeout> | undefined;

  /** `again` asks for one more `apply`. */
  constructor(
    run: string,
    private readonly log: Log,
    private readonly again: () => void,
  ) {
    this.#applier = new Applier(hostMachine(run));
  }

  /** Does nothing when `network` compiles to what was applied last. Throws ApplyError. */
  async apply(network: Network): Promise<void> {
    const rendered = render(network);
    const key = JSON.stringify(rendered);
    if (key === this.#applied) return;
    const { changes, warnings } = await this.#applier.apply(rendered);
    this.#applied = key;
    for (const change of changes) this.log.info(change);
    for (const warning of warnings) if (!this.warnings.includes(warning)) this.log.warn(warning);
    this.warnings = warnings;
    if (warnings.length > 0) this.#applyAgain();
    else this.#nextRetryMs = RETRY_AFTER_MS;
  }

  /** Makes the stations join anew. Throws UnitError. */
  restartAccessPoints(): Promise<void> {
    return this.#applier.restartAccessPoints();
  }

  /** A radio that has just been plugged in, say, may not be known to systemd yet. */
  #applyAgain(): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#applied = "";
      this.again();
    }, this.#nextRetryMs);
    this.#nextRetryMs = Math.min(2 * this.#nextRetryMs, MAX_RETRY_MS);
  }
}
