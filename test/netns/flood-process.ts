/**
 * Sends frames from an interface as fast as one core can, or at a rate, until it is told to end or has sent its count:
 * `flood-process.ts <options as JSON>`. Its report is what the interface took.
 */
import { dlopen, FFIType, ptr } from "bun:ffi";
import { parseIPv4 } from "../../runtime/src/addr/ipv4.ts";
import { bind, interfaceIndex, setsockopt, socket } from "../../runtime/src/linux/ffi/libc.ts";
import type { FloodOptions, FloodReport } from "./flood.ts";
import { FLOODS, type FloodTarget, FRAME_LENGTH } from "./flood-frames.ts";
import { serve } from "./program.ts";

const { symbols } = dlopen("libc.so.6", {
  sendmmsg: { args: [FFIType.i32, FFIType.ptr, FFIType.u32, FFIType.i32], returns: FFIType.i32 },
});

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOL_PACKET = 263;
const PACKET_QDISC_BYPASS = 20;
const BATCH = 64;
/** struct mmsghdr on 64-bit Linux: a msghdr of 56 bytes and the length sent. */
const MMSGHDR = 64;
/** Milliseconds of sending between two looks at what else there is to do. */
const TURN = 2;

const options: FloodOptions = JSON.parse(process.argv[2] ?? "");
const target: FloodTarget = {
  sourceMac: macBytes(options.sourceMac),
  destinationMac: macBytes(options.destinationMac),
  source: parseIPv4(options.source)!,
  sources: options.sources ?? 1,
  destination: parseIPv4(options.destination)!,
  port: options.port ?? 9,
};
const writeFrame = FLOODS[options.kind];
const fd = openPacketSocket(options.interface);
const frames = new Uint8Array(BATCH * FRAME_LENGTH);
const views = Array.from(
  { length: BATCH },
  (_, i) => new DataView(frames.buffer, i * FRAME_LENGTH, FRAME_LENGTH),
);
const vectors = new BigUint64Array(BATCH * 2);
const messages = new BigUint64Array((BATCH * MMSGHDR) / 8);
for (let i = 0; i < BATCH; i++) {
  vectors[2 * i] = BigInt(ptr(frames) + i * FRAME_LENGTH);
  // msg_iov and msg_iovlen stand at 16 and 24 of the msghdr; the socket is bound to the interface, so there is no name.
  messages[i * 8 + 2] = BigInt(ptr(vectors) + i * 16);
  messages[i * 8 + 3] = 1n;
}

const begin = performance.now();
const count = options.count ?? Number.POSITIVE_INFINITY;
let written = 0;
let sent = 0;
let isEnding = false;

function sendBatch(size: number): void {
  for (let i = 0; i < size; i++) vectors[2 * i + 1] = BigInt(writeFrame(views[i]!, target, written + i));
  written += size;
  sent += Math.max(symbols.sendmmsg(fd, ptr(messages), size, 0), 0);
}

/** Frames that may be sent now. */
function due(): number {
  if (options.rate === undefined) return Math.min(BATCH, count - written);
  const allowed = Math.floor(((performance.now() - begin) * options.rate) / 1000);
  return Math.min(BATCH, count - written, allowed - written);
}

function turn(): void {
  const end = performance.now() + TURN;
  for (let size = due(); size > 0 && performance.now() < end; size = due()) sendBatch(size);
  if (isEnding || written >= count) return;
  if (due() > 0) setImmediate(turn);
  else setTimeout(turn, 1);
}

turn();
serve(() => {
  isEnding = true;
  return { sent, seconds: (performance.now() - begin) / 1000 } satisfies FloodReport;
});

function openPacketSocket(name: string): number {
  const packets = socket(AF_PACKET, SOCK_RAW, 0);
  // Past the queueing discipline, which would only count.
  setsockopt(packets, SOL_PACKET, PACKET_QDISC_BYPASS, 1, "PACKET_QDISC_BYPASS");
  // struct sockaddr_ll
  const address = new DataView(new ArrayBuffer(20));
  address.setUint16(0, AF_PACKET, true);
  address.setInt32(4, interfaceIndex(name), true);
  bind(packets, new Uint8Array(address.buffer));
  return packets;
}

function macBytes(text: string): Uint8Array {
  return Uint8Array.from(text.split(":"), (part) => Number.parseInt(part, 16));
}
