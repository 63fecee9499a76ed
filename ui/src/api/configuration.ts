import type { Checked, Proposal, Configuration as Told } from "@gatehouse/runtime/api/configuration-model.ts";
import type { Changed } from "@gatehouse/runtime/api/outcome.ts";
import type { Config } from "@gatehouse/runtime/config/schema.ts";
import { read, send } from "./answer.ts";

export type { Checked } from "@gatehouse/runtime/api/configuration-model.ts";
export type { Changed } from "@gatehouse/runtime/api/outcome.ts";
export type { TrialStatus } from "@gatehouse/runtime/api/trial-model.ts";

/** The configuration document, its secrets hidden, and the revision it is. */
export interface Configuration extends Told {
  document: Config;
}

const CONFIGURATION = "/api/configuration";

let told = (_: Changed) => {};

/** `listener` hears what becomes of every change that this page makes. */
export function onChanged(listener: (changed: Changed) => void): void {
  told = listener;
}

/** For changes that are made in another way: going back to a revision, and importing. */
export function heard(changed: Changed): Changed {
  told(changed);
  return changed;
}

/** For the owner only. */
export function readConfiguration(): Promise<Configuration> {
  return read(CONFIGURATION);
}

/** What a change would do; throws NoAnswer with its faults by field. */
export async function checkConfiguration(proposal: Proposal): Promise<Checked> {
  return (await send("POST", `${CONFIGURATION}/check`, proposal)).json();
}

/** Makes `document` the configuration, unless another one has been made since `revision`; `why` is for the history. */
export async function changeConfiguration(document: Config, revision: number, why: string): Promise<Changed> {
  const answer = await send("PUT", CONFIGURATION, { document, revision, why });
  return heard(await answer.json());
}

/** Ends the trial named `id`. */
export async function decide(id: string, decision: "keep" | "return"): Promise<void> {
  await send("POST", `${CONFIGURATION}/trial`, { id, decision });
}
