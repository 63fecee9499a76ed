import { closeSync, openSync, readFileSync } from "node:fs";
import { built, toolbox } from "./toolbox.ts";

/** What runs the guest's instructions: the processor itself, or QEMU's translator. */
export type Accelerator = "kvm" | "tcg";

/** On a processor that runs guests the firmware speaks within two seconds; a nested one may never. */
const firmwareSpeaksWithin = 15_000;

/**
 * KVM where it works. GATEHOUSE_LAB_ACCELERATOR=tcg asks for the translator even so: slower, and the same on every machine.
 * A processor flag and a /dev/kvm that opens are no proof: under some hypervisors a guest then never comes to its first
 * instruction. So the firmware is tried, without a disk.
 */
export async function chooseAccelerator(): Promise<Accelerator> {
  const asked = process.env.GATEHOUSE_LAB_ACCELERATOR;
  if (asked !== undefined && asked !== "tcg" && asked !== "kvm") {
    throw new Error(`lab: GATEHOUSE_LAB_ACCELERATOR is "${asked}": make it tcg or kvm, or leave it out`);
  }
  if (asked !== undefined) return asked;
  return promisesKvm() && (await firmwareSpeaks("kvm")) ? "kvm" : "tcg";
}

function promisesKvm(): boolean {
  if (!/^flags\s*:.*\b(vmx|svm)\b/m.test(readFileSync("/proc/cpuinfo", "utf8"))) return false;
  try {
    closeSync(openSync("/dev/kvm", "r+"));
    return true;
  } catch {
    return false;
  }
}

/** Whether the firmware, run by `accelerator`, says anything on the serial port. */
export async function firmwareSpeaks(accelerator: Accelerator): Promise<boolean> {
  const code = built("toolbox/usr/share/OVMF/OVMF_CODE_4M.fd");
  const qemu = Bun.spawn(
    [
      ...toolbox("qemu-system-x86_64"),
      ...["-nodefaults", "-no-user-config", "-display", "none", "-machine", "q35", "-m", "256"],
      ...["-accel", accelerator, "-cpu", accelerator === "kvm" ? "host" : "Nehalem"],
      ...["-drive", `if=pflash,unit=0,format=raw,readonly=on,file=${code}`],
      ...["-serial", "stdio"],
    ],
    { stdin: "pipe", stdout: "pipe", stderr: "ignore", timeout: firmwareSpeaksWithin, killSignal: "SIGKILL" },
  );
  try {
    for await (const bytes of qemu.stdout) if (bytes.length > 0) return true;
    return false;
  } finally {
    qemu.kill("SIGKILL");
    await qemu.exited;
  }
}
