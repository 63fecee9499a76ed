import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What setting the kernel's parameters did. */
export interface SysctlChange {
  changed: string[];
  /** Parameters that this kernel or namespace does not let be set, each with the system's reason. */
  refused: { key: string; reason: string }[];
}

/**
 * Sets kernel parameters, paths below /proc/sys, that differ from what is wanted. One that is missing (a module not
 * loaded) or read-only (outside the first network namespace) is reported and the others are set all the same; one that is
 * missing and optional is passed over.
 */
export function setSysctls(
  wanted: readonly { key: string; value: string; optional?: true }[],
  root = "/proc/sys",
): SysctlChange {
  const change: SysctlChange = { changed: [], refused: [] };
  for (const { key, value, optional } of wanted) {
    try {
      const path = join(root, key);
      // The kernel answers with a tab between the numbers of a list.
      if (readFileSync(path, "utf8").trim().replace(/\s+/g, " ") === value) continue;
      writeFileSync(path, value);
      change.changed.push(key);
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? String(error);
      if (optional && reason === "ENOENT") continue;
      change.refused.push({ key, reason });
    }
  }
  return change;
}
