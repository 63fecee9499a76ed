import type { Mac } from "../addr/mac.ts";
import type { DhcpMessage } from "../wire/dhcp/message.ts";
import { Option, textOption } from "../wire/dhcp/options.ts";

/** What a client is known by: "id:" and its client identifier in hex, or "mac:" and its MAC (RFC 2131 §4.2). */
export type ClientKey = string;

/** One option's worth; a client that joins several to a longer one (RFC 3396) would fill the lease file. */
const MAX_IDENTIFIER = 255;

export function clientKey(message: DhcpMessage): ClientKey {
  const id = message.options.get(Option.clientIdentifier);
  return id === undefined || id.length === 0 || id.length > MAX_IDENTIFIER
    ? macKey(message.chaddr)
    : `id:${id.toHex()}`;
}

export function macKey(mac: Mac): ClientKey {
  return `mac:${mac}`;
}

const MAX_LABEL = 63;
const MAX_VENDOR_CLASS = 128;
const FQDN_NAME_OFFSET = 3;

/**
 * The client's name as one DNS label of letters, digits and inner hyphens (RFC 1123 §2.1), at most 63 of them, from
 * option 12 or else 81; "" when it gives none that can be used.
 */
export function hostName(message: DhcpMessage): string {
  const name = textOption(message.options, Option.hostName) ?? fqdn(message) ?? "";
  const label = name
    .split(".", 1)[0]!
    .replace(/\0+$/, "")
    .replace(/['\u2019]/g, "");
  return label
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-/, "")
    .slice(0, MAX_LABEL)
    .replace(/-$/, "");
}

/** The vendor class (option 60) in printable ASCII, such as "android-dhcp-14": tells the kind of device. */
export function vendorClass(message: DhcpMessage): string {
  const text = textOption(message.options, Option.vendorClass) ?? "";
  return text.replace(/[^ -~]/g, "").slice(0, MAX_VENDOR_CLASS);
}

/** The name in option 81 as text; with the E flag it is in DNS wire format (RFC 4702 §2.1). */
function fqdn(message: DhcpMessage): string | undefined {
  const value = message.options.get(Option.clientFqdn);
  if (value === undefined || value.length <= FQDN_NAME_OFFSET) return undefined;
  const FLAG_WIRE_FORMAT = 4;
  const name = value.subarray(FQDN_NAME_OFFSET);
  const inWireFormat = (value[0]! & FLAG_WIRE_FORMAT) !== 0;
  return new TextDecoder().decode(inWireFormat ? name.subarray(1, 1 + name[0]!) : name);
}
