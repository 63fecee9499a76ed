import type { Passphrases, WifiNow } from "@gatehouse/runtime/api/wifi-model.ts";
import { read } from "./answer.ts";

export type { WifiNow } from "@gatehouse/runtime/api/wifi-model.ts";
export type WifiRadio = WifiNow["radios"][number];
export type WifiStation = WifiNow["stations"][number];

/** Radios, wireless networks and who has joined them. */
export function readWifi(): Promise<WifiNow> {
  return read("/api/wifi");
}

/** By the wireless network's name; for the owner only. */
export async function readPassphrases(): Promise<ReadonlyMap<string, string | null>> {
  const list = await read<Passphrases>("/api/wifi/passphrases");
  return new Map(list.map(({ name, passphrase }) => [name, passphrase]));
}
