import { existsSync } from "node:fs";
import { isRoot, type Namespaces } from "./namespaces.ts";
import type { Place } from "./place.ts";
import type { Running } from "./process.ts";
import type { Router } from "./router.ts";
import { built } from "./toolbox.ts";
import { type Link, topology } from "./topology.ts";
import { until } from "./wait.ts";

const root = built("toolbox");

/** What the router's ports are called; the first is the WAN. */
const ports: Record<Link["name"], string> = { wan: "eth0", lan1: "eth1", lan2: "eth2" };

/**
 * The runtime asks for hardware when it chooses ports by itself; virtual Ethernet is taken when it is named.
 * Imported like any first configuration, see systemd.system-credentials(7).
 */
const configuration = { version: 1, wan: { port: ports.wan }, lan: { ports: [ports.lan1, ports.lan2] } };

/**
 * Makes the toolbox's tree the router's file system: systemd-networkd, nft and iptables are those of the image's
 * distribution. /sys is read-only, which tells networkd that no udev will announce interfaces.
 */
const furnish = `
mount -t proc proc ${root}/proc
mount -t sysfs -o ro sysfs ${root}/sys
mount --rbind /dev ${root}/dev
mount -t tmpfs -o mode=755 tmpfs ${root}/run
mount -t tmpfs -o mode=755 tmpfs ${root}/var/lib
mount --bind ${built()} ${root}/mnt
mkdir ${root}/var/lib/gatehouse
# Without a machine's identity networkd takes no IPv6 route from advertisements.
echo 0123456789abcdef0123456789abcdef >${root}/var/lib/machine-id
mount --bind ${root}/var/lib/machine-id ${root}/etc/machine-id`;

/** A user namespace has no other user to change to than its root, who is nobody outside. */
const alone = `
for file in passwd group; do
  sed -E '/^systemd-network:/s/:[0-9]+/:0/g' ${root}/etc/$file >${root}/var/lib/$file
  mount --bind ${root}/var/lib/$file ${root}/etc/$file
done`;

/** What is not kept over a reboot; the kernel, which stays, would tell that there was none. */
const boot = `
umount ${root}/proc/sys/kernel/random/boot_id 2>/dev/null || true
rm -rf ${root}/run/*
cat /proc/sys/kernel/random/uuid >${root}/run/boot_id
mount --bind ${root}/run/boot_id ${root}/proc/sys/kernel/random/boot_id
mkdir -p ${root}/run/systemd/network ${root}/run/gatehouse ${root}/run/credentials/gatehouse
cat >${root}/run/credentials/gatehouse/gatehouse.config`;

/** What a process of the runtime is for: the data plane, or all else. */
type Role = "dataplane" | "run";

/** The router as a namespace in which the runtime runs on this machine's kernel, next to a real systemd-networkd. */
export class Native implements Router {
  readonly kind = "native";
  private place: Place | undefined;
  private processes: Running[] = [];

  constructor(
    private readonly namespaces: Namespaces,
    private readonly config: object = configuration,
    /** Of the control plane, such as { GATEHOUSE_TRIAL_SECONDS: "10" }. */
    private readonly environment: Readonly<Record<string, string>> = {},
  ) {}

  async install(): Promise<void> {
    if (!existsSync(built("gatehouse"))) {
      throw new Error(`lab: ${built("gatehouse")} is missing: run 'make build' first`);
    }
    this.place = await this.namespaces.host("router");
    await this.place.sh(isRoot() ? furnish : furnish + alone);
    for (const link of topology.links) {
      const end = `${link.name}-port`;
      await this.namespaces.root.run([
        "ip",
        "link",
        "add",
        "name",
        link.name,
        "type",
        "veth",
        "peer",
        "name",
        end,
      ]);
      await this.namespaces.move(link.name, link.host, link.interface, link.mac);
      await this.namespaces.move(end, "router", ports[link.name], link.port);
    }
  }

  async start(): Promise<void> {
    await this.router.sh(boot, { input: JSON.stringify(this.config) });
    this.processes = [this.launch("networkd", "/usr/lib/systemd/systemd-networkd")];
    await until({ what: "networkd", within: 10_000, tail: () => this.tail() }, async () => {
      const state = `${root}/run/systemd/netif/state`;
      return (await this.router.run(["test", "-e", state], { mayFail: true })).status === 0;
    });
    this.revive("dataplane", "run");
  }

  async reboot(): Promise<void> {
    await this.end();
    await this.router.sh(`
      nft flush ruleset
      for kind in bridge vlan; do
        ip -oneline link show type "$kind" | while IFS=': @' read -r _ name _; do ip link del "$name"; done
      done
      for port in ${Object.values(ports).join(" ")}; do ip addr flush dev "$port"; ip link set "$port" down; done`);
    await this.start();
  }

  async restartControlPlane(): Promise<void> {
    await this.router.sh(`
      process=$(pgrep --exact --full "/mnt/gatehouse run")
      kill "$process"
      tail --pid="$process" --follow /dev/null`);
    this.revive("run");
  }

  /** Kills the processes of these roles, as a crash does. */
  async kill(...roles: readonly Role[]): Promise<void> {
    for (const role of roles) {
      const { stdout } = await this.router.run(["pgrep", "--exact", "--full", `/mnt/gatehouse ${role}`]);
      await this.router.run(["kill", "-KILL", ...stdout.trim().split("\n")]);
    }
  }

  /** Starts them again, as systemd does. */
  revive(...roles: readonly Role[]): void {
    for (const role of roles) this.processes.push(this.launch(role, "/mnt/gatehouse", role));
  }

  async plug(link: Link["name"], plugged: boolean): Promise<void> {
    const { host, interface: device } = topology.links.find(({ name }) => name === link)!;
    await this.namespaces.get(host).run(["ip", "link", "set", device, plugged ? "up" : "down"]);
  }

  tail(): string {
    return this.processes.map((process) => process.tail()).join("\n");
  }

  async stop(): Promise<void> {
    await this.end();
  }

  private get router(): Place {
    if (!this.place) throw new Error("router: it has not been installed");
    return this.place;
  }

  private launch(name: string, ...command: string[]): Running {
    const environment = ["PATH=/usr/sbin:/usr/bin", "CREDENTIALS_DIRECTORY=/run/credentials/gatehouse"];
    environment.push(...Object.entries(this.environment).map(([name, value]) => `${name}=${value}`));
    return this.router.start(["chroot", root, "env", "-i", ...environment, ...command], name);
  }

  private async end(): Promise<void> {
    for (const process of this.processes.reverse()) await process.stop();
    this.processes = [];
  }
}
