import { createCipheriv } from "node:crypto";
import { joined } from "../tls/hello.fixture.ts";
import { initialKeys } from "./initial-keys.ts";
import { VERSION_1, type Version } from "./long-header.ts";

export const CONNECTION_ID = Uint8Array.fromHex("8394c8f03e515708");

/** What an Initial packet for tests is made of. */
export interface InitialParts {
  version: Version;
  /** Where the packet is addressed to. */
  destinationId: Uint8Array;
  /** Destination of the client's first packet, which the keys come from. */
  originalId: Uint8Array;
  token: Uint8Array;
  packetNumber: number;
  packetNumberLength: 1 | 2 | 3 | 4;
}

/** A client's Initial packet that carries `frames`, protected. */
export function initialPacket(frames: Uint8Array, parts: Partial<InitialParts> = {}): Uint8Array {
  const { version = VERSION_1, destinationId = CONNECTION_ID, originalId = destinationId } = parts;
  const { token = new Uint8Array(0), packetNumber = 2, packetNumberLength = 4 } = parts;
  const keys = initialKeys(version, originalId, "client");
  const number = uint32(packetNumber).subarray(4 - packetNumberLength);
  const type = version === VERSION_1 ? 0xc0 : 0xd0;
  const header = joined(
    Uint8Array.of(type | (packetNumberLength - 1)),
    uint32(version),
    Uint8Array.of(destinationId.length, ...destinationId, 0),
    varintBytes(token.length),
    token,
    varintBytes(packetNumberLength + frames.length + 16),
    number,
  );
  const nonce = new Uint8Array(keys.iv);
  for (let i = 0; i < number.length; i++) nonce[12 - number.length + i]! ^= number[i]!;
  const cipher = createCipheriv("aes-128-gcm", keys.key, nonce).setAAD(header);
  const packet = joined(header, cipher.update(frames), cipher.final(), cipher.getAuthTag());
  return masked(packet, header.length - packetNumberLength, packetNumberLength, keys.headerProtection);
}

function masked(packet: Uint8Array, number: number, length: number, key: Uint8Array): Uint8Array {
  const sample = packet.subarray(number + 4, number + 20);
  const mask = createCipheriv("aes-128-ecb", key, null).update(sample);
  packet[0]! ^= mask[0]! & 0x0f;
  for (let i = 0; i < length; i++) packet[number + i]! ^= mask[i + 1]!;
  return packet;
}

/** A CRYPTO frame with the octets of `message` from `from` up to `to`. */
export function cryptoFrame(message: Uint8Array, from = 0, to = message.length): Uint8Array {
  return joined(Uint8Array.of(0x06), varintBytes(from), varintBytes(to - from), message.subarray(from, to));
}

/** `value` as a variable-length integer of at most four octets. */
export function varintBytes(value: number): Uint8Array {
  if (value < 64) return Uint8Array.of(value);
  if (value < 16_384) return Uint8Array.of(0x40 | (value >>> 8), value);
  return uint32(0x8000_0000 + value);
}

function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}
