import { parsePrefix } from "../../runtime/src/addr/prefix.ts";
import { FrameReader } from "../../runtime/src/linux/packet/frame.ts";
import { FakeFastPath } from "../../runtime/src/nat/fake-fast-path.ts";
import { Nat } from "../../runtime/src/nat/nat.ts";
import { observe } from "../../runtime/src/nat/packet.ts";
import { captureMemoryLength, formatCaptureMemory } from "../../runtime/src/traffic/capture/memory.ts";
import { CaptureRecorder } from "../../runtime/src/traffic/capture/recorder.ts";
import { DeviceCounters } from "../../runtime/src/traffic/device-counters.ts";
import { feedLength, formatFeed } from "../../runtime/src/traffic/feed/memory.ts";
import { FeedWriter } from "../../runtime/src/traffic/feed/writer.ts";
import { Sighting } from "../../runtime/src/traffic/frame.ts";
import { ServerNames } from "../../runtime/src/traffic/names/server-names.ts";

const CALLS = 20_000;
const ROUNDS = 30;
const FLOWS = 1024;
/** In a ring, a frame's tpacket3_hdr, its address and virtio_net_hdr stand before it. */
const BEFORE = 96;
const HOME = [parsePrefix("192.168.77.1/24")!];

/** Headers in a ring's block: as many frames of `length` bytes as there are flows, TCP from client1 with data. */
function blockOf(length: number): { frames: FrameReader; stride: number } {
  const stride = (BEFORE + length + 15) & ~15;
  const bytes = new Uint8Array(stride * FLOWS);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < FLOWS; i++) {
    const header = i * stride;
    view.setUint32(header, stride, true);
    view.setUint32(header + 12, length, true);
    view.setUint32(header + 16, length, true);
    view.setUint16(header + 24, BEFORE, true);
    const frame = header + BEFORE;
    bytes.set(
      [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, (length - 14) >> 8, (length - 14) & 255],
      frame,
    );
    bytes.set([64, 6, 0, 0, 192, 168, 77, 11, 203, 0, 113, 80], frame + 22);
    bytes.set([0x9c, i & 255, 1, 187], frame + 34);
    bytes.set([i >> 8], frame + 33);
    bytes.set([0x50, 0x10], frame + 46);
  }
  return { frames: new FrameReader(bytes, view), stride };
}

/** Nanoseconds that each part of the tap takes for a frame of `length` bytes. */
export function tapParts(length: number): [part: string, ns: number][] {
  const { frames, stride } = blockOf(length);
  const sighting = new Sighting();
  const counters = new DeviceCounters();
  const nat = new Nat({ fastPath: new FakeFastPath(), random: Math.random });
  const feed = new FeedWriter(formatFeed(new ArrayBuffer(feedLength())));
  const captures = new CaptureRecorder(formatCaptureMemory(new ArrayBuffer(captureMemoryLength(4))));
  const names = new ServerNames();
  const { view, bytes } = frames;
  const read = (call: number) => {
    frames.read((call & (FLOWS - 1)) * stride);
    sighting.read(frames, HOME);
  };
  const parts: [string, (call: number) => void][] = [
    ["reading the frame", () => {}],
    ["device's sums", () => counters.add(view, sighting.deviceAt, true, frames.wireLength, frames.segments)],
    [
      "NAT activity",
      () => observe(nat, view, sighting.ip, frames.capturedLength - 14, "outbound", frames.wireLength, 1),
    ],
    ["feed, sums", () => feed.add(sighting.packet)],
    ["feed, packet", () => feed.packet(sighting.packet)],
    [
      "capture",
      () => captures.append(sighting.device, 1, 2, 1, bytes, frames.offset, frames.capturedLength, length),
    ],
    ["server's names", () => names.read(view, sighting.ip, frames.capturedLength - 14, 1)],
  ];
  const both = parts.map(([, part]) => (call: number) => {
    read(call);
    part(call);
  });
  for (const each of both) time(each);
  // The least of many: what else the machine does only adds to it. The first is reading alone, which the others have in them.
  const least = both.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < ROUNDS; round++) {
    both.forEach((each, i) => {
      least[i] = Math.min(least[i]!, time(each));
    });
  }
  return parts.map(([name], i) => [name, Math.max(0, least[i]! - (i === 0 ? 0 : least[0]!))]);
}

/** ns per call. */
function time(once: (call: number) => void): number {
  const start = Bun.nanoseconds();
  for (let call = 0; call < CALLS; call++) once(call);
  return (Bun.nanoseconds() - start) / CALLS;
}
