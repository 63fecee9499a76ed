import { type FolderChange, synchroniseFolder } from "../storage/folder.ts";

/**
 * Makes networkd's volatile units those given; others' stay. Ours are known by how their names start. Files are
 * readable by everyone, as networkd runs as a user of its own and they hold no secret. Throws the system's error.
 */
export function synchroniseUnits(
  files: readonly { name: string; text: string }[],
  prefix: string,
  folder = "/run/systemd/network",
): FolderChange {
  return synchroniseFolder(folder, files, (name) => name.startsWith(prefix));
}
