import { parseConfig } from "../../config/parse.ts";
import type { Config } from "../../config/schema.ts";
import type { Outcome } from "../configuration/service.ts";
import { Revisions } from "./revisions.ts";
import type { ConfigStore } from "./store.ts";

/** Changes that are kept at once, without a router that they take effect on. */
export function directRevisions(store: ConfigStore, config: Config, now?: () => number): Revisions {
  let current = config;
  const proposer = {
    current: () => ({ config: current }),
    async propose(document: unknown, who: string, why: string): Promise<Outcome> {
      const parsed = parseConfig(document);
      if ("faults" in parsed) return parsed;
      const { number } = await store.save(parsed.config, who, why);
      current = parsed.config;
      return { saved: number };
    },
  };
  return new Revisions(store, proposer, (count) => crypto.getRandomValues(new Uint8Array(count)), now);
}
