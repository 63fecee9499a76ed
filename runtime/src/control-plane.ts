import { readFileSync } from "node:fs";
import { join } from "node:path";
import { assets } from "../../build/ui-assets.ts";
import { AccessGuard } from "./api/access-guard.ts";
import { createApi } from "./api/api.ts";
import { vendorOf } from "./api/vendor.ts";
import { parseConfig } from "./config/parse.ts";
import { RUN, STATE } from "./folders.ts";
import { supervisor } from "./linux/systemd/supervisor.ts";
import { Access } from "./service/access/access.ts";
import { createLog } from "./service/log.ts";
import { Router } from "./service/router/router.ts";
import { ConfigStore } from "./service/store/store.ts";

const HTTP_PORT = 80;
const log = createLog("gatehouse");

/** Runs the control plane until the process is told to end. */
export async function runControlPlane(version: string): Promise<void> {
  const manager = supervisor(process.env);
  const store = new ConfigStore(join(STATE, "config"));
  await importFirstConfiguration(store);
  const configuration = await store.load();
  for (const notice of configuration.notices) log.error(notice);

  const access = new Access({ state: STATE, visibleTo: () => router.settings.current.visibleTo });
  const guard = new AccessGuard(access);
  const options = {
    guard,
    get domain() {
      return router.configuration.current().config.domain;
    },
  };
  const listen = (hostname: string) =>
    createApi(router, assets, options).listen({
      hostname,
      port: HTTP_PORT,
    });
  const pages = new Map<string, ReturnType<typeof listen>>();
  const router: Router = new Router({
    version,
    state: STATE,
    run: RUN,
    configuration,
    store,
    trialMs: trialSeconds(process.env) * 1000,
    vendorOf,
    onFailure(error) {
      log.error(`${error.message}; starting again`);
      process.exit(1);
    },
    onPageAddresses(addresses) {
      for (const [address, page] of pages) {
        if (addresses.includes(address)) continue;
        void page.stop(true);
        pages.delete(address);
      }
      for (const address of addresses) {
        if (pages.has(address)) continue;
        pages.set(address, listen(address));
        log.info(`the web page is at ${urlOf(address)}`);
      }
      manager.status(addresses.map(urlOf).join(" "));
    },
  });
  // The console and the machine's own owner reach the page here; the LAN's address comes with the LAN.
  listen("127.0.0.1");
  manager.ready();
  if (manager.watchdogPeriod !== undefined) setInterval(() => manager.watchdog(), manager.watchdogPeriod);
  process.once("SIGTERM", async () => {
    manager.stopping();
    await router.remember();
    await router.traffic.remember();
    process.exit(0);
  });
  log.info(`Gatehouse ${version} is running`);
}

/**
 * How long a change that may part its maker from the router waits for a confirmation. GATEHOUSE_TRIAL_SECONDS shortens it for tests that
 * lock themselves out; people need the time to join another network.
 */
function trialSeconds({ GATEHOUSE_TRIAL_SECONDS }: NodeJS.ProcessEnv): number {
  const asked = Number(GATEHOUSE_TRIAL_SECONDS);
  return asked >= 1 ? asked : 90;
}

function urlOf(address: string): string {
  return `http://${address.includes(":") ? `[${address}]` : address}/`;
}

/** A machine's maker may hand over the first configuration as the systemd credential gatehouse.config; revisions go before it. */
async function importFirstConfiguration(store: ConfigStore): Promise<void> {
  const folder = process.env.CREDENTIALS_DIRECTORY;
  if (folder === undefined || (await store.load()).revision.number > 0) return;
  try {
    const parsed = parseConfig(JSON.parse(readFileSync(join(folder, "gatehouse.config"), "utf8")));
    if ("config" in parsed) {
      await store.save(parsed.config, "credential gatehouse.config", "first start");
      return;
    }
    for (const { path, message, fix } of parsed.faults)
      log.error(`credential gatehouse.config, ${path}: ${message}; ${fix}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT")
      log.error(`credential gatehouse.config cannot be used: ${error}`);
  }
}
