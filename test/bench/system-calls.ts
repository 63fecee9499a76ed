import { dlopen, FFIType } from "bun:ffi";

/** What the benchmarks call of libc beside what the runtime needs; the calls return -1 and set errno as in the manual pages. */
export const { symbols: calls } = dlopen("libc.so.6", {
  connect: { args: [FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
  listen: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  accept4: { args: [FFIType.i32, FFIType.ptr, FFIType.ptr, FFIType.i32], returns: FFIType.i32 },
  sendmmsg: { args: [FFIType.i32, FFIType.ptr, FFIType.u32, FFIType.i32], returns: FFIType.i32 },
});

export const AF_INET = 2;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_NONBLOCK = 0o4000;

/** struct sockaddr_in */
export function socketAddress(address: string, port: number): Uint8Array {
  const family = [AF_INET, 0];
  return Uint8Array.of(
    ...family,
    port >>> 8,
    port & 255,
    ...address.split(".").map(Number),
    ...Array(8).fill(0),
  );
}
