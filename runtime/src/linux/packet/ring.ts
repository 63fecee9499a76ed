import { bind, close, getsockopt, interfaceIndex, setsockopt, socket } from "../ffi/libc.ts";
import { cutPackets } from "../ffi/packet-filter.ts";
import { mapRing, type SharedMemory } from "../ffi/packet-memory.ts";
import { type CapturedFrame, FrameReader } from "./frame.ts";

export type { CapturedFrame } from "./frame.ts";

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOL_PACKET = 263;
const PACKET_RX_RING = 5;
const PACKET_STATISTICS = 6;
const PACKET_VERSION = 10;
const PACKET_VNET_HDR = 15;
const TPACKET_V3 = 2;
const ETH_P_ALL = 0x0003;
const SOL_SOCKET = 1;
const SO_ERROR = 4;

/** Bytes of frames after which a reading ends, whose copies else take long. */
const READING_BYTES = 1 << 20;

// struct tpacket_block_desc: version, offset to private data, then struct tpacket_hdr_v1
const BLOCK_STATUS = 8;
const BLOCK_PACKETS = 12;
const BLOCK_FIRST_PACKET = 16;
const TP_STATUS_KERNEL = 0;
const TP_STATUS_USER = 1;

// The kernel insists on a frame size although V3 packs frames tightly; it must divide the block.
const FRAME_SIZE = 2048;

// A pending error is looked for this seldom because it costs a system call, and this often because until then
// poll does not wait.
const READS_PER_ERROR_CHECK = 64;

export interface RingOptions {
  interface: string;
  /** Bytes captured of each frame from its Ethernet header on. */
  snapLength: number;
  /** Bytes of one block, a multiple of the page size with room for the longest capture, and how many blocks. */
  blockSize: number;
  blockCount: number;
  /** Milliseconds after which a block that is not full is handed over. */
  blockTimeout: number;
}

/** Frames since the ring was opened. */
export interface RingStats {
  received: number;
  /** Not captured because every block was full. */
  dropped: number;
}

/**
 * A TPACKET_V3 ring on one interface that sees what it receives and what this machine sends on it. On a bridge
 * that is the traffic between the bridge's ports and this machine, not what the bridge passes from port to
 * port.
 */
export class PacketRing {
  /** Polls readable when a block is ready. */
  readonly fd: number;
  readonly #memory: SharedMemory;
  readonly #view: DataView;
  readonly #words: Int32Array;
  readonly #frame: FrameReader;
  readonly #blockSize: number;
  readonly #blockCount: number;
  readonly #interface: string;
  #interfaceIndex: number;
  #emptyReads = 0;
  #block = 0;
  /** Frames of the block that are still to be read, and the header of the first of them. */
  #framesLeft = 0;
  #header = 0;
  #received = 0;
  #dropped = 0;

  /** @internal Use `openRing`. */
  constructor(fd: number, memory: SharedMemory, index: number, options: RingOptions) {
    const { blockSize, blockCount } = options;
    this.fd = fd;
    this.#interface = options.interface;
    this.#interfaceIndex = index;
    this.#memory = memory;
    this.#view = new DataView(memory.buffer);
    this.#words = new Int32Array(memory.buffer);
    this.#frame = new FrameReader(new Uint8Array(memory.buffer), this.#view);
    this.#blockSize = blockSize;
    this.#blockCount = blockCount;
  }

  /**
   * Hands over frames that are ready, `limit` and a megabyte and one more at most, without blocking; how many. None means
   * that there are no more now. While the interface is down there are none, and once it is up they come again.
   */
  read(onFrame: (frame: CapturedFrame) => void, limit = Number.MAX_SAFE_INTEGER): number {
    let frames = 0;
    let bytes = 0;
    while (frames < limit && bytes < READING_BYTES && (this.#framesLeft > 0 || this.#openBlock())) {
      this.#header = this.#frame.read(this.#header);
      onFrame(this.#frame);
      frames++;
      bytes += this.#frame.capturedLength;
      if (--this.#framesLeft === 0) this.#giveBack();
    }
    if (frames === 0 && ++this.#emptyReads % READS_PER_ERROR_CHECK === 0) this.#clearError();
    return frames;
  }

  /** Whether the next block is ready and has frames. */
  #openBlock(): boolean {
    // At most once round: blocks without frames are given back at once.
    for (let i = 0; i < this.#blockCount; i++) {
      const start = this.#block * this.#blockSize;
      // Atomic, hence ordered: the kernel's frames are read after its mark and given back after the reading.
      if ((Atomics.load(this.#words, (start + BLOCK_STATUS) / 4) & TP_STATUS_USER) === 0) return false;
      this.#framesLeft = this.#view.getUint32(start + BLOCK_PACKETS, true);
      this.#header = start + this.#view.getUint32(start + BLOCK_FIRST_PACKET, true);
      if (this.#framesLeft > 0) return true;
      this.#giveBack();
    }
    return false;
  }

  #giveBack(): void {
    Atomics.store(this.#words, (this.#block * this.#blockSize + BLOCK_STATUS) / 4, TP_STATUS_KERNEL);
    this.#block = (this.#block + 1) % this.#blockCount;
  }

  /** ENETDOWN, set when the interface goes down, keeps the socket readable until it is fetched. */
  #clearError(): void {
    getsockopt(this.fd, SOL_SOCKET, SO_ERROR, new Uint8Array(4), "SO_ERROR");
  }

  /**
   * Follows the interface's name to a new interface where the former one was removed; call it when links have
   * changed. Throws SystemError, ENODEV while there is none.
   */
  reattach(): void {
    const index = interfaceIndex(this.#interface);
    if (index === this.#interfaceIndex) return;
    this.#clearError();
    bind(this.fd, linkAddress(index));
    this.#interfaceIndex = index;
  }

  /** Throws SystemError. */
  stats(): RingStats {
    // struct tpacket_stats_v3; each reading sets the kernel's counters back to zero, and its "packets" include
    // the drops.
    const counters = new Uint32Array(3);
    getsockopt(this.fd, SOL_PACKET, PACKET_STATISTICS, new Uint8Array(counters.buffer), "PACKET_STATISTICS");
    const [packets = 0, drops = 0] = counters;
    this.#received += packets - drops;
    this.#dropped += drops;
    return { received: this.#received, dropped: this.#dropped };
  }

  /** Unmaps the ring: no view of a frame may be touched afterwards. */
  close(): void {
    this.#memory.unmap();
    close(this.fd);
  }
}

/** Opens a ring on one interface. Throws SystemError (EPERM without CAP_NET_RAW, ENODEV, ENOMEM). */
export function openRing(options: RingOptions): PacketRing {
  const index = interfaceIndex(options.interface);
  // Protocol 0: nothing is captured before the filter and the ring stand.
  const fd = socket(AF_PACKET, SOCK_RAW, 0);
  try {
    setsockopt(fd, SOL_PACKET, PACKET_VERSION, TPACKET_V3, "PACKET_VERSION");
    // Before each frame stands how many segments a super-packet holds.
    setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, 1, "PACKET_VNET_HDR");
    cutPackets(fd, options.snapLength);
    setsockopt(fd, SOL_PACKET, PACKET_RX_RING, ringRequest(options), "PACKET_RX_RING");
    const memory = mapRing(fd, options.blockSize * options.blockCount);
    bind(fd, linkAddress(index));
    return new PacketRing(fd, memory, index, options);
  } catch (error) {
    close(fd);
    throw error;
  }
}

/** struct tpacket_req3 */
function ringRequest({ blockSize, blockCount, blockTimeout }: RingOptions): Uint8Array {
  const frames = (blockSize / FRAME_SIZE) * blockCount;
  return new Uint8Array(
    new Uint32Array([blockSize, blockCount, FRAME_SIZE, frames, blockTimeout, 0, 0]).buffer,
  );
}

/** struct sockaddr_ll for every protocol on one interface. */
function linkAddress(index: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(20));
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, ETH_P_ALL);
  view.setInt32(4, index, true);
  return new Uint8Array(view.buffer);
}
