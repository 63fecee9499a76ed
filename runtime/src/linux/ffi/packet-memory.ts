import { type Pointer, ptr, toArrayBuffer } from "bun:ffi";
import { errno, libc, SystemError, setsockopt } from "./libc.ts";

const SOL_SOCKET = 1;

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

/** Lets the socket `fd` take only the first `length` bytes of each packet. Throws SystemError. */
export function cutPackets(fd: number, length: number): void {
  const BPF_RET_K = 0x06;
  const SO_ATTACH_FILTER = 26;
  // struct sock_filter: u16 code, u8 jt, u8 jf, u32 k
  const program = new DataView(new ArrayBuffer(8));
  program.setUint16(0, BPF_RET_K, true);
  program.setUint32(4, length, true);
  // struct sock_fprog: u16 count of instructions, then at 8 their address
  const filter = new DataView(new ArrayBuffer(16));
  filter.setUint16(0, 1, true);
  filter.setBigUint64(8, BigInt(ptr(program)), true);
  setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, new Uint8Array(filter.buffer), "SO_ATTACH_FILTER");
}
