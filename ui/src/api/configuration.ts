import type { Config } from "@gatehouse/runtime/config/schema.ts";
import { read, send } from "./answer.ts";

/** The configuration document, its secrets hidden, and the revision it is. */
export interface Configuration {
  revision: number;
  document: Config;
}

/** What became of a change: kept as a revision, or in effect until it is confirmed. */
export interface Changed {
  revision: number | null;
  trial: { id: string } | null;
}

const CONFIGURATION = "/api/configuration";

/** For the owner only. */
export function readConfiguration(): Promise<Configuration> {
  return read(CONFIGURATION);
}

/** Makes `document` the configuration, unless another one has been made since `revision`; `why` is for the history. */
export async function changeConfiguration(document: Config, revision: number, why: string): Promise<Changed> {
  return (await send("PUT", CONFIGURATION, { document, revision, why })).json();
}
