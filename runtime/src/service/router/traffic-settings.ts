import { type Fault, parseConfig } from "../../config/parse.ts";
import type { Config } from "../../config/schema.ts";

/** The `traffic` section of the configuration, changed while the router runs. */
export class TrafficSettings {
  #changing: Promise<unknown> = Promise.resolve();

  /** `keep` saves a configuration and puts it into effect; what it throws, `change` rejects with. */
  constructor(
    private readonly config: () => Config,
    private readonly keep: (config: Config) => Promise<void>,
  ) {}

  get current(): Config["traffic"] {
    return this.config().traffic;
  }

  /**
   * Takes `given`, a JSON object, over the present settings: fields it leaves out stay. Resolves to every fault at once, with paths
   * as in `given`, and then nothing has changed. Two at once are done one after the other.
   */
  change(given: unknown): Promise<readonly Fault[]> {
    const changed = this.#changing.then(() => this.#change(given));
    this.#changing = changed.catch(() => {});
    return changed;
  }

  async #change(given: unknown): Promise<readonly Fault[]> {
    if (typeof given !== "object" || given === null || Array.isArray(given)) return [NO_OBJECT];
    const config = this.config();
    const parsed = parseConfig({ ...config, traffic: { ...config.traffic, ...given } });
    if ("faults" in parsed)
      return parsed.faults.map((fault) => ({ ...fault, path: withinTraffic(fault.path) }));
    await this.keep(parsed.config);
    return [];
  }
}

const NO_OBJECT: Fault = {
  path: "",
  message: "the settings are no JSON object",
  fix: 'give the fields to change, such as {"visibleTo": "household"}',
};

function withinTraffic(path: string): string {
  return path.replace(/^traffic\.?/, "");
}
