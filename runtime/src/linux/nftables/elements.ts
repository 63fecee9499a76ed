import type { NetlinkSocket } from "../netlink/socket.ts";

/** A map or set of an nft table; make it once with `elementMap` and keep it. */
export interface ElementMap {
  readonly family: "ip" | "inet";
  readonly table: string;
  readonly name: string;
}

/** The map or set `name` of table `table`; nothing is asked of the kernel. */
export declare function elementMap(family: "ip" | "inet", table: string, name: string): ElementMap;

/**
 * Additions to and removals from existing maps and sets, of one or several tables, that take effect together or not at all.
 * Synchronous and reusable: after `commit` it is empty again. Keys and data are in network byte order; each part of a concatenated key is padded
 * at its end to four bytes (protocol . address . port is 12 bytes).
 */
export declare class ElementTransaction {
  constructor(socket: NetlinkSocket);
  /** Operations gathered so far. */
  readonly size: number;
  /** Whether no further operation is sure to fit: commit first. */
  readonly full: boolean;
  /** Adds `key` with `data` (none for a set). The bytes are copied at once. The same element again is no error; other data under the key is EEXIST or EBUSY. */
  add(map: ElementMap, key: Uint8Array, data?: Uint8Array): void;
  /** Removes `key`; that it is not there fails the transaction with ENOENT. */
  remove(map: ElementMap, key: Uint8Array): void;
  /** Sends all. Throws NetlinkError, and then nothing was changed. */
  commit(): void;
}

/** Calls `visit` with every element; the bytes are valid only during the call. Data is empty in a set. Throws NetlinkError. */
export declare function dumpElements(
  socket: NetlinkSocket,
  map: ElementMap,
  visit: (key: Uint8Array, data: Uint8Array) => void,
): void;
