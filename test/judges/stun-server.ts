import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Running } from "@gatehouse/qemu/process.ts";
import { type Namespace, until } from "../netns/linux-namespace.ts";
import { launchIn } from "../netns/program.ts";

const PORT = 3478;
const ALTERNATE_PORT = 3479;

/** coturn with two addresses and two ports, so that it can answer from where it was not asked (RFC 5780 section 3). */
export class StunServer {
  readonly #folder = mkdtempSync(join(tmpdir(), "gatehouse-stun-"));
  readonly #server: Running;

  private constructor(namespace: Namespace, address: string, alternate: string) {
    this.#server = launchIn(namespace)([
      "turnserver",
      // Without Debian's configuration file, which switches RFC 5780 off.
      "-n",
      ...["--no-auth", "--stun-only", "--no-cli", "--no-tls", "--no-dtls", "--log-file=stdout"],
      `--pidfile=${this.#folder}/pid`,
      `--userdb=${this.#folder}/users`,
      `--listening-port=${PORT}`,
      `--alt-listening-port=${ALTERNATE_PORT}`,
      `--listening-ip=${address}`,
      `--listening-ip=${alternate}`,
    ]);
  }

  static async open(namespace: Namespace, address: string, alternate: string): Promise<StunServer> {
    const server = new StunServer(namespace, address, alternate);
    // Its log is block-buffered when it is not a terminal.
    const sockets = () => namespace.command(["ss", "-Hlun", `src ${alternate}:${ALTERNATE_PORT}`]);
    await until("the STUN server listens", () => sockets() !== "", 10_000);
    return server;
  }

  async close(): Promise<void> {
    await this.#server.stop();
    rmSync(this.#folder, { recursive: true });
  }
}
