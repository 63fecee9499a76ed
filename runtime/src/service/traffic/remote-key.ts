import { isMapped } from "../../addr/ipv6.ts";
import { formatRemote } from "../../addr/remote.ts";
import type { Remote } from "../../traffic/names/remote.ts";

/** What an address is spelled from, in network byte order; one for all, as spelling octets at once takes a tenth of the time of words. */
const octets = Buffer.alloc(16);

/** The remote at `offset` of `words` as the names know it; for IPv4 that makes no object. */
export function nameKey(words: Uint32Array, offset = 0): Remote {
  if (isMapped(words, offset)) return words[offset + 3]!;
  for (let word = 0; word < 4; word++) octets.writeUInt32BE(words[offset + word]!, word * 4);
  return octets.toString("hex");
}

/** The words of a remote that the names know. */
export function wordsOf(key: Remote): Uint32Array {
  if (typeof key === "number") return Uint32Array.of(0, 0, 0xffff, key);
  return Uint32Array.from([0, 8, 16, 24], (at) => Number.parseInt(key.slice(at, at + 8), 16));
}

export function keyText(key: Remote): string {
  return formatRemote(wordsOf(key));
}
