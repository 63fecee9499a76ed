import type { Mac } from "../../addr/mac.ts";
import { watchLinkStates } from "../../linux/networkd/link-state.ts";
import type { Log } from "../log.ts";
import type { PolicyService } from "../policy/policy.ts";
import { Application } from "./application.ts";
import { LanPorts } from "./lan-ports.ts";
import { Loop } from "./loop.ts";
import { linkNamed, wayOut } from "./network.ts";
import type { Present } from "./present.ts";
import type { LanServices } from "./servers.ts";
import { Serving } from "./serving.ts";
import type { Translation } from "./translation.ts";
import { translationConfig } from "./translation-config.ts";

export interface ControlLoopOptions {
  /** The folder of what need not survive a reboot. */
  run: string;
  log: Log;
  present: Present;
  servers: LanServices;
  translation: Translation;
  policy: PolicyService;
  /** The addresses that devices have now, dotted decimal. */
  addresses(): ReadonlyMap<Mac, string>;
  onPageAddresses(addresses: readonly string[]): void;
  /** A round has ended: what it did can be seen, or `failures` and `warnings` are others. */
  onChange(): void;
}

const RETRY_AFTER_MS = 1_000;

/**
 * Looks at what the machine has, decides what it shall be, and brings kernel, networkd, data plane and servers there, again
 * after every change.
 */
export class ControlLoop {
  /** Why the router does not run as configured, one sentence. */
  failures: string[] = [];
  readonly #loop = new Loop(() => this.#try());
  readonly #application: Application;
  readonly #ports: LanPorts;
  readonly #serving: Serving;
  #linkStates: { close(): void } | undefined;

  constructor(private readonly options: ControlLoopOptions) {
    const { run, log, present, servers, onPageAddresses } = options;
    this.#application = new Application(run, log, () => this.soon());
    this.#ports = new LanPorts(present, log);
    this.#serving = new Serving(present, servers, {
      onPageAddresses,
      onMoved: (links) => void this.#replug(links),
    });
  }

  /** One sentence for each thing that the router runs on without. */
  get warnings(): string[] {
    return this.#application.warnings;
  }

  /** One round at a time; whatever changes meanwhile asks for one more. */
  soon(): void {
    this.#loop.soon();
  }

  /** Something that only address translation needs to know has changed. */
  translateAgain(): void {
    if (this.#serving.hasBegun) this.#translate();
  }

  async #try(): Promise<void> {
    try {
      await this.#reconcile();
      this.failures = [];
    } catch (error) {
      this.failures = [`The router does not run as configured: ${(error as Error).message}.`];
      this.options.log.limited("reconcile", `${error}; trying again`);
      setTimeout(() => this.soon(), RETRY_AFTER_MS);
    }
    this.options.onChange();
  }

  /** Brings everything to what the configuration means on this machine. What is as wanted is not touched. */
  async #reconcile(): Promise<void> {
    this.#watchLinkStates();
    const { network } = await this.options.present.decide();
    // Before the firewall lets anything pass.
    this.options.policy.enforce(this.options.present.bridges());
    await this.#application.apply(network);
    this.#translate();
    this.#ports.up();
    this.#serving.serve();
  }

  /** Tells the data plane what to translate. The bridge made anew has another index, and the taps hear nothing of it. */
  #translate(): void {
    const { present, translation, policy, addresses } = this.options;
    const { config, snapshot, plan } = present;
    const wanted = translationConfig({
      config,
      lans: plan.network.lans,
      wan: wayOut(snapshot, plan.network.wan?.interface),
      addresses: addresses(),
      byRules: policy.byRules(),
    });
    translation.configure(
      wanted,
      present.bridges().map((name) => linkNamed(snapshot, name)?.index),
    );
  }

  /** Makes every device there ask for an address anew. */
  async #replug(moved: readonly string[]): Promise<void> {
    const bridges = this.options.present.bridges();
    try {
      await this.#ports.replug(moved);
      if (moved.some((name) => bridges.includes(name))) await this.#application.restartAccessPoints();
    } catch (error) {
      this.options.log.warn(`${error}`);
    }
  }

  /** networkd makes the folder when it starts, which may be after us. */
  #watchLinkStates(): void {
    if (this.#linkStates !== undefined) return;
    const { log } = this.options;
    try {
      this.#linkStates = watchLinkStates(
        () => this.soon(),
        (error) => log.error(`networkd's link states can no longer be watched: ${error.message}`),
      );
    } catch (error) {
      log.limited("networkd", `networkd has not started yet: ${(error as Error).message}`);
    }
  }
}
