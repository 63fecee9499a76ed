import { basename } from "node:path";
import { type FolderChange, synchroniseFolder } from "../storage/folder.ts";
import { systemctl } from "../systemd/units.ts";

/** Ways to the Internet that sign in, one for each file "<name>.conf": gatehouse-pppoe@<name>.service reads it. */
export interface PppLinks {
  /**
   * Makes the files those given; restarts the links whose file changed, stops those whose file went, and starts those that do
   * not run though they should. Throws UnitError or the system's error.
   */
  bring(files: readonly { name: string; text: string }[]): Promise<FolderChange>;
}

/** The links whose files are in `folder`; the files hold the password and are readable by root alone. */
export function pppLinks(folder: string, control = systemctl): PppLinks {
  return {
    async bring(files) {
      const change = synchroniseFolder(folder, files, (name) => name.endsWith(".conf"), 0o600);
      const unchanged = files.map(({ name }) => name).filter((name) => !change.written.includes(name));
      if (change.removed.length > 0) await control("stop", ...change.removed.map(unitOf));
      if (change.written.length > 0) await control("restart", ...change.written.map(unitOf));
      if (unchanged.length > 0) await control("start", ...unchanged.map(unitOf));
      return change;
    },
  };
}

function unitOf(file: string): string {
  return `gatehouse-pppoe@${basename(file, ".conf")}.service`;
}
