export interface RingOptions {
  interface: string;
  /** Bytes captured of each frame from its Ethernet header on. */
  snapLength: number;
  /** Bytes of one block (a multiple of the page size) and how many blocks. */
  blockSize: number;
  blockCount: number;
  /** Milliseconds after which a block that is not full is handed over. */
  blockTimeout: number;
}

/** One captured frame: a view that is reused for the next one, valid only during `onFrame`. */
export interface CapturedFrame {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Where the Ethernet header starts in `bytes`. */
  readonly offset: number;
  readonly capturedLength: number;
  readonly originalLength: number;
  /** The kernel's time stamp, since the Unix epoch. */
  readonly seconds: number;
  readonly nanoseconds: number;
  /** Packets on the wire that this frame stands for (GRO, TSO), at least 1, and the payload bytes of each, 0 when it is one packet. */
  readonly segments: number;
  readonly segmentSize: number;
  /** Sent by this machine (PACKET_OUTGOING), not received. */
  readonly outgoing: boolean;
  /** The 802.1Q TCI that the device took out of the frame, or -1. */
  readonly vlanTci: number;
}

export interface RingStats {
  /** Since the ring was opened. */
  received: number;
  dropped: number;
}

export interface PacketRing {
  readonly fd: number;
  /** Hands over every frame of the blocks that are ready, without blocking; how many. */
  read(onFrame: (frame: CapturedFrame) => void): number;
  stats(): RingStats;
  /** Unmaps the ring: no view of a frame may be touched afterwards. */
  close(): void;
}

/** Opens a TPACKET_V3 ring on one interface. Throws SystemError. */
export declare function openRing(options: RingOptions): PacketRing;
