import {
  type Instant,
  LINKTYPE_ETHERNET,
  MAX_CAPTURED_LENGTH,
  type RecordedFrame,
  UNKNOWN_DIRECTION,
} from "./frame.ts";
import { type CaptureOutput, copyBytes } from "./output.ts";
import {
  END_OF_OPTIONS,
  OptionList,
  optionLength,
  padded,
  utf8,
  writeBytesOption,
} from "./pcapng-options.ts";
import { writeTimestamp } from "./timestamp.ts";

/**
 * The pcapng format (draft-ietf-opsawg-pcapng), little-endian: one section of unknown length, so that it can be streamed
 * and end after any block. First the section's header, then an interface's description, then its frames; interfaces
 * are numbered from 0 in the order of their descriptions, which may stand between frames, too.
 */
const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const INTERFACE_STATISTICS = 5;
const ENHANCED_PACKET = 6;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const VERSION_MAJOR = 1;
const VERSION_MINOR = 0;
const UNKNOWN_LENGTH = 0xffffffff;

const OPT_COMMENT = 1;
const SHB_HARDWARE = 2;
const SHB_OS = 3;
const SHB_USERAPPL = 4;
const IF_NAME = 2;
const IF_DESCRIPTION = 3;
const IF_TSRESOL = 9;
const EPB_FLAGS = 2;
const ISB_STARTTIME = 2;
const ISB_ENDTIME = 3;
const ISB_IFRECV = 4;
const ISB_IFDROP = 5;

/** Time stamps count units of 10^-9 s. */
const NANOSECONDS = 9;

/** Block type, the block's length, and that length once more at its end. */
const FRAMING = 12;
const BODY = 8;
const FRAME_BODY = 20;

/** What wrote the capture. Texts are cut at 65535 bytes of UTF-8; empty ones are left out. */
export interface Section {
  readonly hardware?: string;
  readonly os?: string;
  readonly application?: string;
  readonly comment?: string;
}

/** Where frames were captured. */
export interface CapturedInterface {
  readonly name: string;
  readonly description?: string;
  readonly comment?: string;
}

/** Sums over an interface's capture, below 2^53. */
export interface InterfaceStatistics {
  readonly at: Instant;
  readonly start?: Instant;
  readonly end?: Instant;
  /** Frames that were seen, those dropped included. */
  readonly received: number;
  /** Frames that were seen and are not in the capture because something was too slow. */
  readonly dropped: number;
  readonly comment?: string;
}

/** Opens the section: the first block. False when it does not fit. */
export function writeSectionHeader(out: CaptureOutput, section: Section): boolean {
  const options = new OptionList();
  options.text(OPT_COMMENT, section.comment);
  options.text(SHB_HARDWARE, section.hardware);
  options.text(SHB_OS, section.os);
  options.text(SHB_USERAPPL, section.application);
  const at = openBlock(out, SECTION_HEADER, 16 + options.length);
  if (at < 0) return false;
  const { view } = out;
  view.setUint32(at, BYTE_ORDER_MAGIC, true);
  view.setUint16(at + 4, VERSION_MAJOR, true);
  view.setUint16(at + 6, VERSION_MINOR, true);
  view.setUint32(at + 8, UNKNOWN_LENGTH, true);
  view.setUint32(at + 12, UNKNOWN_LENGTH, true);
  options.write(out, at + 16);
  return true;
}

/** Describes the section's next interface. False when it does not fit. */
export function writeInterfaceDescription(out: CaptureOutput, captured: CapturedInterface): boolean {
  const options = new OptionList();
  options.text(OPT_COMMENT, captured.comment);
  options.text(IF_NAME, captured.name);
  options.text(IF_DESCRIPTION, captured.description);
  options.add(IF_TSRESOL, Uint8Array.of(NANOSECONDS));
  const at = openBlock(out, INTERFACE_DESCRIPTION, 8 + options.length);
  if (at < 0) return false;
  out.view.setUint16(at, LINKTYPE_ETHERNET, true);
  out.view.setUint16(at + 2, 0, true);
  out.view.setUint32(at + 4, MAX_CAPTURED_LENGTH, true);
  options.write(out, at + 8);
  return true;
}

/** Writes a frame of the interface with the number `captured`; without a comment it makes no object. False when it does not fit. */
export function writeEnhancedPacket(
  out: CaptureOutput,
  captured: number,
  frame: RecordedFrame,
  comment = "",
): boolean {
  const length = Math.min(frame.capturedLength, MAX_CAPTURED_LENGTH);
  const text = comment === "" ? undefined : utf8(comment);
  const hasFlags = frame.direction !== UNKNOWN_DIRECTION;
  let options = hasFlags ? 8 : 0;
  if (text !== undefined) options += optionLength(text);
  if (options > 0) options += END_OF_OPTIONS;
  const at = openBlock(out, ENHANCED_PACKET, FRAME_BODY + padded(length) + options);
  if (at < 0) return false;
  const { view } = out;
  view.setUint32(at, captured, true);
  writeTimestamp(view, at + 4, frame.seconds, frame.nanoseconds);
  view.setUint32(at + 12, length, true);
  view.setUint32(at + 16, frame.originalLength, true);
  copyBytes(frame.bytes, frame.offset, length, out.bytes, at + FRAME_BODY);
  let end = at + FRAME_BODY + length;
  while ((end - at) % 4 !== 0) view.setUint8(end++, 0);
  if (text !== undefined) end = writeBytesOption(out, end, OPT_COMMENT, text);
  if (hasFlags) {
    view.setUint16(end, EPB_FLAGS, true);
    view.setUint16(end + 2, 4, true);
    view.setUint32(end + 4, frame.direction, true);
    end += 8;
  }
  if (options > 0) view.setUint32(end, 0, true);
  return true;
}

/** Writes an interface's sums, at the end of its capture or whenever they have changed. False when it does not fit. */
export function writeInterfaceStatistics(
  out: CaptureOutput,
  captured: number,
  statistics: InterfaceStatistics,
): boolean {
  const options = new OptionList();
  options.text(OPT_COMMENT, statistics.comment);
  options.instant(ISB_STARTTIME, statistics.start);
  options.instant(ISB_ENDTIME, statistics.end);
  options.count(ISB_IFRECV, statistics.received);
  options.count(ISB_IFDROP, statistics.dropped);
  const at = openBlock(out, INTERFACE_STATISTICS, 12 + options.length);
  if (at < 0) return false;
  out.view.setUint32(at, captured, true);
  writeTimestamp(out.view, at + 4, statistics.at.seconds, statistics.at.nanoseconds);
  options.write(out, at + 12);
  return true;
}

/** Frames a block round `length` bytes, a multiple of 4; where they start, or -1 when the block does not fit. */
function openBlock(out: CaptureOutput, type: number, length: number): number {
  const total = FRAMING + length;
  const start = out.take(total);
  if (start < 0) return -1;
  out.view.setUint32(start, type, true);
  out.view.setUint32(start + 4, total, true);
  out.view.setUint32(start + total - 4, total, true);
  return start + BODY;
}
