import { parseConfig } from "@gatehouse/runtime/config/parse.ts";
import type { Config } from "@gatehouse/runtime/config/schema.ts";
import type { Page } from "playwright-core";

/** The configuration as a page reads and changes it, with the router's own checks and nothing behind them. */
export class ScriptedConfiguration {
  revision = 7;
  /** What was made the configuration, in order, and what for. */
  readonly kept: { document: Config; why: string }[] = [];
  /** Set: what is changed is tried, and has to be confirmed. */
  isTried = false;
  private document: Config;

  constructor(document: unknown) {
    const parsed = parseConfig(document);
    if ("faults" in parsed) throw new Error(JSON.stringify(parsed.faults));
    this.document = parsed.config;
  }

  /** Answers in the router's place whatever `page` asks about it. */
  async answer(page: Page): Promise<void> {
    await page.route("**/api/configuration", async (route) => {
      if (route.request().method() === "GET")
        return route.fulfill({ json: { revision: this.revision, document: this.document } });
      const { status, json } = this.change(route.request().postDataJSON());
      return route.fulfill({ status, json });
    });
  }

  private change({ document, revision, why }: { document: unknown; revision: number; why: string }) {
    if (revision !== this.revision)
      return {
        status: 409,
        json: { error: "The configuration was changed meanwhile", hint: "Read it anew." },
      };
    const parsed = parseConfig(document);
    if ("faults" in parsed) {
      const fields = parsed.faults.map(({ path, message, fix }) => ({
        field: path,
        reason: `${message}; ${fix}`,
      }));
      return { status: 422, json: { error: "It cannot be used", hint: "Nothing was changed.", fields } };
    }
    this.document = parsed.config;
    this.revision++;
    this.kept.push({ document: parsed.config, why });
    const trial = this.isTried ? { id: "trial" } : null;
    return { status: 200, json: { revision: trial === null ? this.revision : null, trial } };
  }
}
