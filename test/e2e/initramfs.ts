/** A file of an initramfs, by its path without a slash in front. */
export interface InitramfsFile {
  path: string;
  content: string | Uint8Array;
  /** For the owner, of whom there is only one. */
  mode: number;
}

const MAGIC = "070701";
const TRAILER = "TRAILER!!!";
const [REGULAR, FOLDER] = [0o100_000, 0o040_000];

/** An archive that the kernel takes after another one (Documentation/driver-api/early-userspace/buffer-format.rst, "newc"). */
export function initramfs(files: readonly InitramfsFile[]): Uint8Array {
  const folders = new Set(files.flatMap(({ path }) => above(path)));
  const entries = [
    ...[...folders].map((path) => entry(path, FOLDER | 0o755, new Uint8Array())),
    ...files.map(({ path, content, mode }) => entry(path, REGULAR | mode, bytesOf(content))),
    entry(TRAILER, 0, new Uint8Array()),
  ];
  return Buffer.concat(entries);
}

function above(path: string): string[] {
  const names = path.split("/").slice(0, -1);
  return names.map((_, i) => names.slice(0, i + 1).join("/"));
}

function entry(path: string, mode: number, content: Uint8Array): Uint8Array {
  // inode, mode, owner, group, links, time, size, device and its parts, length of the name with its NUL, checksum.
  const fields = [0, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, path.length + 1, 0];
  const head = MAGIC + fields.map((value) => value.toString(16).padStart(8, "0")).join("");
  return Buffer.concat([padded(Buffer.from(`${head}${path}\0`)), padded(content)]);
}

/** To a multiple of four bytes. */
function padded(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, new Uint8Array(-bytes.length & 3)]);
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? Buffer.from(content) : content;
}
