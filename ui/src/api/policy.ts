import type { PolicyNow } from "@gatehouse/runtime/api/policy-model.ts";
import { read, send } from "./answer.ts";

export type { PolicyNow } from "@gatehouse/runtime/api/policy-model.ts";
export type DevicePolicy = PolicyNow["devices"][number];
export type GroupPolicy = PolicyNow["groups"][number];
/** What a device and a group both have. */
export type Rules = GroupPolicy["rules"];

const POLICY = "/api/policy";

/** What devices and groups with rules may do now. */
export function readPolicy(): Promise<PolicyNow> {
  return read(POLICY);
}

/** Changes these; the others stay. */
export async function changeDevice(mac: string, rules: Partial<DevicePolicy["rules"]>): Promise<void> {
  await send("PUT", `${POLICY}/devices/${encodeURIComponent(mac)}`, rules);
}

/** The same of a group, which is made where there is none of that name. */
export async function changeGroup(name: string, rules: Partial<Rules>): Promise<void> {
  await send("PUT", `${POLICY}/groups/${encodeURIComponent(name)}`, rules);
}
