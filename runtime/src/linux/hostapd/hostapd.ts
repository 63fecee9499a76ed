import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type FolderChange, synchroniseFolder } from "../storage/folder.ts";
import { systemctl } from "../systemd/units.ts";
import { type Amendment, amendments } from "./amendments.ts";
import { askHostapd, ControlError } from "./control.ts";

/** What bringing the access points did. */
export interface AccessPointChange extends FolderChange {
  /** Files whose access point was restarted; the other written ones took the change while they run. */
  restarted: string[];
}

/** Access points, one on each radio that has a file "<radio>.conf": gatehouse-hostapd@<radio>.service reads it. */
export interface AccessPoints {
  /**
   * Makes the files those given. What a network can take while it runs it is told; else its radio's access point restarts. Stops those
   * whose file went, and starts those that do not run though they should. Throws UnitError or the system's error.
   */
  bring(files: readonly { name: string; text: string }[]): Promise<AccessPointChange>;
  /** Restarts those of the files given, so that their stations join anew. Throws UnitError. */
  restart(files: readonly { name: string }[]): Promise<void>;
}

/** The access points whose files are in `folder`; the files hold the passphrase and are readable by root alone. */
export function accessPoints(folder: string, control = systemctl, ask = askHostapd): AccessPoints {
  const takes = ({ network, commands }: Amendment) =>
    commands.every((command) => ask(join(folder, "control"), network, command) === "OK");
  return {
    async bring(files) {
      const amended = new Map(
        files.map(({ name, text }) => [name, amendments(textOf(join(folder, name)), text)]),
      );
      const change = synchroniseFolder(folder, files, (name) => name.endsWith(".conf"), 0o600);
      const restarted = change.written.filter((name) => !isTold(amended.get(name), takes));
      const running = files.map(({ name }) => name).filter((name) => !restarted.includes(name));
      if (change.removed.length > 0) await control("stop", ...change.removed.map(unitOf));
      if (restarted.length > 0) await control("restart", ...restarted.map(unitOf));
      if (running.length > 0) await control("start", ...running.map(unitOf));
      return { ...change, restarted };
    },
    async restart(files) {
      if (files.length > 0) await control("restart", ...files.map(({ name }) => unitOf(name)));
    },
  };
}

/** Whether an access point took all of it; false where it has to restart. */
function isTold(amended: Amendment[] | undefined, takes: (amendment: Amendment) => boolean): boolean {
  if (amended === undefined) return false;
  try {
    return amended.every(takes);
  } catch (error) {
    if (error instanceof ControlError) return false;
    throw error;
  }
}

/** Empty where there is no such file. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function unitOf(file: string): string {
  return `gatehouse-hostapd@${basename(file, ".conf")}.service`;
}
