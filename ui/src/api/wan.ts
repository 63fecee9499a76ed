import type { Probed, Ways } from "@gatehouse/runtime/api/wan-model.ts";
import { read, send } from "./answer.ts";

export type { Probed, Ways } from "@gatehouse/runtime/api/wan-model.ts";
export type Way = Ways[number];
export type PortProbe = Probed["ports"][number];

/** For the owner only: the ways to the Internet, the preferred one first. */
export function readWays(): Promise<Ways> {
  return read("/api/wan");
}

/** For the owner only: asks on every port who offers the Internet there. Takes three seconds. */
export async function probePorts(): Promise<Probed> {
  return (await send("POST", "/api/wan/probe", {})).json();
}
