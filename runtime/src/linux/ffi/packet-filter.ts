import { ptr } from "bun:ffi";
import { setsockopt } from "./libc.ts";

const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;

// Classic BPF, linux/filter.h: return a constant; load the packet's length, or what is at an offset; the length of an IPv4 header into
// X; skip one way or the other where it is above a constant, or equal to it.
const RET_K = 0x06;
const LD_H_ABS = 0x28;
const LD_B_ABS = 0x30;
const LD_H_IND = 0x48;
const LDX_B_MSH = 0xb1;
const JEQ_K = 0x15;
const LD_W_LEN = 0x80;
const JGT_K = 0x25;
const INSTRUCTION = 8;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, constant: number];

/** Lets the socket `fd` take only the first `length` bytes of each packet. Throws SystemError. */
export function cutPackets(fd: number, length: number): void {
  attach(fd, [[RET_K, 0, 0, length]]);
}

/** Lets the socket `fd` take only `head` bytes of packets with more than `above`, and `length` of others. Throws SystemError. */
export function cutLongPackets(fd: number, above: number, head: number, length: number): void {
  attach(fd, [
    [LD_W_LEN, 0, 0, 0],
    [JGT_K, 0, 1, above],
    [RET_K, 0, 0, head],
    [RET_K, 0, 0, length],
  ]);
}

/**
 * Lets the packet socket `fd`, which sees whole frames, take what answers a search for a provider: UDP to port 68 (DHCP) and frames of
 * PPPoE's discovery. Throws SystemError.
 */
export function takeOffers(fd: number): void {
  const [PPPOE_DISCOVERY, IPV4, UDP, DHCP_CLIENT] = [0x8863, 0x0800, 17, 68];
  const [ETHERTYPE, IP, PROTOCOL] = [12, 14, 23];
  attach(fd, [
    [LD_H_ABS, 0, 0, ETHERTYPE],
    [JEQ_K, 6, 0, PPPOE_DISCOVERY],
    [JEQ_K, 0, 6, IPV4],
    [LD_B_ABS, 0, 0, PROTOCOL],
    [JEQ_K, 0, 4, UDP],
    [LDX_B_MSH, 0, 0, IP],
    [LD_H_IND, 0, 0, IP + 2],
    [JEQ_K, 0, 1, DHCP_CLIENT],
    [RET_K, 0, 0, 0xffff],
    [RET_K, 0, 0, 0],
  ]);
}

function attach(fd: number, instructions: readonly Instruction[]): void {
  // struct sock_filter: u16 code, u8 jt, u8 jf, u32 k
  const program = new DataView(new ArrayBuffer(instructions.length * INSTRUCTION));
  instructions.forEach(([code, ifTrue, ifFalse, constant], i) => {
    program.setUint16(i * INSTRUCTION, code, true);
    program.setUint8(i * INSTRUCTION + 2, ifTrue);
    program.setUint8(i * INSTRUCTION + 3, ifFalse);
    program.setUint32(i * INSTRUCTION + 4, constant, true);
  });
  // struct sock_fprog: u16 count of instructions, then at 8 their address
  const filter = new DataView(new ArrayBuffer(16));
  filter.setUint16(0, instructions.length, true);
  filter.setBigUint64(8, BigInt(ptr(program)), true);
  setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, new Uint8Array(filter.buffer), "SO_ATTACH_FILTER");
}
