/** An IPv4 address as an unsigned 32-bit number in host order: 192.0.2.1 is 0xc0000201. */
export type IPv4 = number;

const DOTTED = /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/;

/** Parses dotted decimal without leading zeros; undefined for anything else. */
export function parseIPv4(text: string): IPv4 | undefined {
  if (!DOTTED.test(text)) return undefined;
  let address = 0;
  for (const part of text.split(".")) {
    const octet = Number(part);
    if (octet > 255) return undefined;
    address = address * 256 + octet;
  }
  return address;
}

/** Dotted decimal of `address`. */
export function formatIPv4(address: IPv4): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}
