const UTF_8 = new TextEncoder();

/**
 * A number of 48 bits that stands for `text` (FNV-1a in two lanes): places are kept and compared as such, since a habit needs no names
 * and numbers take a known room. Two of a device's few dozen places are alike once in 10^11 devices.
 */
export function hashOf(text: string): number {
  let [high, low] = [0x811c9dc5, 0x9747b28c];
  for (const octet of UTF_8.encode(text)) {
    low = Math.imul(low ^ octet, 0x01000193);
    high = Math.imul(high ^ octet ^ (low >>> 24), 0x01000193);
  }
  return ((high >>> 16) & 0xffff) * 2 ** 32 + (low >>> 0);
}
