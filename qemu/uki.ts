import { join } from "node:path";
import { Place } from "./place.ts";
import { toolbox } from "./toolbox.ts";

/** What a direct boot needs of a unified kernel image: files in a folder, and the kernel's command line. */
export interface Kernel {
  readonly kernel: string;
  readonly initrd: string;
  readonly commandLine: string;
}

const sectorSize = 512;
const espType = "28732ac11ff8d211ba4b00a0c93ec93b";
const here = new Place("lab", []);

/** Byte offset of the EFI system partition of a GPT disk image (UEFI specification, section 5.3). */
export function findEsp(header: Uint8Array, entries: (offset: number, length: number) => Uint8Array): number {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (new TextDecoder().decode(header.subarray(0, 8)) !== "EFI PART") throw new Error("disk: no GPT header");
  const first = Number(view.getBigUint64(72, true)) * sectorSize;
  const count = view.getUint32(80, true);
  const size = view.getUint32(84, true);
  const table = entries(first, count * size);
  for (let index = 0; index < count; index++) {
    const entry = table.subarray(index * size, (index + 1) * size);
    if (Buffer.from(entry.subarray(0, 16)).toString("hex") !== espType) continue;
    return Number(new DataView(entry.buffer, entry.byteOffset, size).getBigUint64(32, true)) * sectorSize;
  }
  throw new Error("disk: no EFI system partition");
}

/** Sections of a PE image by name (PE format, "Section Table"), as views of it. */
export function peSections(image: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const coff = view.getUint32(0x3c, true) + 4;
  const count = view.getUint16(coff + 2, true);
  const table = coff + 20 + view.getUint16(coff + 16, true);
  const sections = new Map<string, Uint8Array>();
  for (let index = 0; index < count; index++) {
    const header = table + index * 40;
    const name = new TextDecoder().decode(image.subarray(header, header + 8)).replace(/\0+$/, "");
    const size = Math.min(view.getUint32(header + 8, true), view.getUint32(header + 16, true));
    const start = view.getUint32(header + 20, true);
    sections.set(name, image.subarray(start, start + size));
  }
  return sections;
}

/** Takes kernel, initrd and command line out of the unified kernel image on a flashed disk. */
export async function extractKernel(disk: string, folder: string): Promise<Kernel> {
  const read = async (offset: number, length: number) =>
    new Uint8Array(
      await Bun.file(disk)
        .slice(offset, offset + length)
        .arrayBuffer(),
    );
  const header = await read(sectorSize, sectorSize);
  const table = await read(2 * sectorSize, 128 * 128);
  const esp = findEsp(header, (offset, length) => table.subarray(offset - 1024, offset - 1024 + length));
  const uki = join(folder, "uki.efi");
  await here.run([...toolbox("mcopy"), "-n", "-i", `${disk}@@${esp}`, "::/EFI/Linux/*.efi", uki]);
  const sections = peSections(await Bun.file(uki).bytes());
  const part = (name: string) => {
    const section = sections.get(name);
    if (!section) throw new Error(`unified kernel image: no section ${name}`);
    return section;
  };
  const kernel = { kernel: join(folder, "vmlinuz"), initrd: join(folder, "initrd") };
  await Bun.write(kernel.kernel, part(".linux"));
  await Bun.write(kernel.initrd, part(".initrd"));
  const commandLine = new TextDecoder().decode(part(".cmdline")).replace(/\0/g, "").trim();
  return { ...kernel, commandLine };
}
