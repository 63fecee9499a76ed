import { macAt } from "../../addr/mac.ts";
import { formatRemote } from "../../addr/remote.ts";
import {
  FRAME_HEADER,
  KIND,
  type LiveFrame,
  type LiveName,
  type LivePacket,
  type LiveSum,
  MODE_LENGTH,
  PACKET_RECORD,
  PACKETS_HEADER,
  REASONS,
  SUMS_HEADER,
  SUMS_RECORD,
} from "./frame.ts";

/** Reads one frame; undefined for what is none, of a kind unknown here or not as long as it says. Works in browsers, too. */
export function decodeLiveFrame(bytes: Uint8Array): LiveFrame | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (bytes[0]) {
    case KIND.sums:
      return sums(bytes, view);
    case KIND.packets:
      return packets(bytes, view);
    case KIND.mode:
      return mode(view);
    case KIND.names:
      return names(bytes);
    default:
      return undefined;
  }
}

function sums(bytes: Uint8Array, view: DataView): LiveFrame | undefined {
  const offsets = recordOffsets(view, SUMS_HEADER, SUMS_RECORD);
  if (offsets === undefined) return undefined;
  const at = view.getFloat64(FRAME_HEADER, true);
  return { kind: "sums", at, records: offsets.map((offset) => sumAt(bytes, view, offset)) };
}

function packets(bytes: Uint8Array, view: DataView): LiveFrame | undefined {
  const offsets = recordOffsets(view, PACKETS_HEADER, PACKET_RECORD);
  if (offsets === undefined) return undefined;
  return { kind: "packets", records: offsets.map((offset) => packetAt(bytes, view, offset)) };
}

/** Where the records are, whose count is the header's end; undefined when the frame is not as long as they are. */
function recordOffsets(view: DataView, header: number, recordLength: number): number[] | undefined {
  if (view.byteLength < header) return undefined;
  const count = view.getUint16(header - 2, true);
  if (view.byteLength !== header + count * recordLength) return undefined;
  return Array.from({ length: count }, (_, i) => header + i * recordLength);
}

function sumAt(bytes: Uint8Array, view: DataView, at: number): LiveSum {
  return {
    device: macAt(bytes, at),
    remote: remoteAt(view, at + 6),
    protocol: view.getUint8(at + 22),
    port: view.getUint16(at + 24, true),
    up: view.getUint32(at + 26, true),
    down: view.getUint32(at + 30, true),
    upPackets: view.getUint32(at + 34, true),
    downPackets: view.getUint32(at + 38, true),
  };
}

function packetAt(bytes: Uint8Array, view: DataView, at: number): LivePacket {
  return {
    seconds: view.getUint32(at, true),
    nanoseconds: view.getUint32(at + 4, true),
    device: macAt(bytes, at + 8),
    remote: remoteAt(view, at + 14),
    up: view.getUint8(at + 30) === 1,
    protocol: view.getUint8(at + 31),
    localPort: view.getUint16(at + 32, true),
    remotePort: view.getUint16(at + 34, true),
    tcpFlags: view.getUint8(at + 36),
    length: view.getUint32(at + 38, true),
    segments: view.getUint16(at + 42, true),
  };
}

function remoteAt(view: DataView, at: number): string {
  const words = Uint32Array.of(0, 0, 0, 0);
  for (let word = 0; word < 4; word++) words[word] = view.getUint32(at + word * 4);
  return formatRemote(words);
}

function mode(view: DataView): LiveFrame | undefined {
  if (view.byteLength !== MODE_LENGTH) return undefined;
  const why = REASONS[view.getUint8(3)];
  if (why === undefined) return undefined;
  return {
    kind: "mode",
    mode: view.getUint8(2) === 1 ? "packets" : "sums",
    why,
    leftOut: view.getUint32(4, true),
  };
}

function names(bytes: Uint8Array): LiveFrame | undefined {
  try {
    const json = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(FRAME_HEADER));
    const names: unknown = JSON.parse(json);
    return Array.isArray(names) ? { kind: "names", names: names as LiveName[] } : undefined;
  } catch {
    return undefined;
  }
}
