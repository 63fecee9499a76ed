import type { Changed } from "@gatehouse/runtime/api/outcome.ts";
import type {
  Change,
  History,
  ImportWish,
  RevisionDetail,
  RevisionEntry,
} from "@gatehouse/runtime/api/revisions-model.ts";
import { read, send } from "./answer.ts";
import { heard } from "./configuration.ts";

export type { Change, Changed, History, ImportWish, RevisionDetail, RevisionEntry };

/** A page of the history: the newest, or those before `before`. */
export function readHistory(before?: number): Promise<History> {
  return read(before === undefined ? "/api/revisions" : `/api/revisions?before=${before}`);
}

/** What a revision changed, and what would change if it came back. */
export function readRevision(number: number): Promise<RevisionDetail> {
  return read(`/api/revisions/${number}`);
}

export async function restore(number: number): Promise<Changed> {
  return heard(await (await send("POST", `/api/revisions/${number}/restore`)).json());
}

/** The configuration as a file with its name; without a passphrase its secrets are left out. */
export async function exportConfiguration(passphrase?: string): Promise<{ name: string; content: Blob }> {
  const answer = await send("POST", "/api/configuration/export", {
    ...(passphrase !== undefined && { passphrase }),
  });
  const name = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1];
  return { name: name ?? "gatehouse-configuration.json", content: await answer.blob() };
}

/** What importing would change. */
export async function checkImport(wish: ImportWish): Promise<Change[]> {
  return (await (await send("POST", "/api/configuration/import/check", wish)).json()).changes;
}

export async function importConfiguration(wish: ImportWish): Promise<Changed> {
  return heard(await (await send("POST", "/api/configuration/import", wish)).json());
}
