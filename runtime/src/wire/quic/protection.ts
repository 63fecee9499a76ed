import { createCipheriv, createDecipheriv } from "node:crypto";
import type { InitialKeys } from "./initial-keys.ts";
import { type LongPacket, SAMPLE_LENGTH, SAMPLE_OFFSET } from "./long-header.ts";

const TAG_LENGTH = 16;
/** Of a long header's first octet, what is masked. */
const MASKED_BITS = 0x0f;
const PACKET_NUMBER_LENGTH = 0x03;

/**
 * The frames of `packet`, header protection and AES-128-GCM removed (RFC 9001 sections 5.3 and 5.4); undefined when they are not
 * what the keys' owner sent. A first flight's packet numbers are small, so that the octets sent are the whole number.
 */
export function unprotect(
  datagram: Uint8Array,
  packet: LongPacket,
  keys: InitialKeys,
): Uint8Array | undefined {
  const mask = maskOf(datagram, packet.packetNumber + SAMPLE_OFFSET, keys);
  const first = datagram[packet.start]! ^ (mask[0]! & MASKED_BITS);
  const payload = packet.packetNumber + (first & PACKET_NUMBER_LENGTH) + 1;
  if (payload + TAG_LENGTH > packet.end) return undefined;
  // Copies, also of what is a Buffer, whose slice() would write through.
  const header = new Uint8Array(datagram.subarray(packet.start, payload));
  header[0] = first;
  const nonce = new Uint8Array(keys.iv);
  for (let at = packet.packetNumber, i = 1; at < payload; at++, i++) {
    const octet = datagram[at]! ^ mask[i]!;
    header[at - packet.start] = octet;
    nonce[nonce.length - (payload - at)]! ^= octet;
  }
  const tag = packet.end - TAG_LENGTH;
  return decrypted(
    keys.key,
    nonce,
    header,
    datagram.subarray(payload, tag),
    datagram.subarray(tag, packet.end),
  );
}

function maskOf(datagram: Uint8Array, sample: number, keys: InitialKeys): Uint8Array {
  const cipher = createCipheriv("aes-128-ecb", keys.headerProtection, null);
  return cipher.update(datagram.subarray(sample, sample + SAMPLE_LENGTH));
}

function decrypted(
  key: Uint8Array,
  nonce: Uint8Array,
  header: Uint8Array,
  sealed: Uint8Array,
  tag: Uint8Array,
): Uint8Array | undefined {
  const decipher = createDecipheriv("aes-128-gcm", key, nonce);
  decipher.setAAD(header);
  decipher.setAuthTag(tag);
  const opened = decipher.update(sealed);
  try {
    decipher.final();
  } catch {
    return undefined; // It throws where the tag does not fit.
  }
  return opened;
}
