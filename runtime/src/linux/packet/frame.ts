import { ETHERTYPE_IPV6, ETHERTYPE_VLAN, etherType, VLAN_TAG } from "../../wire/ethernet.ts";

// struct tpacket3_hdr, linux/if_packet.h; a struct sockaddr_ll follows it
const NEXT_OFFSET = 0;
const SECONDS = 4;
const NANOSECONDS = 8;
const CAPTURED_LENGTH = 12;
const ORIGINAL_LENGTH = 16;
const STATUS = 20;
const MAC_OFFSET = 24;
const VLAN_TCI = 32;
const VLAN_TPID = 36;
const PACKET_TYPE = 48 + 10;
const TP_STATUS_VLAN_VALID = 1 << 4;
const TP_STATUS_VLAN_TPID_VALID = 1 << 6;
const PACKET_OUTGOING = 4;

// struct virtio_net_hdr, right before the frame. Its hdr_len is only the length of the kernel's linear buffer.
const VNET_HDR_LENGTH = 10;
const VNET_FLAGS = 0;
const VNET_GSO_TYPE = 1;
const VNET_GSO_SIZE = 4;
const VNET_CSUM_START = 6;
const VIRTIO_NET_HDR_F_NEEDS_CSUM = 1;
const VIRTIO_NET_HDR_GSO_NONE = 0;
const VIRTIO_NET_HDR_GSO_UDP_L4 = 5;

// Where a transport header stands without VLAN tags, IPv4 options and IPv6 extension headers, and TCP's and UDP's lengths.
const USUAL_TRANSPORT = 14 + 20;
const USUAL_TRANSPORT_IPV6 = 14 + 40;
const TCP_DATA_OFFSET = 12;
const MIN_TCP_HEADER = 20;
const UDP_HEADER = 8;

const ETHERTYPE = 12;

/** One captured frame: a view that is reused for the next one, valid only while it is handed over. */
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
  /** Packets on the wire that this frame stands for (GRO, TSO), at least 1. */
  readonly segments: number;
  /** Transport payload bytes in each of several segments but the last; 0 when the frame is one packet. */
  readonly segmentSize: number;
  /** Bytes of all these packets' frames, without their checksums: a super-packet's segments repeat its headers. */
  readonly wireLength: number;
  /** Sent by this machine (PACKET_OUTGOING), not received. */
  readonly outgoing: boolean;
}

/**
 * Reads the frames of one ring into its own fields. The kernel wrote the headers, so their lengths are trusted. An 802.1Q tag
 * that the kernel keeps beside the frame is put back in its place, over the end of what stood before the frame.
 */
export class FrameReader implements CapturedFrame {
  offset = 0;
  capturedLength = 0;
  originalLength = 0;
  seconds = 0;
  nanoseconds = 0;
  segments = 1;
  segmentSize = 0;
  wireLength = 0;
  outgoing = false;

  constructor(
    readonly bytes: Uint8Array,
    readonly view: DataView,
  ) {}

  /**
   * Takes the frame whose tpacket3_hdr is at `header`; where the next one is, or `header` itself at the end of
   * the block.
   */
  read(header: number): number {
    const view = this.view;
    this.seconds = view.getUint32(header + SECONDS, true);
    this.nanoseconds = view.getUint32(header + NANOSECONDS, true);
    this.capturedLength = view.getUint32(header + CAPTURED_LENGTH, true);
    this.originalLength = view.getUint32(header + ORIGINAL_LENGTH, true);
    this.offset = header + view.getUint16(header + MAC_OFFSET, true);
    this.outgoing = view.getUint8(header + PACKET_TYPE) === PACKET_OUTGOING;
    this.#readSegments(this.offset - VNET_HDR_LENGTH);
    const status = view.getUint32(header + STATUS, true);
    if ((status & TP_STATUS_VLAN_VALID) !== 0) this.#putTag(header, status);
    return header + view.getUint32(header + NEXT_OFFSET, true);
  }

  #readSegments(vnet: number): void {
    const view = this.view;
    this.segments = 1;
    this.segmentSize = 0;
    this.wireLength = this.originalLength;
    const type = view.getUint8(vnet + VNET_GSO_TYPE);
    if (type === VIRTIO_NET_HDR_GSO_NONE) return;
    const size = view.getUint16(vnet + VNET_GSO_SIZE, true);
    const headers = this.#headersLength(vnet, type);
    const payload = this.originalLength - headers;
    if (size === 0 || payload <= size) return;
    this.segmentSize = size;
    this.segments = Math.ceil(payload / size);
    this.wireLength += (this.segments - 1) * headers;
  }

  /** The addresses move to make room for it. */
  #putTag(header: number, status: number): void {
    const view = this.view;
    const hasProtocol = (status & TP_STATUS_VLAN_TPID_VALID) !== 0;
    const start = this.offset - VLAN_TAG;
    for (let i = 0; i < ETHERTYPE; i += 4) view.setInt32(start + i, view.getInt32(start + VLAN_TAG + i));
    view.setUint16(
      start + ETHERTYPE,
      hasProtocol ? view.getUint16(header + VLAN_TPID, true) : ETHERTYPE_VLAN,
    );
    view.setUint16(start + ETHERTYPE + 2, view.getUint32(header + VLAN_TCI, true));
    this.offset = start;
    this.capturedLength += VLAN_TAG;
    this.originalLength += VLAN_TAG;
    this.wireLength += this.segments * VLAN_TAG;
  }

  /**
   * Bytes up to the transport payload of a super-packet, whose checksum the kernel has still to finish and so
   * knows its header.
   */
  #headersLength(vnet: number, type: number): number {
    const view = this.view;
    const knowsStart = (view.getUint8(vnet + VNET_FLAGS) & VIRTIO_NET_HDR_F_NEEDS_CSUM) !== 0;
    const transport = knowsStart ? view.getUint16(vnet + VNET_CSUM_START, true) : this.#usualTransport();
    if (type === VIRTIO_NET_HDR_GSO_UDP_L4) return transport + UDP_HEADER;
    if (transport + TCP_DATA_OFFSET >= this.capturedLength) return transport + MIN_TCP_HEADER;
    return transport + (view.getUint8(this.offset + transport + TCP_DATA_OFFSET) >>> 4) * 4;
  }

  #usualTransport(): number {
    return etherType(this.view, this.offset) === ETHERTYPE_IPV6 ? USUAL_TRANSPORT_IPV6 : USUAL_TRANSPORT;
  }
}
