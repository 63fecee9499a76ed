import { type Mac, macBytes } from "../addr/mac.ts";

const MAC_LENGTH = 6;
const REPETITIONS = 16;

/**
 * The magic packet that wakes the device with this address: six bytes of ones, then the address sixteen times, 102 bytes in all
 * (AMD, "Magic Packet Technology", publication 20213).
 */
export function magicPacket(mac: Mac): Uint8Array {
  const packet = new Uint8Array(MAC_LENGTH * (1 + REPETITIONS)).fill(0xff);
  const address = macBytes(mac);
  for (let i = 1; i <= REPETITIONS; i++) packet.set(address, i * MAC_LENGTH);
  return packet;
}
