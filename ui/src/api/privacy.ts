import type { Config } from "@gatehouse/runtime/config/schema.ts";
import { read, send } from "./answer.ts";

/** What is recorded of the devices' traffic, and who may see it. */
export type TrafficSettings = Config["traffic"];

const SETTINGS = "/api/traffic/settings";

export function readSettings(): Promise<TrafficSettings> {
  return read(SETTINGS);
}

/** Changes these; the others stay. */
export async function writeSettings(settings: Partial<TrafficSettings>): Promise<void> {
  await send("PUT", SETTINGS, settings);
}
