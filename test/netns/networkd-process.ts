import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Namespace, until } from "./linux-namespace.ts";

const TOOLBOX = join(import.meta.dir, "../../build/toolbox");

// A read-only /sys is how networkd knows that no udev will ever announce a link as ready (container interface of systemd). Without
// a machine's identity it takes no IPv6 route from advertisements.
const CONTAINER = `
mount --bind "$1" "$0/run"
mount -t proc proc "$0/proc"
mount -t sysfs -o ro sysfs "$0/sys"
mount --bind "$0/run/machine-id" "$0/etc/machine-id"
exec chroot "$0" /usr/lib/systemd/systemd-networkd
`;

/** The systemd-networkd that the image has, out of the toolbox, in a namespace and with a /run of its own. */
export class Networkd {
  readonly #run = mkdtempSync(join(tmpdir(), "gatehouse-networkd-"));
  #process: Bun.Subprocess | undefined;

  constructor(private readonly namespace: Namespace) {
    chmodSync(this.#run, 0o755);
    mkdirSync(this.units, { recursive: true });
    writeFileSync(join(this.#run, "machine-id"), "0123456789abcdef0123456789abcdef\n");
  }

  /** /run/systemd/network, as seen from here. */
  get units(): string {
    return join(this.#run, "systemd/network");
  }

  /** /run/systemd/netif, as seen from here. */
  get netif(): string {
    return join(this.#run, "systemd/netif");
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.units, name), text);
  }

  async start(): Promise<void> {
    const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", SYSTEMD_LOG_LEVEL: "debug" };
    this.#process = this.namespace.run(() =>
      Bun.spawn(["unshare", "--mount", "sh", "-euc", CONTAINER, TOOLBOX, this.#run], {
        env,
        stdio: ["ignore", "ignore", Bun.file(this.#log)],
      }),
    );
    await until("networkd is up", () => existsSync(join(this.netif, "state")));
  }

  /** Runs `reload` and waits until networkd has read its units again. */
  async reloaded(reload: () => void): Promise<void> {
    const before = this.#reloads();
    reload();
    await until("networkd has reloaded", () => this.#reloads() > before);
  }

  /** Ends it as its unit's stop would. */
  async stop(): Promise<void> {
    this.#process?.kill();
    await this.#process?.exited;
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#run, { recursive: true });
  }

  /** Lines in which networkd finds fault with what it was given. */
  complaints(): string[] {
    return this.log().match(/^.*\.(?:network|netdev):\d+: .*$/gm) ?? [];
  }

  /** All that networkd has said since it was last started. */
  log(): string {
    return readFileSync(this.#log, "utf8");
  }

  get #log(): string {
    return join(this.#run, "networkd.log");
  }

  #reloads(): number {
    return this.log().match(/^Reloaded\.$/gm)?.length ?? 0;
  }
}
