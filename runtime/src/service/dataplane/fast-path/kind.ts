import type { NetlinkSocket } from "../../../linux/netlink/socket.ts";
import { type ElementMap, elementMap } from "../../../linux/nftables/elements.ts";
import { NAT_TABLE } from "../../../render/nat.ts";

/** Receives one element: its key, and its data where it is one of a map. The bytes are valid during the call. */
export type OnElement = (map: ElementMap, key: Uint8Array, data?: Uint8Array) => void;

/** How entries of one kind are kept in the table's sets and maps. */
export interface Kind<Entry> {
  /** The elements that an entry has. */
  elements(entry: Entry, visit: OnElement): void;
  /** The elements that any entry with the same endpoints could have. */
  possible(entry: Entry, visit: OnElement): void;
  /** Visits the entries that there are. */
  dump(socket: NetlinkSocket, visit: (...entry: Entry & unknown[]) => void): void;
}

/** A set or map of the NAT's table. */
export const natMap = (name: string): ElementMap => elementMap("ip", NAT_TABLE, name);

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A key or data in network byte order, in a buffer that is reused: each part of a concatenation takes four bytes. */
export class Bytes {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.#view = new DataView(this.bytes.buffer);
  }

  u8(at: number, value: number): this {
    this.#view.setUint8(at, value);
    return this;
  }

  u16(at: number, value: number): this {
    this.#view.setUint16(at, value);
    return this;
  }

  u32(at: number, value: number): this {
    this.#view.setUint32(at, value);
    return this;
  }
}
