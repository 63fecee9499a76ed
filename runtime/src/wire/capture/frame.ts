/** Which way a frame went past this machine's interface, coded as the low bits of pcapng's epb_flags. */
export type Direction = 0 | 1 | 2;

export const UNKNOWN_DIRECTION = 0;
/** Received by this machine. */
export const INBOUND = 1;
/** Sent by this machine. */
export const OUTBOUND = 2;

/** LINKTYPE_ETHERNET: frames from the destination address on, without preamble and checksum. */
export const LINKTYPE_ETHERNET = 1;

/**
 * Bytes of one frame at most, well above a super-frame of GRO or TSO (64 KiB). Wireshark refuses files with longer ones
 * (WTAP_MAX_PACKET_SIZE_STANDARD).
 */
export const MAX_CAPTURED_LENGTH = 262_144;

/** A moment since the Unix epoch: 32 bits of seconds, and nanoseconds below 10^9. */
export interface Instant {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** One captured Ethernet frame. */
export interface RecordedFrame extends Instant {
  readonly bytes: Uint8Array;
  /** Where the frame starts in `bytes`. */
  readonly offset: number;
  /** Bytes that are there. */
  readonly capturedLength: number;
  /** Bytes that the frame had, at least `capturedLength`. */
  readonly originalLength: number;
  readonly direction: Direction;
}
