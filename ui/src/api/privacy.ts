import type { Config } from "@gatehouse/runtime/config/schema.ts";
import { read, send } from "./answer.ts";

/** What is recorded of the devices' traffic, and who may see it. */
export type TrafficSettings = Config["traffic"];

const SETTINGS = "/api/traffic/settings";

/** MACs are spelled as devices' are, however whoever edited the file has spelled them. */
export async function readSettings(): Promise<TrafficSettings> {
  const settings = await read<TrafficSettings>(SETTINGS);
  const notRecorded = settings.notRecorded.map((mac) => mac.toLowerCase().replaceAll("-", ":"));
  return { ...settings, notRecorded };
}

/** Changes these; the others stay. */
export async function writeSettings(settings: Partial<TrafficSettings>): Promise<void> {
  await send("PUT", SETTINGS, settings);
}
