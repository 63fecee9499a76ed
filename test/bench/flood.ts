/**
 * Sends UDP datagrams that fill 64-byte Ethernet frames, as fast as one core can, for as long as asked:
 * `flood.ts <address> <port> <seconds>`. One flow, from a socket of its own.
 */
import { dlopen, FFIType, ptr } from "bun:ffi";
import { bind, close, socket } from "../../runtime/src/linux/ffi/libc.ts";

const { symbols } = dlopen("libc.so.6", {
  connect: { args: [FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
  sendmmsg: { args: [FFIType.i32, FFIType.ptr, FFIType.u32, FFIType.i32], returns: FFIType.i32 },
});

const AF_INET = 2;
const SOCK_DGRAM = 2;
const BATCH = 64;
/** 64 bytes less Ethernet header, checksum, IP and UDP header. */
const PAYLOAD = 64 - 14 - 4 - 20 - 8;
/** struct mmsghdr on 64-bit Linux: a msghdr of 56 bytes and the length sent. */
const MMSGHDR = 64;
const SOURCE_PORT = 20000;

const [address = "", port = "", seconds = ""] = process.argv.slice(2);

const fd = socket(AF_INET, SOCK_DGRAM, 0);
bind(fd, socketAddress("0.0.0.0", SOURCE_PORT));
const target = socketAddress(address, Number(port));
symbols.connect(fd, ptr(target), target.length);

const payload = new Uint8Array(PAYLOAD);
const vector = new BigUint64Array([BigInt(ptr(payload)), BigInt(PAYLOAD)]);
const messages = new BigUint64Array((BATCH * MMSGHDR) / 8);
for (let i = 0; i < BATCH; i++) {
  // msg_iov and msg_iovlen stand at 16 and 24 of the msghdr; the socket is connected, so there is no name.
  messages[i * 8 + 2] = BigInt(ptr(vector));
  messages[i * 8 + 3] = 1n;
}
const pointer = ptr(messages);
for (const end = performance.now() + Number(seconds) * 1000; performance.now() < end; ) {
  symbols.sendmmsg(fd, pointer, BATCH, 0);
}
close(fd);

/** struct sockaddr_in */
function socketAddress(text: string, number: number): Uint8Array {
  return Uint8Array.of(
    AF_INET,
    0,
    number >>> 8,
    number & 255,
    ...text.split(".").map(Number),
    ...Array(8).fill(0),
  );
}
