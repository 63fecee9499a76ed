import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Mac } from "../../addr/mac.ts";
import { type DhcpFault, type DhcpMessage, emitDhcp, Op, parseDhcp } from "./message.ts";
import { emitOptions, MessageType, Option, type Options, parseOptions, text, words } from "./options.ts";

const captured = readFileSync(new URL("../../../../test/fixtures/dhcp/clients.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => line.split(" ") as [client: string, message: string, hex: string]);

const DISCOVER_HEX =
  `0101060012345678${"0009"}${"8000"}${"00000000".repeat(4)}` +
  `02005e100001${"00".repeat(10 + 64 + 128)}63825363` +
  "350101" +
  "0c06" +
  "6c6170746f70" +
  "3204c0a84d17" +
  "ff";

const DISCOVER: DhcpMessage = {
  op: Op.request,
  hops: 0,
  xid: 0x12345678,
  secs: 9,
  broadcast: true,
  ciaddr: 0,
  yiaddr: 0,
  siaddr: 0,
  giaddr: 0,
  chaddr: "02:00:5e:10:00:01" as Mac,
  options: new Map([
    [Option.messageType, Uint8Array.of(MessageType.discover)],
    [Option.hostName, text("laptop")],
    [Option.requestedAddress, words(0xc0a84d17)],
  ]),
};

test("a message is read from and written to the same bytes", () => {
  const bytes = Uint8Array.fromHex(DISCOVER_HEX);
  expect(parseDhcp(bytes)).toEqual(DISCOVER);
  expect(emitDhcp(DISCOVER).toHex()).toBe(DISCOVER_HEX.padEnd(600, "0"));
});

test.each(captured)("%s's %s is read and written back", (_client, _message, hex) => {
  const message = parseDhcp(Uint8Array.fromHex(hex)) as DhcpMessage;
  const written = emitDhcp(message).toHex();
  expect(written.replace(/(00)+$/, "")).toBe(hex.replace(/(00)+$/, ""));
});

test.each(captured)("%s's %s cut at any length is a fault or a message", (_client, _message, hex) => {
  const whole = Uint8Array.fromHex(hex);
  for (let length = 0; length < whole.length; length++) {
    const parsed = parseDhcp(whole.subarray(0, length));
    if (length < 240) expect(parsed).toBe("short");
    else if (typeof parsed === "string") expect(parsed).toBe("option past the end");
  }
});

/** The DISCOVER with other bytes at some offsets. */
function changed(parts: Record<number, string>): Uint8Array {
  const bytes = Uint8Array.fromHex(DISCOVER_HEX.padEnd(600, "0"));
  for (const [offset, hex] of Object.entries(parts)) bytes.set(Uint8Array.fromHex(hex), Number(offset));
  return bytes;
}

test.each<[string, Record<number, string>, DhcpFault]>([
  ["an IEEE 1394 hardware type", { 1: "18" }, "not Ethernet"],
  ["a 16-byte hardware address", { 2: "10" }, "not Ethernet"],
  ["a BOOTP vendor area", { 236: "00000000" }, "no magic cookie"],
  ["an option longer than the message", { 240: "0cff" }, "option past the end"],
  ["an option code as the last byte", { 240: `0c38${"00".repeat(57)}0c` }, "option past the end"],
  ["an overload of no field", { 240: "340100ff" }, "bad overload"],
  ["an overload of an unknown field", { 240: "340104ff" }, "bad overload"],
  ["an overload of two bytes", { 240: "34020101ff" }, "bad overload"],
  [
    "an overloaded field with an option past its end",
    { 240: "340101ff", 234: "0c09" },
    "option past the end",
  ],
])("%s is refused", (_name, parts, fault) => {
  expect(parseDhcp(changed(parts))).toBe(fault);
});

test("an option spread over the options, file and sname fields is joined in that order", () => {
  const bytes = changed({ 240: "3501010c026162340103ff", 108: "0c026364ff", 44: "0c026566ff" });
  expect((parseDhcp(bytes) as DhcpMessage).options).toEqual(
    new Map([
      [Option.messageType, Uint8Array.of(1)],
      [Option.hostName, text("abcdef")],
    ]),
  );
});

test("an option over 255 bytes is split and joined again", () => {
  const long = Uint8Array.from({ length: 600 }, (_, i) => i);
  const field = new Uint8Array(700);
  const length = emitOptions(new Map([[Option.hostName, long]]), field);
  const options: Options = new Map();
  expect([length, parseOptions(field, options), options]).toEqual([
    607,
    true,
    new Map([[Option.hostName, long]]),
  ]);
});

test("what does not fit is left out, what does is kept", () => {
  const field = new Uint8Array(8);
  const options: Options = new Map([
    [Option.messageType, Uint8Array.of(2)],
    [Option.domainName, text("example")],
    [Option.overload, Uint8Array.of(9)],
  ]);
  expect([emitOptions(options, field), field.toHex()]).toEqual([7, "350102340109ff00"]);
});
