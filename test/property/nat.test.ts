import { expect, test } from "bun:test";
import fc from "fast-check";
import { FakeFastPath } from "../../runtime/src/nat/fake-fast-path.ts";
import { Nat } from "../../runtime/src/nat/nat.ts";
import type { Transport } from "../../runtime/src/nat/transport.ts";

const HOSTS = 4;
const PORTS = 12;

const step = fc.record({
  transport: fc.integer({ min: 0, max: 2 }),
  host: fc.integer({ min: 1, max: HOSTS }),
  port: fc.integer({ min: 1, max: PORTS }),
  /** Milliseconds that pass before. */
  pause: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 400_000 })),
});

test("no two internal endpoints share an external one, and what comes back reaches whom it belongs to", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 200 }),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999 })),
      (steps, dice) => {
        const fastPath = new FakeFastPath();
        const nat = new Nat({
          fastPath,
          random: () => dice.next().value,
          heldBack: [{ first: 1, last: 900 }],
        });
        let now = 1;
        for (const { transport, host, port, pause } of steps) {
          now += pause;
          nat.expire(now);
          const external = nat.outbound(transport as Transport, host, port, 9, 443, now);
          nat.settle(now);
          const into = { address: 0, port: 0 };
          nat.internalEndpointOf(transport as Transport, external, into);
          expect(into).toEqual({ address: host, port });
        }
        const taken: string[] = [];
        for (let cursor = 0; cursor >= 0; ) {
          cursor = nat.listBindings({}, cursor, 1000, ({ transport, externalPort }) => {
            taken.push(`${transport} ${externalPort}`);
          });
        }
        expect([new Set(taken).size, fastPath.bindings.size]).toEqual([taken.length, taken.length]);
      },
    ),
    { numRuns: 40 },
  );
});
