/** Power that goes at random moments while revisions of the configuration are written: each time the old one or the new one is there. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Accelerator, chooseAccelerator } from "@gatehouse/qemu/accelerator.ts";
import { Qmp } from "@gatehouse/qemu/qmp.ts";
import { built, checkout, toolbox } from "@gatehouse/qemu/toolbox.ts";
import { until } from "@gatehouse/qemu/wait.ts";
import { heard, possible } from "../../runtime/src/service/store/saving.fixture.ts";
import { initramfs } from "./initramfs.ts";

setDefaultTimeout(900_000);

const WRITES = 1000;
/** Saves between two losses of power, on the average. */
const SAVES = 100;
const BOOT_WITHIN = 120_000;
const SAVING_WITHIN = 120_000;

const folder = built("lab", `revisions-${process.pid}`);
const file = (name: string) => join(folder, name);
/** The image's kernel, its file system's modules and its Bun, which is in the executable; the store's own code. Nothing else runs. */
const INIT = `#!/bin/bash
export PATH=/usr/bin:/usr/sbin
mkdir -p /proc /sys /dev /image /state
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs devtmpfs /dev
modprobe -a virtio_pci virtio_blk erofs
for part in /dev/vda[0-9]*; do mount -t erofs -o ro $part /image && break; done 2>/dev/null
modprobe -d /image ext4
mount -t ext4 /dev/vdb /state || echo "no state"
BUN_BE_BUN=1 exec /image/usr/bin/gatehouse /saving.js /state/config
`;

let accelerator: Accelerator;
let qemu: Bun.Subprocess<"ignore", "pipe", "inherit"> | undefined;
/** What was on the disk when power went last. */
let disk = { file: file("state.raw"), format: "raw" };

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  accelerator = await chooseAccelerator();
  const source = join(checkout, "runtime/src/service/store/saving.fixture.ts");
  const bundle = await Bun.build({ entrypoints: [source], target: "bun" });
  const ours = initramfs([
    { path: "start", content: INIT, mode: 0o755 },
    { path: "saving.js", content: await bundle.outputs[0]!.text(), mode: 0o644 },
  ]);
  writeFileSync(file("initrd"), Buffer.concat([readFileSync(built("image/gatehouse.initrd")), ours]));
  await Bun.$`truncate -s 256M ${disk.file}`;
  await Bun.$`${toolbox("mkfs.ext4")} -q ${disk.file}`;
});
afterAll(() => {
  qemu?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** Boots the machine, and takes its power away after it has said `lines` lines; what it has said. */
async function saveAndLosePower(round: number, lines: number): Promise<string> {
  qemu = Bun.spawn([...toolbox("qemu-system-x86_64"), ...machine()], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const qmp = await until(
    { what: "QEMU", within: 20_000 },
    () => existsSync(file("qmp")) && Qmp.connect(file("qmp")),
  );
  // Until it is told to flush, QEMU has in memory where in this file what was written is.
  const written = { "snapshot-file": file(`written-${round}.qcow2`), format: "qcow2" };
  await qmp.execute("blockdev-snapshot-sync", { device: "state", ...written });
  await qmp.execute("cont");
  const timer = setTimeout(() => qemu?.kill("SIGKILL"), BOOT_WITHIN + SAVING_WITHIN);
  const decoder = new TextDecoder();
  let said = "";
  for await (const bytes of qemu.stdout) {
    said += decoder.decode(bytes);
    if (said.split("\n").filter((line) => /^sav(ing|ed) /.test(line)).length > lines) qemu.kill("SIGKILL");
  }
  clearTimeout(timer);
  await qemu.exited;
  qmp.close();
  rmSync(file("qmp"), { force: true });
  disk = { file: file(`written-${round}.qcow2`), format: "qcow2" };
  return said;
}

function machine(): string[] {
  const isAccelerated = accelerator === "kvm";
  return [
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-S", "-m", "1024"],
    ...["-machine", "q35", "-accel", isAccelerated ? "kvm" : "tcg,thread=multi"],
    ...["-cpu", isAccelerated ? "host" : "Nehalem", "-smp", "2"],
    ...["-kernel", built("image/gatehouse.vmlinuz"), "-initrd", file("initrd")],
    ...["-append", "console=ttyS0 quiet mitigations=off panic=-1 rdinit=/start"],
    ...drive("image", built("image/gatehouse.raw"), "raw", "readonly=on"),
    ...drive("state", disk.file, disk.format, "cache=writeback"),
    ...["-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"],
    ...["-qmp", `unix:${file("qmp")},server=on,wait=off`],
  ];
}

function drive(id: string, path: string, format: string, options: string): string[] {
  return [
    ...["-drive", `if=none,id=${id},format=${format},file=${path},${options}`],
    ...["-device", `virtio-blk-pci,drive=${id}`],
  ];
}

test("power that goes at random moments during a thousand writes leaves the old revision or the new one", async () => {
  let before = { begun: 0, kept: 0 };
  for (let round = 0; before.kept < WRITES; round++) {
    const said = await saveAndLosePower(round, SAVES + Math.floor(Math.random() * 2 * SAVES));
    const { found, ...now } = heard(said);
    if (found === undefined) throw new Error(`the machine found nothing out:\n${said}`);
    expect(found).toBeOneOf(possible(before));
    console.log(`power went ${round + 1} times: ${found}, then kept ${now.kept}, began ${now.begun}`);
    const number = Number(/\d+/.exec(found)?.[0]);
    before = { begun: Math.max(now.begun, number), kept: Math.max(now.kept, number) };
  }
});
