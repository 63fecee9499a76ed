import { basename } from "node:path";
import { type FolderChange, synchroniseFolder } from "../storage/folder.ts";
import { systemctl } from "../systemd/units.ts";

/** Access points, one on each radio that has a file "<radio>.conf": gatehouse-hostapd@<radio>.service reads it. */
export interface AccessPoints {
  /**
   * Makes the files those given; restarts the access points whose file changed, stops those whose file went, and starts
   * those that do not run though they should. Throws UnitError or the system's error.
   */
  bring(files: readonly { name: string; text: string }[]): Promise<FolderChange>;
  /** Restarts those of the files given, so that their stations join anew. Throws UnitError. */
  restart(files: readonly { name: string }[]): Promise<void>;
}

/** The access points whose files are in `folder`; the files hold the passphrase and are readable by root alone. */
export function accessPoints(folder: string, control = systemctl): AccessPoints {
  return {
    async bring(files) {
      const change = synchroniseFolder(folder, files, (name) => name.endsWith(".conf"), 0o600);
      const unchanged = files.map(({ name }) => name).filter((name) => !change.written.includes(name));
      if (change.removed.length > 0) await control("stop", ...change.removed.map(unitOf));
      if (change.written.length > 0) await control("restart", ...change.written.map(unitOf));
      if (unchanged.length > 0) await control("start", ...unchanged.map(unitOf));
      return change;
    },
    async restart(files) {
      if (files.length > 0) await control("restart", ...files.map(({ name }) => unitOf(name)));
    },
  };
}

function unitOf(file: string): string {
  return `gatehouse-hostapd@${basename(file, ".conf")}.service`;
}
