import { createHmac } from "node:crypto";
import { VERSION_1, VERSION_2, type Version } from "./long-header.ts";

/** What protects one side's Initial packets: anyone who sees the first of them can derive it (RFC 9001 section 5.2). */
export interface InitialKeys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly headerProtection: Uint8Array;
}

export type Side = "client" | "server";

const SALT = {
  [VERSION_1]: Uint8Array.fromHex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"),
  [VERSION_2]: Uint8Array.fromHex("0dede3def700a6db819381be6e269dcbf9bd2ed9"),
};
const LABEL_PREFIX = { [VERSION_1]: "quic ", [VERSION_2]: "quicv2 " };

/** The keys of `side` after the destination connection ID of the client's first Initial packet. */
export function initialKeys(version: Version, destinationId: Uint8Array, side: Side): InitialKeys {
  const secret = expandLabel(hmac(SALT[version], destinationId), `${side} in`, 32);
  const prefix = LABEL_PREFIX[version];
  return {
    key: expandLabel(secret, `${prefix}key`, 16),
    iv: expandLabel(secret, `${prefix}iv`, 12),
    headerProtection: expandLabel(secret, `${prefix}hp`, 16),
  };
}

/** HKDF-Expand-Label with an empty context (RFC 8446 section 7.1), for at most the 32 octets of HKDF's first block (RFC 5869). */
function expandLabel(secret: Uint8Array, label: string, length: number): Uint8Array {
  const text = Buffer.from(`tls13 ${label}`, "latin1");
  const block = hmac(secret, Uint8Array.of(0, length, text.length, ...text, 0, 1));
  return block.subarray(0, length);
}

function hmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  return createHmac("sha256", key).update(data).digest();
}
