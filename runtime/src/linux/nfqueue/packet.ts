import { AttributeCursor, type MessageCursor } from "../netlink/message.ts";

// enum nfqnl_attr_type, linux/netfilter/nfnetlink_queue.h
const NFQA_PACKET_HDR = 1;
const NFQA_MARK = 3;
const NFQA_IFINDEX_INDEV = 5;
const NFQA_IFINDEX_OUTDEV = 6;
const NFQA_HWADDR = 9;
const NFQA_PAYLOAD = 10;
const NFQA_CAP_LEN = 13;
const NFGENMSG_LENGTH = 4;

/** One queued packet: a view that is reused for the next one, valid only while it is handed over. */
export interface QueuedPacket {
  /** Names the packet in its verdict. */
  readonly id: number;
  /**
   * The receive buffer; the packet's IP header starts at `offset`, and `length` bytes of the packet are there.
   */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly offset: number;
  readonly length: number;
  /** The packet's whole length where it was cut, else `length`. */
  readonly originalLength: number;
  /** Interface indices, 0 when there is none at this hook. */
  readonly inInterface: number;
  readonly outInterface: number;
  /** NF_INET_* hook number: 0 prerouting, 1 input, 2 forward, 3 output, 4 postrouting. */
  readonly hook: number;
  readonly mark: number;
  /** Where the six bytes of the source MAC are in `bytes`, or -1. */
  readonly macOffset: number;
}

/** Reads NFQNL_MSG_PACKET messages out of one receive buffer into its own fields. */
export class PacketReader implements QueuedPacket {
  id = 0;
  offset = 0;
  length = 0;
  originalLength = 0;
  inInterface = 0;
  outInterface = 0;
  hook = 0;
  mark = 0;
  macOffset = -1;
  readonly view: DataView;
  readonly #attribute: AttributeCursor;

  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#attribute = new AttributeCursor(this.view);
  }

  /** Takes the fields of one message; false when it names no packet. */
  read(message: MessageCursor): boolean {
    this.#reset();
    let isPacket = false;
    const attribute = this.#attribute.over(message.offset + NFGENMSG_LENGTH, message.end);
    while (attribute.next()) {
      if (attribute.type === NFQA_PACKET_HDR && attribute.length >= 7) {
        this.id = attribute.u32Be();
        this.hook = this.view.getUint8(attribute.offset + 6);
        isPacket = true;
      } else this.#take(attribute);
    }
    if (this.originalLength === 0) this.originalLength = this.length;
    return isPacket;
  }

  #reset(): void {
    this.length = 0;
    this.originalLength = 0;
    this.inInterface = 0;
    this.outInterface = 0;
    this.mark = 0;
    this.macOffset = -1;
  }

  #take(attribute: AttributeCursor): void {
    switch (attribute.type) {
      case NFQA_MARK:
        this.mark = attribute.u32Be();
        break;
      case NFQA_IFINDEX_INDEV:
        this.inInterface = attribute.u32Be();
        break;
      case NFQA_IFINDEX_OUTDEV:
        this.outInterface = attribute.u32Be();
        break;
      case NFQA_HWADDR:
        // struct nfqnl_msg_packet_hw: the address's length, padding, the address
        if (attribute.length >= 10 && attribute.u16Be() === 6) this.macOffset = attribute.offset + 4;
        break;
      case NFQA_CAP_LEN:
        this.originalLength = attribute.u32Be();
        break;
      case NFQA_PAYLOAD:
        this.offset = attribute.offset;
        this.length = attribute.length;
        break;
    }
  }
}
