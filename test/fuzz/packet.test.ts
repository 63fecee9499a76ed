import { expect, test } from "bun:test";
import fc from "fast-check";
import { FakeFastPath } from "../../runtime/src/nat/fake-fast-path.ts";
import { translateInboundError, translateOutboundError } from "../../runtime/src/nat/icmp-error.ts";
import { Nat } from "../../runtime/src/nat/nat.ts";
import { admit, observe } from "../../runtime/src/nat/packet.ts";
import { Sighting } from "../../runtime/src/traffic/frame.ts";
import { checksum, sum } from "../../runtime/src/wire/checksum.ts";

const HOME = [{ address: 0xc0a84d01, length: 24 }];
const EXTERNAL = 0xc6336407;
/** Bytes before and after the packet, which nobody may touch. */
const GUARD = 64;

/** An IPv4 header with any length fields, a protocol that matters, addresses that matter, and anything behind it. */
const packet = fc
  .record({
    versionAndLength: fc.oneof(fc.constant(0x45), fc.nat(255)),
    totalLength: fc.oneof(fc.nat(0xffff), fc.integer({ min: 20, max: 140 })),
    fragment: fc.oneof(fc.constant(0), fc.nat(0xffff)),
    protocol: fc.constantFrom(1, 6, 17, 47, 50, 255),
    source: fc.constantFrom(0xc0a84d09, EXTERNAL, 0, 0xffffffff),
    destination: fc.constantFrom(0xc0a84d09, EXTERNAL, 0xcb007109),
    rest: fc.uint8Array({ maxLength: 120 }),
    cut: fc.oneof(fc.constant(200), fc.nat(60)),
  })
  .map(({ versionAndLength, totalLength, fragment, protocol, source, destination, rest, cut }) => {
    const bytes = new Uint8Array(20 + rest.length);
    const view = new DataView(bytes.buffer);
    view.setUint8(0, versionAndLength);
    view.setUint16(2, totalLength);
    view.setUint16(6, fragment);
    view.setUint8(9, protocol);
    view.setUint32(12, source);
    view.setUint32(16, destination);
    bytes.set(rest, 20);
    if (protocol === 1 && rest.length >= 8) makeError(view, rest[0]!);
    return bytes.subarray(0, cut);
  });

/** Most errors would fail at their checksum and go no further: this one is right. */
function makeError(view: DataView, choice: number): void {
  view.setUint8(20, [3, 11, 12, 8][choice & 3]!);
  view.setUint16(22, 0);
  view.setUint16(22, checksum(sum(view, 20, view.byteLength - 20)));
}

function between(bytes: Uint8Array): { memory: Uint8Array; view: DataView } {
  const memory = new Uint8Array(GUARD + bytes.length + GUARD).fill(0xa5);
  memory.set(bytes, GUARD);
  return { memory, view: new DataView(memory.buffer) };
}

const guards = (memory: Uint8Array) => [...memory.subarray(0, GUARD), ...memory.subarray(-GUARD)];

test("no packet makes the engine or the tap throw, or write where the packet is not", () => {
  const nat = new Nat({ fastPath: new FakeFastPath(), random: () => 0.5, heldBack: [] });
  const sighting = new Sighting();
  const untouched = Array(2 * GUARD).fill(0xa5);
  fc.assert(
    fc.property(packet, fc.nat(1_000_000), (bytes, now) => {
      const { memory, view } = between(bytes);
      admit(nat, HOME, view, GUARD, bytes.length, now);
      nat.settle(now);
      for (const direction of ["inbound", "outbound"] as const)
        observe(nat, view, GUARD, bytes.length, direction, bytes.length, now);
      translateInboundError(nat, EXTERNAL, view, GUARD, bytes.length);
      translateOutboundError(nat, EXTERNAL, view, GUARD, bytes.length);
      const frame = {
        view,
        offset: GUARD - 14,
        capturedLength: bytes.length + 14,
        seconds: 1,
        nanoseconds: 2,
        wireLength: 3000,
        segments: 2,
      };
      for (const outgoing of [true, false]) sighting.read({ ...frame, outgoing }, HOME);
      expect(guards(memory)).toEqual(untouched);
    }),
    { numRuns: 5000 },
  );
});
