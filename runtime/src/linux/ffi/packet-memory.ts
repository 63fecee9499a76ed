import { type Pointer, toArrayBuffer } from "bun:ffi";
import { errno, libc, SystemError } from "./libc.ts";

/** Memory that the kernel writes and this process reads. */
export interface SharedMemory {
  readonly buffer: ArrayBuffer;
  /** After this, touching `buffer` ends the process. */
  unmap(): void;
}

/** Maps the ring that was set up on the packet socket `fd`. Throws SystemError. */
export function mapRing(fd: number, length: number): SharedMemory {
  return mapShared(fd, length, "packet ring");
}

/** Maps what `fd` stands for, from its beginning. Throws SystemError naming `what`. */
export function mapShared(fd: number, length: number, what: string): SharedMemory {
  const PROT_READ_WRITE = 3;
  const MAP_SHARED = 1;
  const address = libc.mmap(null, length, PROT_READ_WRITE, MAP_SHARED, fd, 0);
  // MAP_FAILED is -1, which arrives as the largest unsigned address.
  if (address === null || Number(address) >= 2 ** 63) throw new SystemError(`mmap ${what}`, errno());
  return {
    buffer: toArrayBuffer(address as Pointer, 0, length),
    unmap: () => void libc.munmap(address as Pointer, length),
  };
}
