import { expect, test } from "bun:test";
import fc from "fast-check";
import { displayableName } from "../../runtime/src/traffic/names/displayable.ts";
import { tcpPacket, udpPacket } from "../../runtime/src/traffic/names/packet.fixture.ts";
import { ServerNames } from "../../runtime/src/traffic/names/server-names.ts";
import { cryptoFrame, initialPacket } from "../../runtime/src/wire/quic/initial.fixture.ts";
import { InitialHello } from "../../runtime/src/wire/quic/initial-hello.ts";
import { VERSION_1, VERSION_2 } from "../../runtime/src/wire/quic/long-header.ts";
import { parseClientHello } from "../../runtime/src/wire/tls/client-hello.ts";
import { clientHello, type Extension, joined, records } from "../../runtime/src/wire/tls/hello.fixture.ts";
import { HelloBuffer } from "../../runtime/src/wire/tls/hello-buffer.ts";
import { readHello, SegmentedHello } from "../../runtime/src/wire/tls/segmented-hello.ts";

const RUNS = { numRuns: 1500 };
const FEWER = { numRuns: 300 };
const FAULTS = ["incomplete", "not a ClientHello", "malformed", "too long"];

const extension = fc.tuple(fc.integer({ min: 1, max: 0xffff }), fc.uint8Array({ maxLength: 80 }));
const name = fc.uint8Array({ minLength: 1, maxLength: 300 });
const hello = fc
  .record({
    name,
    before: fc.array(extension as fc.Arbitrary<Extension>, { maxLength: 5 }),
    after: fc.array(extension as fc.Arbitrary<Extension>, { maxLength: 5 }),
    sessionId: fc.uint8Array({ maxLength: 32 }),
  })
  .map((parts) => ({ ...parts, message: clientHello(parts) }));
const version = fc.constantFrom(VERSION_1, VERSION_2);

/** Changes to bytes: many small values and edges, as lengths are. */
const changes = fc.array(
  fc.tuple(fc.nat(2000), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 0x40, 0xff))),
  {
    maxLength: 6,
  },
);
function changed(bytes: Uint8Array, made: readonly (readonly [number, number])[], cut: number): Uint8Array {
  const copy = bytes.slice(0, cut % 3 === 0 ? cut % (bytes.length + 1) : bytes.length);
  for (const [at, value] of made) if (copy.length > 0) copy[at % copy.length] = value;
  return copy;
}

/** Pieces of `length` octets that overlap and leave nothing out, in the order that `keys` sorts them into. */
function pieces(length: number, keys: readonly number[]): [from: number, to: number][] {
  const size = Math.ceil(length / keys.length);
  const sorted = keys.map((key, i) => ({ key, i })).sort((a, b) => a.key - b.key);
  return sorted.map(({ i }) => [Math.min(i * size, length), Math.min((i + 1) * size + 3, length)]);
}

test("a hello gives its name, in records and segments of any size and order", () => {
  const order = fc.array(fc.nat(), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(
      hello,
      fc.integer({ min: 1, max: 3000 }),
      order,
      fc.nat(),
      ({ name, message }, size, keys, first) => {
        const stream = records(message, size);
        const segmented = new SegmentedHello(new HelloBuffer());
        segmented.start(first);
        const told = pieces(stream.length, keys).map(([from, to]) =>
          segmented.push((first + from) >>> 0, stream.subarray(from, to)),
        );
        expect(told.findLast((one) => one !== "incomplete")).toMatchObject({ serverName: name });
      },
    ),
    RUNS,
  );
});

test("any bytes are a ClientHello or a fault, and its name lies in them", () => {
  const streams = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
      .tuple(hello, fc.integer({ min: 1, max: 400 }), changes, fc.nat())
      .map(([{ message }, size, made, cut]) => changed(records(message, size), made, cut)),
  );
  fc.assert(
    fc.property(streams, (stream) => {
      for (const told of [readHello(stream), parseClientHello(stream)]) {
        if (typeof told === "string") expect(FAULTS).toContain(told);
        else expect(told.serverName?.length ?? 0).toBeLessThanOrEqual(stream.length);
      }
    }),
    RUNS,
  );
});

test("CRYPTO frames over any packets and in any order give the name", () => {
  const order = fc.array(fc.nat(), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(
      hello,
      order,
      version,
      fc.uint8Array({ maxLength: 20 }),
      (made, keys, version, destinationId) => {
        const connection = new InitialHello(new HelloBuffer());
        const told = pieces(made.message.length, keys).map(([from, to], packetNumber) => {
          const frames = joined(new Uint8Array(20), cryptoFrame(made.message, from, to));
          return connection.push(initialPacket(frames, { version, destinationId, packetNumber }));
        });
        expect(told.findLast((one) => one !== "incomplete")).toMatchObject({ serverName: made.name });
      },
    ),
    FEWER,
  );
});

test("any datagram and any frames are taken without an exception", () => {
  const frames = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 200 }),
    fc
      .tuple(hello, changes, fc.nat())
      .map(([{ message }, made, cut]) =>
        joined(
          changed(joined(Uint8Array.of(2, 9, 0, 1, 0, 1, 1), cryptoFrame(message)), made, cut),
          new Uint8Array(4),
        ),
      ),
  );
  const datagrams = fc.array(
    fc
      .tuple(frames, version, changes, fc.nat(), fc.boolean())
      .map(([frames, version, made, cut, isWhole]) => {
        const packet = initialPacket(frames, { version });
        return isWhole ? packet : changed(packet, made, cut);
      }),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(datagrams, (sent) => {
      const connection = new InitialHello(new HelloBuffer());
      const sums = sent.map((datagram) => Bun.hash(datagram));
      for (const datagram of sent) {
        const told = connection.push(datagram);
        if (typeof told === "string") expect(FAULTS).toContain(told);
      }
      expect(sent.map((datagram) => Bun.hash(datagram))).toEqual(sums);
    }),
    FEWER,
  );
});

test("whatever packets devices send, names are displayable and packets unchanged", () => {
  const payload = fc.oneof(
    hello.map(({ message }) => tcpPacket(records(message), 0)),
    hello.map(({ message }) => tcpPacket(records(message).subarray(0, message.length >>> 1), 0)),
    hello.map(({ message }) =>
      tcpPacket(records(message).subarray(message.length >>> 1), message.length >>> 1),
    ),
    hello.map(({ message }) => udpPacket(initialPacket(cryptoFrame(message)))),
    fc.uint8Array({ maxLength: 100 }).map((bytes) => new DataView(bytes.slice().buffer)),
  );
  const packet = fc.tuple(payload, changes, fc.nat(), fc.boolean()).map(([view, made, cut, isWhole]) => {
    const bytes = new Uint8Array(view.buffer);
    return isWhole ? bytes : changed(bytes, made, cut);
  });
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 12 }), (packets) => {
      const reader = new ServerNames(3);
      for (const [i, bytes] of packets.entries()) {
        const before = Bun.hash(bytes);
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        const seen = reader.read(view, 0, bytes.length, i);
        expect(Bun.hash(bytes)).toBe(before);
        if (seen !== undefined) expect(seen.name).toMatch(/^(?:[a-z0-9_.-]|\\\d{3})+…?$/);
      }
    }),
    FEWER,
  );
});

test("any name comes out displayable, within its bound, and stays as it is", () => {
  const names = fc.oneof(
    fc.string({ unit: "binary", maxLength: 400 }),
    fc.uint8Array({ maxLength: 400 }),
    fc
      .array(fc.constantFrom("\\", "0", "255", "…", ".", "\u202e"), { maxLength: 300 })
      .map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(names, (given) => {
      const shown = displayableName(given);
      expect(shown).toMatch(/^(?:[a-z0-9_.-]|\\\d{3})*…?$/);
      expect(shown.length).toBeLessThanOrEqual(253);
      expect(displayableName(shown)).toBe(shown);
    }),
    RUNS,
  );
});
