import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { HelloBuffer } from "../tls/hello-buffer.ts";
import { CONNECTION_ID, initialPacket } from "./initial.fixture.ts";
import { InitialHello } from "./initial-hello.ts";
import { initialKeys, type Side } from "./initial-keys.ts";
import { type LongPacket, parseLongPacket, VERSION_1, VERSION_2, type Version } from "./long-header.ts";
import { unprotect } from "./protection.ts";

const hex = (text: string) => Uint8Array.fromHex(text);
const [V1_CLIENT, V1_SERVER, V2_CLIENT, V2_SERVER] = readFileSync(
  new URL("../../../../test/fixtures/quic/vectors.txt", import.meta.url),
  "utf8",
)
  .split(/^# version.*$/m)
  .slice(1)
  .map((lines) => hex(lines.replace(/\s/g, ""))) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];

/** The client's frames, before 917 octets of padding, and the server's: the same in both RFCs. */
const CLIENT_FRAMES = hex(
  "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868" +
    "04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578" +
    "616d706c652e636f6dff01000100000a00080006001d00170018001000070005" +
    "04616c706e000500050100000000003300260024001d00209370b2c9caa47fba" +
    "baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400" +
    "0d0010000e0403050306030203080408050806002d00020101001c0002400100" +
    "3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000" +
    "75300901100f088394c8f03e51570806048000ffff" +
    "00".repeat(917),
);
const SERVER_FRAMES = hex(
  "02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf739" +
    "88cfc79825df566dc5430b9a045a1200130100002e00330024001d00209d3c94" +
    "0d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00" +
    "020304",
);

const keys: [string, Version, Side, string, string, string][] = [
  [
    "RFC 9001 A.1, client",
    VERSION_1,
    "client",
    "1f369613dd76d5467730efcbe3b1a22d",
    "fa044b2f42a3fd3b46fb255c",
    "9f50449e04a0e810283a1e9933adedd2",
  ],
  [
    "RFC 9001 A.1, server",
    VERSION_1,
    "server",
    "cf3a5331653c364c88f0f379b6067e37",
    "0ac1493ca1905853b0bba03e",
    "c206b8d9b9f0f37644430b490eeaa314",
  ],
  [
    "RFC 9369 A.1, client",
    VERSION_2,
    "client",
    "8b1a0bc121284290a29e0971b5cd045d",
    "91f73e2351d8fa91660e909f",
    "45b95e15235d6f45a6b19cbcb0294ba9",
  ],
  [
    "RFC 9369 A.1, server",
    VERSION_2,
    "server",
    "82db637861d55e1d011f19ea71d5d2a7",
    "dd13c276499c0249d3310652",
    "edf6d05c83121201b436e16877593c3a",
  ],
];

test.each(keys)("%s: key, IV and header protection key", (_section, version, side, key, iv, hp) => {
  const made = initialKeys(version, CONNECTION_ID, side);
  const texts = [made.key, made.iv, made.headerProtection].map((bytes) => Buffer.from(bytes).toString("hex"));
  expect(texts).toEqual([key, iv, hp]);
});

const packets: [string, Version, Side, Uint8Array, Uint8Array][] = [
  ["RFC 9001 A.2", VERSION_1, "client", V1_CLIENT, CLIENT_FRAMES],
  ["RFC 9001 A.3", VERSION_1, "server", V1_SERVER, SERVER_FRAMES],
  ["RFC 9369 A.2", VERSION_2, "client", V2_CLIENT, CLIENT_FRAMES],
  ["RFC 9369 A.3", VERSION_2, "server", V2_SERVER, SERVER_FRAMES],
];

test.each(packets)(
  "%s: the protected packet gives its frames",
  (_section, version, side, datagram, frames) => {
    const packet = parseLongPacket(datagram, 0) as LongPacket;
    expect([packet.version, packet.isInitial, packet.end]).toEqual([version, true, datagram.length]);
    const opened = unprotect(datagram, packet, initialKeys(version, CONNECTION_ID, side));
    expect(Buffer.from(opened ?? []).toHex()).toBe(Buffer.from(frames).toHex());
  },
);

test("the packets made for the other tests are those of the RFCs", () => {
  const versions = [VERSION_1, VERSION_2] as const;
  expect(versions.map((version) => initialPacket(CLIENT_FRAMES, { version }))).toEqual([
    V1_CLIENT,
    V2_CLIENT,
  ]);
});

test("both clients ask for example.com", () => {
  const names = [V1_CLIENT, V2_CLIENT].map((datagram) => new InitialHello(new HelloBuffer()).push(datagram));
  const hello = { serverName: new TextEncoder().encode("example.com"), encryptedHello: false };
  expect(names).toEqual([hello, hello]);
});
