import { formatIPv4 } from "../../addr/ipv4.ts";
import { defaultConfig } from "../../config/parse.ts";
import type { Config } from "../../config/schema.ts";
import { StorageError } from "../../linux/storage/durable.ts";
import type { LanSide } from "../../render/network.ts";
import { planNetwork } from "../../render/plan.ts";
import { createLog } from "../log.ts";
import { ConfigurationService, type Home } from "./service.ts";
import type { Trial } from "./trial.ts";

/** How long a change is tried, ms. */
export const WINDOW = 90_000;

/** A machine whose clock a test moves, with its disk and what was applied to it. */
export class FakeMachine {
  elapsed = 1_000;
  boot = "one";
  revisions: Config[] = [];
  trial: Trial | undefined;
  isDiskFull = false;
  /** Since the last look. */
  applied: string[] = [];
  /** Where the router is reached instead, for tests in which it cannot have the address. */
  readonly aliases = new Map<string, string>();
  links = ["eth0", "eth1", "eth2"];
  readonly #timers = new Set<{ at: number; action: () => void }>();

  /** The program starts. */
  start(): ConfigurationService {
    this.#timers.clear();
    const number = this.revisions.length;
    const revision = { number, time: 0, who: "", why: "" };
    const machine = this;
    return new ConfigurationService({
      loaded: { config: this.revisions.at(-1) ?? defaultConfig, revision, notices: [] },
      store: {
        save: async (config, who, why) => {
          this.#write();
          return { number: this.revisions.push(config), time: 0, who, why };
        },
      },
      file: {
        read: () => this.trial,
        write: async (trial) => {
          this.#write();
          this.trial = trial;
        },
        remove: async () => {
          this.trial = undefined;
        },
      },
      windowMs: WINDOW,
      boot: {
        get id() {
          return machine.boot;
        },
        elapsed: () => this.elapsed,
      },
      after: (ms, action) => {
        const timer = { at: this.elapsed + ms, action };
        this.#timers.add(timer);
        return () => void this.#timers.delete(timer);
      },
      log: createLog("configuration", () => {}),
      network: (config) => this.#network(config),
      places: ({ lans: [home, ...others] }) => [this.#home(home), ...others.map((lan) => this.#home(lan))],
      ports: () => this.links,
      apply: ({ config, revision, isTrial }) =>
        this.applied.push(
          `${config.lans[0]?.address} as ${isTrial ? "trial after" : "revision"} ${revision}`,
        ),
      onChange() {},
    });
  }

  async pass(ms: number): Promise<void> {
    this.elapsed += ms;
    for (const timer of this.#timers) {
      if (timer.at > this.elapsed) continue;
      this.#timers.delete(timer);
      timer.action();
    }
    await Bun.sleep(0);
  }

  look(): string[] {
    return this.applied.splice(0);
  }

  #home({ config: { name }, prefix }: LanSide): Home {
    const address = formatIPv4(prefix.address);
    return { name, place: this.aliases.get(address) ?? address };
  }

  #write(): void {
    if (this.isDiskFull) throw new StorageError("the disk", "it is full");
  }

  #network(config: Config) {
    return planNetwork(config, {
      links: this.links.map((name) => ({ name, medium: "ethernet" })),
      prefixesOf: () => [],
      current: new Map(),
      provenWan: undefined,
      failing: new Set(),
      accessPoints: () => [],
    }).network;
  }
}
