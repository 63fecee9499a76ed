import type { HomeNetworks } from "@gatehouse/runtime/api/lan-model.ts";
import { read, send } from "./answer.ts";

export type { HomeNetworks } from "@gatehouse/runtime/api/lan-model.ts";
export type HomeNetwork = HomeNetworks["networks"][number];
export type Reach = HomeNetworks["reach"][number];

/** The networks of the home, and who may reach whom. */
export function readNetworks(): Promise<HomeNetworks> {
  return read("/api/networks");
}

/** Calls a sleeping device; the networks it was called in. */
export async function wake(mac: string): Promise<string[]> {
  const woken: { networks: string[] } = await (
    await send("POST", `/api/devices/${encodeURIComponent(mac)}/wake`, {})
  ).json();
  return woken.networks;
}
