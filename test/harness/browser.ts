import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";

export interface BrowserOptions {
  /** Words before the browser's own command, such as ["nsenter", "--net=/run/netns/laptop"]. */
  prefix?: readonly string[];
  /** The browser to run; Debian's by default. */
  executable?: string;
}

/** A home network has no update server: the browser asks nobody but the page under test. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // For its maker's servers it asks in spite of all these.
  "--host-resolver-rules=MAP *.com ~NOTFOUND",
];

/**
 * Starts a headless Chromium with an empty profile, if asked within a network namespace: it is driven over a pipe, so
 * its network need not be reachable from here. Closing it removes what it wrote.
 */
export async function launchBrowser(options: BrowserOptions = {}): Promise<Browser & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-browser-"));
  const launcher = join(folder, "chromium");
  const command = [...(options.prefix ?? []), options.executable ?? "/usr/bin/chromium"];
  await Bun.write(launcher, `#!/bin/sh\nexec ${command.map(quoted).join(" ")} "$@"\n`);
  await chmod(launcher, 0o755);
  const remove = () => rm(folder, { recursive: true, force: true });
  const env = { ...process.env, FONTCONFIG_FILE: join(import.meta.dir, "fonts.conf") };
  const browser = await chromium
    .launch({ executablePath: launcher, args: FLAGS, env })
    .catch(async (cause) => {
      await remove();
      throw new Error(`browser: ${command.join(" ")} did not start`, { cause });
    });
  browser.on("disconnected", remove);
  return Object.assign(browser, { [Symbol.asyncDispose]: () => browser.close() });
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
