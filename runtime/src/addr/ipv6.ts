import { formatIPv4, parseIPv4 } from "./ipv4.ts";

/** An IPv6 address as four 32-bit words in host order, the first octets in the first word; IPv4 is mapped: 0, 0, 0xffff, address. */
export type AddressWords = Uint32Array;

/** The third word of a mapped IPv4 address (RFC 4291 section 2.5.5.2). */
const MAPPED = 0xffff;
const GROUP = /^[0-9a-f]{1,4}$/i;

/** Whether the address at `offset` of `words` is an IPv4 address. */
export function isMapped(words: AddressWords, offset = 0): boolean {
  return words[offset] === 0 && words[offset + 1] === 0 && words[offset + 2] === MAPPED;
}

/** The address at `offset` of `words`: a mapped one in dotted decimal, others as RFC 5952 spells them. */
export function formatAddress(words: AddressWords, offset = 0): string {
  if (isMapped(words, offset)) return formatIPv4(words[offset + 3]!);
  const groups: string[] = [];
  for (let i = 0; i < 8; i++) {
    const word = words[offset + (i >>> 1)]!;
    groups.push(((i & 1) === 0 ? word >>> 16 : word & 0xffff).toString(16));
  }
  const { start, length } = longestZeros(groups);
  if (length < 2) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`;
}

/** Parses dotted decimal or IPv6 in any of its spellings, without a zone; undefined for anything else. */
export function parseAddress(text: string): AddressWords | undefined {
  const ipv4 = parseIPv4(text);
  if (ipv4 !== undefined) return Uint32Array.of(0, 0, MAPPED, ipv4);
  const [before = "", after, ...more] = text.split("::");
  if (more.length > 0 || (after !== undefined && before.includes("."))) return undefined;
  const [head, tail] = [groupsOf(before), groupsOf(after ?? "")];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (after === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array<number>(missing).fill(0), ...tail];
  const words = new Uint32Array(4);
  for (const [i, group] of groups.entries()) words[i >>> 1] = words[i >>> 1]! * 0x10000 + group;
  return words;
}

/** The 16-bit groups of a part of an address, whose end may be dotted decimal. */
function groupsOf(part: string): number[] | undefined {
  if (part === "") return [];
  const texts = part.split(":");
  const ipv4 = parseIPv4(texts.at(-1)!);
  if (ipv4 !== undefined) texts.splice(-1, 1, (ipv4 >>> 16).toString(16), (ipv4 & 0xffff).toString(16));
  return texts.every((text) => GROUP.test(text)) ? texts.map((text) => Number.parseInt(text, 16)) : undefined;
}

/** The first of the longest runs of groups that are zero (RFC 5952 section 4.2.3). */
function longestZeros(groups: readonly string[]): { start: number; length: number } {
  let [start, length] = [0, 0];
  for (let i = 0, run = 0; i < groups.length; i++) {
    run = groups[i] === "0" ? run + 1 : 0;
    if (run > length) [start, length] = [i - run + 1, run];
  }
  return { start, length };
}
