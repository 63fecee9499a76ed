import { expect, test } from "bun:test";
import { parseIPv4 } from "../../addr/ipv4.ts";
import { TCP, UDP } from "../../nat/transport.ts";
import { boundIndex, endpointWord, renumberedKey, renumberedValue } from "./layout.ts";

test("numbers lie in memory as in a packet", () => {
  const host = parseIPv4("192.168.77.20")!;
  const hex = (word: bigint) => new Uint8Array(new BigUint64Array([word]).buffer).toHex();
  expect([
    [boundIndex(TCP, 0x1234), boundIndex(UDP, 0x1234)],
    hex(endpointWord(host, 0x1388)),
    hex(renumberedKey(UDP, host, 0x1388)),
    new Uint8Array(new Uint32Array([renumberedValue(0x1234)]).buffer).toHex(),
  ]).toEqual([[0x1234, 0x11234], "c0a84d1413880000", "c0a84d1413880100", "12340000"]);
});
