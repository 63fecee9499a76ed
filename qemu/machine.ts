import { existsSync, mkdirSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { type Accelerator, chooseAccelerator } from "./accelerator.ts";
import { Agent, agentCredentials, agentPort } from "./agent.ts";
import type { Namespaces } from "./namespaces.ts";
import type { Running } from "./process.ts";
import { Qmp } from "./qmp.ts";
import type { Router } from "./router.ts";
import { SerialConsole } from "./serial-console.ts";
import { built, toolbox } from "./toolbox.ts";
import { type Link, topology } from "./topology.ts";
import { until } from "./wait.ts";

/** How the machine is put together. */
export interface MachineOptions {
  /** systemd credentials (systemd.system-credentials(7)) by name, over SMBIOS. */
  readonly credentials?: Readonly<Record<string, string>>;
  /**
   * The folder of a disk that outlives the machine: the first one flashes it, the next boots what is on it. What it was not told to flush is
   * lost with the power. Without, the disk goes with the machine, and flushing costs no time.
   */
  readonly disk?: string;
}

interface Disk {
  readonly file: string;
  readonly format: "raw" | "qcow2";
}

const image = built("image/gatehouse.raw");
const tools = built("image/lab-tools.erofs");
const diskSize = 8 * 1024 ** 3;
/**
 * For an emulated processor on a busy machine: mitigations cost half of its speed and protect nothing here, and a disk
 * is partitioned at a tenth of the speed of the slowest real one.
 */
const extraArguments = "mitigations=off systemd.default_device_timeout_sec=180";
/** Where QEMU's sockets are inside the lab. */
const sockets = "/run/hosts/router";

/** The router as a virtual machine whose firmware (OVMF) boots the disk as flashed. */
export class Machine implements Router {
  readonly kind = "machine";
  private readonly folder: string;
  private qemu: Running | undefined;
  private qmp: Qmp | undefined;
  private serial: SerialConsole | undefined;
  private shell: Agent | undefined;
  private chosen: Accelerator | undefined;

  constructor(
    private readonly namespaces: Namespaces,
    private readonly options: MachineOptions = {},
  ) {
    this.folder = options.disk ?? built("lab", String(process.pid));
  }

  /** A root shell inside. */
  get agent(): Agent {
    return running(this.shell);
  }

  /** What runs it, once it is installed. */
  get accelerator(): Accelerator {
    return running(this.chosen);
  }

  /** Flashes the disk and starts QEMU, which waits for `start` before its first instruction. */
  async install(): Promise<void> {
    const disk = await this.disk();
    this.chosen = await chooseAccelerator();
    await this.namespaces.root.sh(
      `mkdir -p ${sockets}; ${topology.links.map(({ name }) => `ip tuntap add dev ${name} mode tap`).join("; ")}`,
    );
    this.qemu = this.namespaces.root.start([...toolbox("qemu-system-x86_64"), ...(await this.command(disk))]);
    await this.connect();
    if (this.options.disk !== undefined && disk.format === "raw") await this.loseUnflushed();
    // QEMU holds them open: they disappear with it, however it ends.
    if (this.options.disk === undefined) rmSync(this.folder, { recursive: true });
    for (const link of topology.links) {
      await this.namespaces.move(link.name, link.host, link.interface, link.mac);
    }
  }

  async start(): Promise<void> {
    running(this.serial).powerOn();
    await running(this.qmp).execute("cont");
  }

  async reboot(): Promise<void> {
    this.agent.reset();
    await running(this.qmp).execute("system_reset");
  }

  async restartControlPlane(): Promise<void> {
    await this.agent.started(60_000, () => this.tail());
    await this.agent.sh("systemctl restart gatehouse.service", 120_000);
  }

  async plug(link: Link["name"], plugged: boolean): Promise<void> {
    await running(this.qmp).execute("set_link", { name: `${link}-port`, up: plugged });
  }

  /** Takes power away in the middle of whatever is under way, and with it what the disk has not flushed. */
  async cut(): Promise<void> {
    const qemu = running(this.qemu);
    this.qmp?.close();
    this.qmp = undefined;
    await this.namespaces.root.sh(`kill -KILL $(cat ${sockets}/pid)`);
    await until({ what: "end of QEMU", within: 10_000 }, () => qemu.exited);
  }

  tail(): string {
    const machine = `QEMU (${this.chosen}) ${this.qemu?.exited ? "has ended" : "runs"}`;
    return [machine, this.qemu?.tail(), this.serial?.tail()].filter(Boolean).join("\n");
  }

  async stop(): Promise<void> {
    await this.qmp?.execute("quit").catch(() => undefined);
    this.qmp?.close();
    this.shell?.close();
    this.serial?.close();
    await this.qemu?.stop();
    for (const link of topology.links) {
      await this.namespaces.get(link.host).run(["ip", "link", "del", link.interface], { mayFail: true });
    }
    if (this.options.disk === undefined) rmSync(this.folder, { recursive: true, force: true });
  }

  /** What was written since it was flashed, where that is kept, else the disk as flashed. */
  private async disk(): Promise<Disk> {
    const written = join(this.folder, "written.qcow2");
    if (existsSync(written)) return { file: written, format: "qcow2" };
    return { file: await this.flash(), format: "raw" };
  }

  /** From now on writes go to a file of which QEMU has in memory, until it is told to flush, where what was written is. */
  private async loseUnflushed(): Promise<void> {
    const written = { "snapshot-file": join(this.folder, "written.qcow2"), format: "qcow2" };
    await running(this.qmp).execute("blockdev-snapshot-sync", { device: "disk", ...written });
  }

  /** Copies the image to a larger disk, as flashing does. */
  private async flash(): Promise<string> {
    if (!existsSync(image)) throw new Error(`lab: ${image} is missing: run 'make image' first`);
    mkdirSync(this.folder, { recursive: true });
    const disk = join(this.folder, "disk.raw");
    await this.namespaces.root.run(["cp", "--sparse=always", "--reflink=auto", image, disk]);
    truncateSync(disk, diskSize);
    return disk;
  }

  private async command(disk: Disk): Promise<string[]> {
    const cache = this.options.disk === undefined ? "unsafe" : "writeback";
    const accelerated = this.chosen === "kvm";
    return [
      "-nodefaults",
      "-no-user-config",
      "-display",
      "none",
      "-S",
      ...["-machine", "q35", "-accel", accelerated ? "kvm" : "tcg,thread=multi"],
      // Emulated, a processor with few features is the fastest.
      ...["-cpu", accelerated ? "host" : "Nehalem", "-smp", "2", "-m", "2048"],
      ...(await this.firmware()),
      ...drive("disk", disk, `cache=${cache},discard=unmap`),
      ...(existsSync(tools) ? drive("tools", { file: tools, format: "raw" }, "readonly=on") : []),
      ...["-pidfile", `${sockets}/pid`],
      ...socket("qmp"),
      ...["-mon", "chardev=qmp,mode=control"],
      ...socket("console"),
      ...["-serial", "chardev:console"],
      ...socket("agent"),
      ...["-device", "virtio-serial-pci", "-device", `virtserialport,chardev=agent,name=${agentPort}`],
      ...["-device", "virtio-rng-pci"],
      ...["-smbios", "type=1,manufacturer=Gatehouse,product=Lab,uuid=6f2d5a3e-9c41-4b7a-8a3e-2b9d5c7e1f00"],
      ...credentials({ ...agentCredentials(), ...this.options.credentials }),
      ...topology.links.flatMap(port),
    ];
  }

  private async firmware(): Promise<string[]> {
    const folder = built("toolbox/usr/share/OVMF");
    const variables = join(this.folder, "variables.fd");
    await this.namespaces.root.run(["cp", join(folder, "OVMF_VARS_4M.fd"), variables]);
    return [
      ...["-drive", `if=pflash,unit=0,format=raw,readonly=on,file=${join(folder, "OVMF_CODE_4M.fd")}`],
      ...["-drive", `if=pflash,unit=1,format=raw,file=${variables}`],
      ...["-smbios", `type=11,value=io.systemd.stub.kernel-cmdline-extra=${extraArguments}`],
    ];
  }

  private async connect(): Promise<void> {
    const path = (name: string) => `/proc/${this.namespaces.pid}/root${sockets}/${name}`;
    const qemu = running(this.qemu);
    this.qmp = await until({ what: "QEMU", within: 20_000, tail: () => qemu.tail() }, () => {
      if (qemu.exited) throw new Error("it has ended");
      return Qmp.connect(path("qmp"));
    });
    this.serial = await SerialConsole.connect(path("console"), built("lab/console.log"));
    this.shell = await Agent.connect(path("agent"));
  }
}

function running<T>(part: T | undefined): T {
  if (part === undefined) throw new Error("router: it has not been started");
  return part;
}

function drive(id: string, { file, format }: Disk, options: string): string[] {
  return [
    ...["-drive", `if=none,id=${id},format=${format},file=${file},${options}`],
    ...["-device", `virtio-blk-pci,drive=${id},serial=${id}`],
  ];
}

function socket(name: string): string[] {
  return ["-chardev", `socket,id=${name},path=${sockets}/${name},server=on,wait=off`];
}

function port(link: Link): string[] {
  return [
    ...["-netdev", `tap,id=${link.name},ifname=${link.name},script=no,downscript=no`],
    ...["-device", `virtio-net-pci,id=${link.name}-port,netdev=${link.name},mac=${link.port}`],
  ];
}

/** Credentials as SMBIOS strings (systemd-stub(7), smbios-type-11(7)). */
function credentials(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => [
    "-smbios",
    `type=11,value=io.systemd.credential.binary:${name}=${Buffer.from(value).toString("base64")}`,
  ]);
}
