import { existsSync } from "node:fs";

/** systemctl refused; the message is its own. */
export class UnitError extends Error {
  override name = "UnitError";
}

/** Whether systemd runs this machine (sd_booted(3)), so that its units can be started and reloaded. */
export function isBootedBySystemd(): boolean {
  return existsSync("/run/systemd/system");
}

/** Longer than any of our units takes; a manager that does not answer must not hold up everything else. */
const TIMEOUT_MS = 30_000;

/** Runs `systemctl <verb> <unit>…`; as root it needs no D-Bus. Throws UnitError. */
export async function systemctl(
  verb: "start" | "restart" | "stop" | "reload-or-restart",
  ...units: string[]
): Promise<void> {
  const { exited, stderr } = Bun.spawn(["systemctl", verb, ...units], {
    stdout: "ignore",
    stderr: "pipe",
    timeout: TIMEOUT_MS,
  });
  const [status, text] = await Promise.all([exited, new Response(stderr).text()]);
  if (status !== 0)
    throw new UnitError(`systemctl ${verb} ${units.join(" ")}: ${text.trim() || `status ${status}`}`);
}
