import { basename } from "node:path";
import { type FolderChange, synchroniseFolder } from "../storage/folder.ts";
import { systemctl } from "../systemd/units.ts";

/** Runs an access point on each radio that has a file "<radio>.conf": gatehouse-hostapd@<radio>.service reads it. */
export interface AccessPoints {
  /** Makes the files those given; they hold the passphrase and are readable by root alone. Throws the system's error. */
  synchronise(files: readonly { name: string; text: string }[]): FolderChange;
  /** Restarts the access points whose file was written and stops those whose file was removed. Throws UnitError. */
  restart(change: FolderChange): Promise<void>;
}

export function accessPoints(folder: string, control = systemctl): AccessPoints {
  return {
    synchronise: (files) => synchroniseFolder(folder, files, (name) => name.endsWith(".conf"), 0o600),
    async restart({ written, removed }) {
      if (removed.length > 0) await control("stop", ...removed.map(unitOf));
      if (written.length > 0) await control("restart", ...written.map(unitOf));
    },
  };
}

function unitOf(file: string): string {
  return `gatehouse-hostapd@${basename(file, ".conf")}.service`;
}
