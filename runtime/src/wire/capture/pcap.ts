import { LINKTYPE_ETHERNET, MAX_CAPTURED_LENGTH, type RecordedFrame } from "./frame.ts";
import { type CaptureOutput, copyBytes } from "./output.ts";

/**
 * The classic pcap format with nanoseconds (draft-ietf-opsawg-pcap), little-endian. It knows neither directions nor
 * comments nor drops.
 */
const MAGIC_NANOSECONDS = 0xa1b23c4d;
const VERSION_MAJOR = 2;
const VERSION_MINOR = 4;
const FILE_HEADER = 24;
const RECORD_HEADER = 16;

/** Writes the file's header; false when it does not fit. */
export function writePcapHeader(out: CaptureOutput): boolean {
  const at = out.take(FILE_HEADER);
  if (at < 0) return false;
  const { view } = out;
  view.setUint32(at, MAGIC_NANOSECONDS, true);
  view.setUint16(at + 4, VERSION_MAJOR, true);
  view.setUint16(at + 6, VERSION_MINOR, true);
  // Both words were time zone and accuracy once and are zero now.
  view.setUint32(at + 8, 0, true);
  view.setUint32(at + 12, 0, true);
  view.setUint32(at + 16, MAX_CAPTURED_LENGTH, true);
  view.setUint32(at + 20, LINKTYPE_ETHERNET, true);
  return true;
}

/** Writes one frame; false when it does not fit. */
export function writePcapFrame(out: CaptureOutput, frame: RecordedFrame): boolean {
  const captured = Math.min(frame.capturedLength, MAX_CAPTURED_LENGTH);
  const at = out.take(RECORD_HEADER + captured);
  if (at < 0) return false;
  const { view } = out;
  view.setUint32(at, frame.seconds, true);
  view.setUint32(at + 4, frame.nanoseconds, true);
  view.setUint32(at + 8, captured, true);
  view.setUint32(at + 12, frame.originalLength, true);
  copyBytes(frame.bytes, frame.offset, captured, out.bytes, at + RECORD_HEADER);
  return true;
}
