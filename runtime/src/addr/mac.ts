/** A 48-bit IEEE 802 address as lower-case colon-separated hex: "02:00:5e:10:00:01". */
export type Mac = string & { readonly mac: unique symbol };

const COLON_HEX = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;

/** Parses colon- or hyphen-separated hex in either case; undefined for anything else. */
export function parseMac(text: string): Mac | undefined {
  const mac = text.toLowerCase().replaceAll("-", ":");
  return COLON_HEX.test(mac) ? (mac as Mac) : undefined;
}

/** The address in the six bytes of `bytes` from `offset`. */
export function macAt(bytes: Uint8Array, offset: number): Mac {
  let text = "";
  for (let i = 0; i < 6; i++) {
    text += `${i === 0 ? "" : ":"}${(bytes[offset + i] ?? 0).toString(16).padStart(2, "0")}`;
  }
  return text as Mac;
}

/** The six bytes of `mac` in transmission order. */
export function macBytes(mac: Mac): Uint8Array {
  return Uint8Array.from(mac.split(":"), (octet) => Number.parseInt(octet, 16));
}

/** Locally administered (bit 1 of the first octet): chosen by software, so a maker's prefix says nothing. */
export function isLocallyAdministered(mac: Mac): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 2) !== 0;
}

/** `mac` as a number of 48 bits, as memory shared between processes has it. */
export function macNumber(mac: Mac): number {
  return Number.parseInt(mac.replaceAll(":", ""), 16);
}

/** The address that `number`, below 2^48, stands for. */
export function macFromNumber(number: number): Mac {
  return number
    .toString(16)
    .padStart(12, "0")
    .replace(/(..)(?=.)/g, "$1:") as Mac;
}
