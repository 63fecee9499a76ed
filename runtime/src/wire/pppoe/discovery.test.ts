import { expect, test } from "bun:test";
import { Code, type Discovery, emitDiscovery, parseDiscovery, Tag, tagOf } from "./discovery.ts";

const text = (value: string) => new TextEncoder().encode(value);

/** RFC 2516, appendix B: a PADI for any service. */
const PADI = "11090000" + "0004" + "01010000";
/** And a PADO of an access concentrator, with the host's own tag returned. */
const PADO =
  "11070000" +
  "0026" +
  "01010000" + // Service-Name, empty
  "01020016" + // AC-Name
  "476f205265644261636b202d2065737368686f6f7430" +
  "01030004" + // Host-Uniq
  "c0ffee01";

const OFFER: Discovery = {
  code: Code.offer,
  session: 0,
  tags: [
    [Tag.serviceName, new Uint8Array()],
    [Tag.acName, text("Go RedBack - esshhoot0")],
    [Tag.hostUniq, Uint8Array.fromHex("c0ffee01")],
  ],
};

test("packets are read from and written to the same bytes", () => {
  const initiation: Discovery = {
    code: Code.initiation,
    session: 0,
    tags: [[Tag.serviceName, new Uint8Array()]],
  };
  expect([
    parseDiscovery(Uint8Array.fromHex(PADI)),
    emitDiscovery(initiation).toHex(),
    parseDiscovery(Uint8Array.fromHex(PADO)),
    emitDiscovery(OFFER).toHex(),
  ]).toEqual([initiation, PADI, OFFER, PADO]);
  expect([tagOf(OFFER, Tag.acName), tagOf(OFFER, Tag.genericError)]).toEqual([
    text("Go RedBack - esshhoot0"),
    undefined,
  ]);
});

test("padding of the frame and what stands behind the end of the list are passed over", () => {
  const padded = new Uint8Array(46);
  padded.set(Uint8Array.fromHex(PADO));
  const ended = Uint8Array.fromHex(`11090000000c${"01010000"}${"00000000"}${"01030000"}`);
  expect([parseDiscovery(padded), parseDiscovery(ended)]).toEqual([
    OFFER,
    { code: Code.initiation, session: 0, tags: [[Tag.serviceName, new Uint8Array()]] },
  ]);
});

test("a packet cut at any length is a fault", () => {
  const whole = Uint8Array.fromHex(PADO);
  for (let length = 0; length < whole.length; length++) {
    expect(parseDiscovery(whole.subarray(0, length))).toBe(length < 6 ? "short" : "longer than its frame");
  }
});

test("other versions and tags that run past the packet's end are faults", () => {
  const faults = [`21${PADI.slice(2)}`, "110900000003010100", "1109000000050101000200"].map((hex) =>
    parseDiscovery(Uint8Array.fromHex(hex)),
  );
  expect(faults).toEqual(["not version 1", "tag past the end", "tag past the end"]);
});
