import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { RUN } from "./folders.ts";
import { supervisor } from "./linux/systemd/supervisor.ts";
import { AlreadyRunning } from "./service/dataplane/claim.ts";
import { type Dataplane, runDataplane } from "./service/dataplane/server.ts";
import { createLog } from "./service/log.ts";

/** Runs the data plane until the process is told to end or the packet loop has failed; the kernel then carries on what is known. */
export async function runDataPlane(): Promise<void> {
  mkdirSync(RUN, { recursive: true });
  const manager = supervisor(process.env);
  const dataplane = start(join(RUN, "dataplane.sock"));
  manager.ready();
  const watch = () => {
    if (dataplane.isResponsive()) manager.watchdog();
  };
  if (manager.watchdogPeriod !== undefined) setInterval(watch, manager.watchdogPeriod);
  process.once("SIGTERM", () => {
    manager.stopping();
    dataplane.stop();
    process.exit(0);
  });
  createLog("dataplane").error((await dataplane.failed).message);
  process.exit(1);
}

/** A second data plane says why it cannot run, and ends. */
function start(socketPath: string): Dataplane {
  try {
    return runDataplane({ socketPath });
  } catch (error) {
    if (!(error instanceof AlreadyRunning)) throw error;
    createLog("dataplane").error(error.message);
    process.exit(1);
  }
}
