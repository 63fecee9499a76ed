import type { AccessState } from "@gatehouse/runtime/api/access.ts";
import { read, send } from "./answer.ts";

export type { AccessState } from "@gatehouse/runtime/api/access.ts";

export function readAccess(): Promise<AccessState> {
  return read("/api/access");
}

/** The first password of this router's owner. */
export async function chooseOwner(password: string): Promise<AccessState> {
  return (await send("POST", "/api/access/owner", { password })).json();
}

export async function signIn(password: string): Promise<AccessState> {
  return (await send("POST", "/api/access/session", { password })).json();
}

/** Signs every other browser out. */
export async function changePassword(old: string, next: string): Promise<AccessState> {
  return (await send("PUT", "/api/access/password", { old, new: next })).json();
}

export async function signOut(): Promise<void> {
  await send("DELETE", "/api/access/session");
}

/** Signs in with what a change of the router's address was answered with; once. */
export async function redeem(ticket: string): Promise<AccessState> {
  return (await send("POST", "/api/access/ticket", { ticket })).json();
}
