import {
  AttributeCursor,
  MessageBuilder,
  type MessageCursor,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_REQUEST,
} from "../netlink/message.ts";
import type { NetlinkSocket } from "../netlink/socket.ts";

// linux/netfilter/nfnetlink.h and nf_tables.h
const NFNL_SUBSYS_NFTABLES = 10;
const NFNL_MSG_BATCH_BEGIN = 0x10;
const NFNL_MSG_BATCH_END = 0x11;
const NFT_MSG_NEWSETELEM = (NFNL_SUBSYS_NFTABLES << 8) | 12;
const NFT_MSG_GETSETELEM = (NFNL_SUBSYS_NFTABLES << 8) | 13;
const NFT_MSG_DELSETELEM = (NFNL_SUBSYS_NFTABLES << 8) | 14;
const NFT_MSG_DESTROYSETELEM = (NFNL_SUBSYS_NFTABLES << 8) | 30;
const NFTA_SET_ELEM_LIST_TABLE = 1;
const NFTA_SET_ELEM_LIST_SET = 2;
const NFTA_SET_ELEM_LIST_ELEMENTS = 3;
const NFTA_LIST_ELEM = 1;
const NFTA_SET_ELEM_KEY = 1;
const NFTA_SET_ELEM_DATA = 2;
const NFTA_DATA_VALUE = 1;
const NFPROTO = { inet: 1, ip: 2 };
const NFGENMSG_LENGTH = 4;

// About 1000 elements of a map with a 12-byte key; the kernel's default send buffer takes a datagram of this
// size.
const TRANSACTION_LENGTH = 131072;
// Any one element: headers, two names of at most 255 bytes, key and data of at most 64.
const MAX_OPERATION_LENGTH = 1024;
// So that operations that belong together, as those for one binding do, need not be parted.
const SURE_TO_FIT = 15;

/** A map or set of an nft table; make it once with `elementMap` and keep it. */
export interface ElementMap {
  readonly family: keyof typeof NFPROTO;
  readonly table: string;
  readonly name: string;
  /** What every message about it begins with: struct nfgenmsg, and the attributes that name table and set. */
  readonly prologue: Uint8Array;
}

/** The map or set `name` of table `table`; nothing is asked of the kernel. */
export function elementMap(family: keyof typeof NFPROTO, table: string, name: string): ElementMap {
  const prologue = new MessageBuilder(MAX_OPERATION_LENGTH);
  nfGenericHeader(prologue, NFPROTO[family], 0);
  prologue.attributeText(NFTA_SET_ELEM_LIST_TABLE, table).attributeText(NFTA_SET_ELEM_LIST_SET, name);
  return { family, table, name, prologue: prologue.bytes.slice(0, prologue.length) };
}

/**
 * Additions to and removals from existing maps and sets, of one or several tables, that take effect together or
 * not at all. Synchronous and reusable: after `commit` it is empty again. Keys and data are in network byte
 * order; each part of a concatenated key is padded at its end to four bytes (protocol . address . port is 12
 * bytes), anything else is not.
 */
export class ElementTransaction {
  readonly #request = new MessageBuilder(TRANSACTION_LENGTH);
  readonly #socket: Requests;
  #sequence = 0;
  #size = 0;

  constructor(socket: Requests) {
    this.#socket = socket;
  }

  /** Operations gathered so far. */
  get size(): number {
    return this.#size;
  }

  /** Whether it is not sure that 15 further operations fit: commit first. */
  get full(): boolean {
    return this.#size > 0 && this.#request.room < (SURE_TO_FIT + 1) * MAX_OPERATION_LENGTH;
  }

  /**
   * Adds `key` with `data` (none for a set). The bytes are copied at once. The same element again is no error;
   * other data under a key that is there fails the transaction with EEXIST or EBUSY.
   */
  add(map: ElementMap, key: Uint8Array, data?: Uint8Array): void {
    this.#operation(NFT_MSG_NEWSETELEM, NLM_F_CREATE, map, key, data);
  }

  /** Removes `key`; that it is not there fails the transaction with ENOENT. */
  remove(map: ElementMap, key: Uint8Array): void {
    this.#operation(NFT_MSG_DELSETELEM, 0, map, key, undefined);
  }

  /** Removes `key` where it is there. Linux 6.3; older kernels fail the transaction with EINVAL. */
  destroy(map: ElementMap, key: Uint8Array): void {
    this.#operation(NFT_MSG_DESTROYSETELEM, 0, map, key, undefined);
  }

  /**
   * Sends all. Throws NetlinkError, and then nothing was changed; its messageIndex n means the n-th operation,
   * 0 the whole.
   */
  commit(): void {
    if (this.#size === 0) return;
    this.#size = 0;
    // Of the messages in a batch only those that ask are acknowledged, in order, once the batch is committed.
    this.#request.addFlags(NLM_F_ACK);
    const lastOperation = this.#sequence;
    this.#batchMarker(NFNL_MSG_BATCH_END);
    this.#socket.exchange("nft transaction", this.#request, lastOperation);
  }

  #operation(
    type: number,
    flags: number,
    map: ElementMap,
    key: Uint8Array,
    data: Uint8Array | undefined,
  ): void {
    const request = this.#request;
    if (this.#size++ === 0) {
      this.#sequence = this.#socket.begin(request) - 1;
      this.#batchMarker(NFNL_MSG_BATCH_BEGIN);
    }
    this.#sequence = (this.#sequence + 1) >>> 0;
    request.begin(type, NLM_F_REQUEST | flags, this.#sequence).append(map.prologue);
    const list = request.openNest(NFTA_SET_ELEM_LIST_ELEMENTS);
    const element = request.openNest(NFTA_LIST_ELEM);
    appendValue(request, NFTA_SET_ELEM_KEY, key);
    if (data !== undefined) appendValue(request, NFTA_SET_ELEM_DATA, data);
    request.closeNest(element).closeNest(list).end();
  }

  #batchMarker(type: number): void {
    this.#sequence = (this.#sequence + 1) >>> 0;
    this.#request.begin(type, NLM_F_REQUEST, this.#sequence);
    nfGenericHeader(this.#request, 0, NFNL_SUBSYS_NFTABLES).end();
  }
}

/**
 * Calls `visit` with every element of the map or set as it was at one moment. Data is empty in a set. Reads
 * again when the ruleset changes meanwhile. Declare the map with a `size`: one without is kept in a table that
 * the kernel resizes in the background, and elements moved during a dump are missed or seen twice. For a
 * program's start. Throws NetlinkError.
 */
export function dumpElements(
  socket: Requests,
  map: ElementMap,
  visit: (key: Uint8Array, data: Uint8Array) => void,
): void {
  const request = new MessageBuilder(MAX_OPERATION_LENGTH);
  const elements: [key: Uint8Array, data: Uint8Array][] = [];
  let isConsistent = false;
  while (!isConsistent) {
    elements.length = 0;
    const sequence = socket.begin(request);
    request
      .begin(NFT_MSG_GETSETELEM, NLM_F_REQUEST | NLM_F_DUMP, sequence)
      .append(map.prologue)
      .end();
    isConsistent = socket.exchange(`dump of ${map.table} ${map.name}`, request, sequence, (answer) =>
      readElements(answer, elements),
    );
  }
  for (const [key, data] of elements) visit(key, data);
}

/** The part of NetlinkSocket that is needed here. */
type Requests = Pick<NetlinkSocket, "begin" | "exchange">;

/** struct nfgenmsg: family, version and a resource that only batch markers name. */
function nfGenericHeader(request: MessageBuilder, family: number, resource: number): MessageBuilder {
  return request.u8(family).u8(0).u16Be(resource);
}

function appendValue(request: MessageBuilder, type: number, value: Uint8Array): void {
  const nest = request.openNest(type);
  request.attribute(NFTA_DATA_VALUE, value).closeNest(nest);
}

function readElements(answer: MessageCursor, into: [key: Uint8Array, data: Uint8Array][]): void {
  const attribute = new AttributeCursor(answer.view).over(answer.offset + NFGENMSG_LENGTH, answer.end);
  while (attribute.next()) {
    if (attribute.type !== NFTA_SET_ELEM_LIST_ELEMENTS) continue;
    const element = attribute.nested();
    while (element.next())
      into.push([valueIn(element, NFTA_SET_ELEM_KEY), valueIn(element, NFTA_SET_ELEM_DATA)]);
  }
}

/** A copy of the bytes of one of the element's NFTA_DATA_VALUEs; empty where it has none. */
function valueIn(element: AttributeCursor, type: number): Uint8Array {
  const part = element.nested();
  while (part.next()) {
    const value = part.nested();
    if (part.type === type && value.next() && value.type === NFTA_DATA_VALUE) return value.bytes().slice();
  }
  return new Uint8Array(0);
}
