import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Namespace, until } from "./linux-namespace.ts";

/** What a client told its hook script. */
export interface Event {
  /** In the client's own words: bound, BOUND, REBOOT, nak … */
  reason: string;
  address: string;
  router: string;
  dns: string;
  domain: string;
}

// Each client calls its hook with the same facts under other names. The address is configured as the client would,
// because renewals are unicast from it.
const HOOK = `#!/bin/sh
reason=\${reason:-$1} address=\${new_ip_address:-$ip}
case $reason in bound|renew|BOUND|RENEW|REBIND|REBOOT) ip address replace "$address/24" dev "$interface";; esac
case $reason in deconfig|EXPIRE|nak|NAK) ip address flush dev "$interface";; esac
echo "$reason $address \${new_routers:-$router} \${new_domain_name_servers:-$dns} \${new_domain_name:-$domain}" >>"$EVENTS"
`;

/** A real DHCP client on eth0 of a namespace, with its files in a folder of its own. */
export class DhcpClient {
  readonly #folder = mkdtempSync(join(tmpdir(), "gatehouse-dhcp-client-"));
  #process: Bun.Subprocess | undefined;

  constructor(
    private readonly namespace: Namespace,
    private readonly program: "udhcpc" | "dhclient" | "dhcpcd",
    private readonly hostName: string,
    /** Only dhcpcd: ask by ARP whether the address is in use, which takes seconds. */
    private readonly probing = false,
  ) {
    writeFileSync(join(this.#folder, "hook"), HOOK);
    chmodSync(join(this.#folder, "hook"), 0o755);
    writeFileSync(join(this.#folder, "dhclient.conf"), `send host-name "${hostName}";\n`);
  }

  static isInstalled(program: string): boolean {
    return Bun.which(program, { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" }) !== null;
  }

  start(): void {
    const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", EVENTS: join(this.#folder, "events") };
    this.#process = this.namespace.run(() =>
      Bun.spawn(this.#command(), { env, stdio: ["ignore", "ignore", "ignore"] }),
    );
  }

  signal(name: NodeJS.Signals): void {
    this.#process?.kill(name);
  }

  /** Ends without giving its address back, and forgets what it configured but not its files. */
  async crash(): Promise<void> {
    // dhclient notes a lease only after its hook has told of it.
    if (this.program === "dhclient") await until("the lease noted", () => this.#hasNoted());
    this.#process?.kill("SIGKILL");
    await this.#process?.exited;
    this.namespace.ip("address flush dev eth0");
  }

  #hasNoted(): boolean {
    const address = this.events().at(-1)?.address ?? "";
    const leases = join(this.#folder, "leases");
    return address === "" || (existsSync(leases) && readFileSync(leases, "utf8").includes(address));
  }

  async close(): Promise<void> {
    await this.crash();
    rmSync(this.#folder, { recursive: true });
  }

  events(): Event[] {
    const path = join(this.#folder, "events");
    const lines = existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
    return lines.map((line) => {
      const [reason = "", address = "", router = "", dns = "", domain = ""] = line.split(" ");
      return { reason, address, router, dns, domain };
    });
  }

  #command(): string[] {
    const file = (name: string) => join(this.#folder, name);
    switch (this.program) {
      case "udhcpc":
        return ["udhcpc", "-f", "-i", "eth0", "-s", file("hook"), "-x", `hostname:${this.hostName}`];
      case "dhclient": {
        const files = [
          "-cf",
          file("dhclient.conf"),
          "-lf",
          file("leases"),
          "-pf",
          file("pid"),
          "-sf",
          file("hook"),
        ];
        return ["dhclient", "-d", ...files, "-e", `EVENTS=${file("events")}`, "eth0"];
      }
      case "dhcpcd": {
        // It keeps leases under fixed paths and leaves processes behind when killed; namespaces make both its own.
        // The shell stays: dhcpcd drops its privileges and with them the signal that its parent died.
        const mounts = "mount -t tmpfs none /var/lib/dhcpcd && mount -t tmpfs none /run";
        const options = `${this.probing ? "" : "-A "}-B -4 -h ${this.hostName} -c ${file("hook")} -e EVENTS=${file("events")} -i gatehouse-test`;
        return [
          "unshare",
          "-mpf",
          "--mount-proc",
          "--kill-child",
          "sh",
          "-c",
          `${mounts} && dhcpcd ${options} eth0; exit`,
        ];
      }
    }
  }
}
