import { randomUUID } from "node:crypto";
import type { Fault } from "../../config/faults.ts";
import { parseConfig } from "../../config/parse.ts";
import type { Config } from "../../config/schema.ts";
import { withSecretsOf } from "../../config/secrets.ts";
import type { Boot } from "../../linux/boot.ts";
import type { Network } from "../../render/network.ts";
import type { Log } from "../log.ts";
import type { ConfigStore, Loaded } from "../store/store.ts";
import { mayCutOff } from "./cut-off.ts";
import { machineFaults } from "./machine-faults.ts";
import { goesOn, misnamed, type Place, type Trial, type TrialProblem, unconfirmed } from "./trial.ts";
import type { TrialFile } from "./trial-file.ts";

/** Where the router is reached from a network of the home. */
export interface Home {
  name: string;
  place: Place;
}

/** What goes on between a change that could cut its maker off and the word that it has not. */
export interface TrialView {
  id: string;
  who: string;
  why: string;
  /** Until the former configuration returns. */
  remainingMs: number;
  /** The router's address in the network that the change was made from, where it is to be confirmed, and the one before. */
  address: Place;
  formerAddress: Place;
}

/** The document in effect, and the newest revision, which is another document while `isTrial`; 0 for the defaults. */
export interface Effective {
  config: Config;
  revision: number;
  isTrial: boolean;
}

/** What became of a change. */
export type Outcome =
  /** Nothing. */
  | { faults: Fault[] }
  /** Kept, as this revision; it was so already when nothing differs. */
  | { saved: number }
  /** In effect until it is confirmed, or for as long as its time. */
  | { trial: TrialView };

/** What a change would be. */
export interface Check {
  faults: Fault[];
  /** Whether it would have to be confirmed. */
  isTrial: boolean;
  /** Where the router would be reached, and where it is. */
  address: Place;
  formerAddress: Place;
}

/** What is known of a change besides what it is. */
export interface Asked {
  /** The revision that it was made from; undefined: it is not compared. */
  basis?: number | undefined;
  /** The router's address at which it was asked for. */
  here?: Place | undefined;
}

/** Why a change was not taken: another one is being tried, or it was made to a revision that is no longer the newest. */
export type ChangeProblem = "on-trial" | "outdated";

/** The answer that says where to confirm must have left before the address it comes from goes. */
const ANSWER_MS = 1_000;

export class ConfigurationError extends Error {
  override name = "ConfigurationError";
  constructor(readonly problem: ChangeProblem | TrialProblem) {
    super(problem);
  }
}

export interface ConfigurationOptions {
  loaded: Loaded;
  store: Pick<ConfigStore, "save">;
  file: Pick<TrialFile, "read" | "write" | "remove">;
  /** How long a trial has, ms. */
  windowMs: number;
  boot: Boot;
  /** Does it in so many ms, unless the returned function is called before; on the clock of `boot`. */
  after(ms: number, action: () => void): () => void;
  log: Log;
  /** What a configuration means on this machine now. */
  network(config: Config): Network;
  /** The router's address in each network of the home; the owner's is the first. */
  places(network: Network): [Home, ...Home[]];
  /** The machine's Ethernet ports. */
  ports(): string[];
  /** Another configuration is the present one. */
  apply(effective: Effective): void;
  /** The trial or what is told of the last one is another. */
  onChange(): void;
}

/**
 * The router's configuration document, and how it changes. A change that may part a device from the router is tried first: it is in
 * effect at once, but the newest revision stays the former one until somebody has confirmed the change over the network it makes. So
 * whatever happens meanwhile, a loss of power included, ends in the former revision. One change at a time: a second one is refused
 * while the first is being tried, for what a return would return to must be plain to whoever waits for it.
 */
export class ConfigurationService {
  /** What became of the last trial, where the owner should know; "" otherwise. */
  returned = "";
  readonly #options: ConfigurationOptions;
  #former: { config: Config; revision: number };
  #trial: Trial | undefined;
  /** Ends what waits for the trial's time. */
  #unwait: () => void = () => {};
  #changing: Promise<unknown> = Promise.resolve();

  /** Takes up what a program before this one has left; tells `apply` nothing, for `current` is what the router begins with. */
  constructor(options: ConfigurationOptions) {
    this.#options = options;
    const { loaded, file, boot } = options;
    this.#former = { config: loaded.config, revision: loaded.revision.number };
    const left = file.read();
    if (left === undefined) return;
    const now = { boot: boot.id, elapsed: boot.elapsed(), newest: this.#former.revision };
    if (goesOn(left, now)) this.#begin(left);
    else {
      if (left.former === now.newest)
        this.#tellReturn(left, "the router started again before it was confirmed");
      void this.#forget();
    }
  }

  current(): Effective {
    const { config, revision } = this.#former;
    return { config: this.#trial?.config ?? config, revision, isTrial: this.#trial !== undefined };
  }

  get trial(): TrialView | null {
    return this.#trial === undefined ? null : this.#view(this.#trial);
  }

  /** What `document` would do; a secret hidden in it is the one there is. `here` is where it is asked. */
  check(document: unknown, here?: Place): Check {
    const { config } = this.current();
    const home = this.#homeOf(config, here);
    const formerAddress = this.#placeIn(config, home);
    const parsed = this.#parse(document);
    if ("faults" in parsed) return { ...parsed, isTrial: false, address: formerAddress, formerAddress };
    const address = this.#placeIn(parsed.config, home);
    return { faults: [], isTrial: this.#isRisky(parsed.config), address, formerAddress };
  }

  /**
   * Makes `document`, in which secrets may be hidden, the configuration, kept or on trial. Throws ConfigurationError and StorageError,
   * and then nothing has changed.
   */
  propose(document: unknown, who: string, why: string, { basis, here }: Asked = {}): Promise<Outcome> {
    return this.#inTurn(async () => {
      if (this.#trial !== undefined) throw new ConfigurationError("on-trial");
      if (basis !== undefined && basis !== this.#former.revision) throw new ConfigurationError("outdated");
      const parsed = this.#parse(document);
      if ("faults" in parsed) return parsed;
      const { config } = parsed;
      if (Bun.deepEquals(config, this.#former.config)) return { saved: this.#former.revision };
      this.returned = "";
      if (!this.#isRisky(config)) return this.#keep(config, who, why);
      return this.#try({ config, who, why, home: this.#homeOf(this.#former.config, here) });
    });
  }

  /** Makes the trial named `id` the newest revision; `here` is where the request for it came in. Throws as `propose` does. */
  confirm(id: string, here: Place): Promise<number> {
    return this.#inTurn(async () => {
      const trial = this.#trial;
      const place = trial === undefined ? "the home" : this.#placeFor(trial);
      const problem = unconfirmed(trial, { id, here, place, elapsed: this.#options.boot.elapsed() });
      if (problem !== undefined || trial === undefined) throw new ConfigurationError(problem ?? "no-trial");
      const { saved } = await this.#keep(trial.config, trial.who, trial.why);
      this.#options.log.info(`${trial.why}: confirmed at ${here}`);
      return saved;
    });
  }

  /** Goes back to the former revision at once. Throws ConfigurationError. */
  cancel(id: string): Promise<void> {
    return this.#inTurn(async () => {
      const problem = misnamed(this.#trial, id);
      if (problem !== undefined) throw new ConfigurationError(problem);
      this.#return("");
    });
  }

  async #try(change: Pick<Trial, "config" | "who" | "why" | "home">): Promise<Outcome> {
    const { boot, windowMs, log, after, apply } = this.#options;
    const { revision } = this.#former;
    const { config, why } = change;
    const now = boot.elapsed();
    const times = { begins: now + ANSWER_MS, ends: now + windowMs };
    const trial: Trial = { id: randomUUID(), boot: boot.id, ...times, former: revision, ...change };
    await this.#remember(trial);
    const unwait = after(ANSWER_MS, () => apply({ config, revision, isTrial: true }));
    this.#begin(trial, unwait);
    log.info(`${why}: on trial for ${windowMs / 1000} s`);
    this.#options.onChange();
    return { trial: this.#view(trial) };
  }

  #begin(trial: Trial, unwait: () => void = () => {}): void {
    const { boot, after } = this.#options;
    this.#trial = trial;
    const unwaitEnd = after(Math.max(0, trial.ends - boot.elapsed()), () => this.#expire(trial));
    this.#unwait = () => {
      unwait();
      unwaitEnd();
    };
  }

  async #remember(trial: Trial): Promise<void> {
    try {
      await this.#options.file.write(trial);
    } catch (error) {
      await this.#forget();
      throw error;
    }
  }

  /** In turn, so that a confirmation that came in time is not overtaken. */
  #expire(trial: Trial): void {
    void this.#inTurn(async () => {
      if (this.#trial === trial) this.#return("nobody confirmed it in time");
    });
  }

  async #keep(config: Config, who: string, why: string): Promise<{ saved: number }> {
    const { number } = await this.#options.store.save(config, who, why);
    this.#former = { config, revision: number };
    this.#endTrial();
    return { saved: number };
  }

  /** `reason` is what the owner should know; empty when the owner wanted it. */
  #return(reason: string): void {
    if (this.#trial !== undefined && reason !== "") this.#tellReturn(this.#trial, reason);
    this.#endTrial();
  }

  /** The newest revision is in effect again, or still. */
  #endTrial(): void {
    this.#unwait();
    const { apply, onChange } = this.#options;
    const wasTrial = this.#trial !== undefined;
    this.#trial = undefined;
    apply({ ...this.#former, isTrial: false });
    // Afterwards: a trial that is found by the next start although it is over has no time left, or another former revision.
    if (wasTrial) void this.#forget();
    onChange();
  }

  #view({ id, who, why, ends, config, home }: Trial): TrialView {
    const remainingMs = Math.max(0, ends - this.#options.boot.elapsed());
    const formerAddress = this.#placeIn(this.#former.config, home);
    return { id, who, why, remainingMs, address: this.#placeIn(config, home), formerAddress };
  }

  async #forget(): Promise<void> {
    await this.#options.file.remove().catch((error) => this.#options.log.warn(`${error}`));
  }

  #tellReturn({ why }: Trial, reason: string): void {
    this.returned = `The change “${why}” was taken back: ${reason}.`;
    this.#options.log.warn(this.returned);
  }

  #parse(document: unknown): { config: Config } | { faults: Fault[] } {
    const { network, ports } = this.#options;
    const parsed = parseConfig(withSecretsOf(this.current().config, document));
    if ("faults" in parsed) return parsed;
    const faults = machineFaults(network(this.current().config), network(parsed.config), ports());
    return faults.length > 0 ? { faults } : parsed;
  }

  #isRisky(config: Config): boolean {
    const { network } = this.#options;
    return mayCutOff(network(this.#former.config), network(config));
  }

  /** Where a request proves that the trial's maker reaches the router: a move has to be followed. */
  #placeFor({ config, home }: Trial): Place | "the home" {
    const address = this.#placeIn(config, home);
    return address === this.#placeIn(this.#former.config, home) ? "the home" : address;
  }

  /** The name of the network whose router is `here`; the owner's when it is none of the home. */
  #homeOf(config: Config, here: Place | undefined): string {
    const homes = this.#homes(config);
    return (homes.find(({ place }) => place === here) ?? homes[0]).name;
  }

  /** Where `config` has the router in the network named `home`, or in the owner's when there is none of that name. */
  #placeIn(config: Config, home: string): Place {
    const homes = this.#homes(config);
    return (homes.find(({ name }) => name === home) ?? homes[0]).place;
  }

  #homes(config: Config): [Home, ...Home[]] {
    const { network, places } = this.#options;
    return places(network(config));
  }

  /** One after the other. */
  #inTurn<Result>(action: () => Promise<Result>): Promise<Result> {
    const done = this.#changing.then(action);
    this.#changing = done.catch(() => {});
    return done;
  }
}
