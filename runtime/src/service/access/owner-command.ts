import { createLog } from "../log.ts";
import { OwnerAccount } from "./account.ts";
import { SessionFile } from "./session-file.ts";

/**
 * Does what the words after `gatehouse owner` ask for; the exit status. Whoever may remove the file in `state` is root on the router,
 * and so its owner, whatever the password. The running router sees at once that it is gone.
 */
export function runOwner(words: readonly string[], state: string): number {
  if (words.length !== 1 || words[0] !== "reset") {
    console.error(
      "gatehouse: owner takes the word reset and nothing else; gatehouse --help lists the commands",
    );
    return 2;
  }
  try {
    const log = createLog("owner");
    const wasSet = new OwnerAccount(state, log).remove();
    new SessionFile(state, log).remove();
    console.log(
      wasSet
        ? "The owner's password is forgotten, and every browser signed out. Open the router's page and choose a new one now: whoever comes first does."
        : "Nobody has chosen the owner's password yet. Open the router's page and choose it: whoever comes first does.",
    );
    return 0;
  } catch (error) {
    const isDenied = ["EACCES", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "");
    console.error(
      isDenied
        ? "gatehouse owner: only root may do this; run it as root on the router"
        : `gatehouse owner: ${(error as Error).message}`,
    );
    return 1;
  }
}
