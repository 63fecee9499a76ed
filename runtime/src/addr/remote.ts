import { type AddressWords, formatAddress, parseAddress } from "./ipv6.ts";

/** Stands for the remotes that found no room of their own, `::`. */
export const OTHERS = "others";

/** A remote as people see it: its address, or OTHERS. */
export function formatRemote(words: AddressWords, offset = 0): string {
  const text = formatAddress(words, offset);
  return text === "::" ? OTHERS : text;
}

/** What `formatRemote` gives, and other spellings of the same addresses; undefined for anything else. */
export function parseRemote(text: string): AddressWords | undefined {
  return text === OTHERS ? new Uint32Array(4) : parseAddress(text);
}
