import { type AddressWords, formatAddress } from "../../addr/ipv6.ts";
import type { Mac } from "../../addr/mac.ts";
import type { MessageCursor } from "./message.ts";
import {
  attributesByType,
  IFADDRMSG_LENGTH,
  macOf,
  NDMSG_LENGTH,
  NUD_ANSWERED,
  RT_TABLE_MAIN,
  RTM_NEWADDR,
  RTM_NEWNEIGH,
  RTM_NEWROUTE,
  RTMSG_LENGTH,
  RTN_UNICAST,
} from "./route-messages.ts";

export const AF_INET6 = 10;

/** IFA_F_TENTATIVE, _DADFAILED: not the link's own yet, or never. */
const IFA_F_UNUSABLE = 0x48;
const IFA_F_DEPRECATED = 0x20;

/** Addresses are spelled as RFC 5952 says. */
export interface Ipv6Address {
  link: number;
  address: string;
  /** Of the prefix it lies in. */
  length: number;
  /** Nothing new is to use it: its prefix is going. */
  isDeprecated: boolean;
}

export interface Ipv6Neighbour {
  link: number;
  address: string;
  mac: Mac;
}

/** An address that can be used. */
export function readIpv6Address(message: MessageCursor): Ipv6Address | undefined {
  const { view, offset, end } = message;
  if (message.type !== RTM_NEWADDR || offset + IFADDRMSG_LENGTH > end) return undefined;
  const IFA_ADDRESS = 1;
  const IFA_LOCAL = 2;
  const IFA_FLAGS = 8;
  const attributes = attributesByType(message, IFADDRMSG_LENGTH);
  const address = wordsOf((attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS))?.bytes());
  // The eight bits of the fixed part have no room for all flags.
  const flags = attributes.get(IFA_FLAGS)?.u32() ?? view.getUint8(offset + 2);
  if (view.getUint8(offset) !== AF_INET6 || address === undefined || (flags & IFA_F_UNUSABLE) !== 0)
    return undefined;
  return {
    link: view.getUint32(offset + 4, true),
    address: formatAddress(address),
    length: view.getUint8(offset + 1),
    isDeprecated: (flags & IFA_F_DEPRECATED) !== 0,
  };
}

/** An entry that has an answer. Whether it was confirmed lately changes all the time, and is left out. */
export function readIpv6Neighbour(message: MessageCursor): Ipv6Neighbour | undefined {
  const { view, offset, end } = message;
  if (message.type !== RTM_NEWNEIGH || offset + NDMSG_LENGTH > end) return undefined;
  const NDA_DST = 1;
  const NDA_LLADDR = 2;
  const attributes = attributesByType(message, NDMSG_LENGTH);
  const address = wordsOf(attributes.get(NDA_DST)?.bytes());
  const mac = macOf(attributes.get(NDA_LLADDR));
  const state = view.getUint16(offset + 8, true);
  if (view.getUint8(offset) !== AF_INET6 || (state & NUD_ANSWERED) === 0) return undefined;
  if (address === undefined || mac === undefined) return undefined;
  return { link: view.getInt32(offset + 4, true), address: formatAddress(address), mac };
}

/** The link of a default route of the main table through one link; undefined for any other route. */
export function readIpv6DefaultRoute(message: MessageCursor): { link: number } | undefined {
  const { view, offset, end } = message;
  if (message.type !== RTM_NEWROUTE || offset + RTMSG_LENGTH > end) return undefined;
  const RTA_OIF = 4;
  const isDefault = view.getUint8(offset) === AF_INET6 && view.getUint8(offset + 1) === 0;
  const isMain = view.getUint8(offset + 4) === RT_TABLE_MAIN;
  const link = attributesByType(message, RTMSG_LENGTH).get(RTA_OIF)?.u32();
  if (!isDefault || !isMain || view.getUint8(offset + 7) !== RTN_UNICAST || link === undefined)
    return undefined;
  return { link };
}

function wordsOf(bytes: Uint8Array | undefined): AddressWords | undefined {
  if (bytes?.length !== 16) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint32Array.of(view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12));
}
