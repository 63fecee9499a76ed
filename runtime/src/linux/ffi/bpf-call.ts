import { ptr } from "bun:ffi";
import { errno, libc, SystemError } from "./libc.ts";

/** The number of bpf(2) on this machine's architecture. */
const SYS_BPF = process.arch === "arm64" ? 280 : 321;

/** bpf(2): the command's attributes are put together by the caller. Throws SystemError naming `what`, with the detail if there is one. */
export function bpf(
  command: number,
  attributes: DataView,
  what: string,
  detail: () => string = () => "",
): number {
  const result = Number(libc.syscall(SYS_BPF, command, ptr(attributes), attributes.byteLength));
  if (result < 0) throw new SystemError(`bpf ${what}`, errno(), detail());
  return result;
}

/** The address of `bytes` for an attribute; they must be kept until the call is over. */
export function addressOf(bytes: Uint8Array): bigint {
  return BigInt(ptr(bytes));
}
