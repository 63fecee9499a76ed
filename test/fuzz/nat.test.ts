import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseIPv4 } from "../../runtime/src/addr/ipv4.ts";
import { reasonOf } from "../../runtime/src/nat/drops.ts";
import { FakeFastPath } from "../../runtime/src/nat/fake-fast-path.ts";
import {
  REWRITTEN,
  translateInboundError,
  translateOutboundError,
  UNTOUCHED,
} from "../../runtime/src/nat/icmp-error.ts";
import { Nat } from "../../runtime/src/nat/nat.ts";
import { admit, observe } from "../../runtime/src/nat/packet.ts";
import { MAX_REFUSAL, writeRefusal } from "../../runtime/src/nat/refusal.ts";
import { TCP, UDP } from "../../runtime/src/nat/transport.ts";
import { checksum, sum } from "../../runtime/src/wire/checksum.ts";
import { Dice, mutated } from "./mutation.ts";
import { corpus } from "./packet-corpus.ts";
import { wrongChecksums } from "./packet-repair.ts";

const SEED = fc.readConfigureGlobal().seed ?? 20261122;
const PACKETS = 60_000;

const HOME = [{ address: 0xc0a84d01, length: 24 }];
const HOST = "192.168.77.10:5000";
const EXTERNAL = "198.51.100.7:6000";
const SERVER = "203.0.113.9:53";
const EXTERNAL_ADDRESS = parseIPv4("198.51.100.7")!;

/** Before and behind the packet, in the second of two places that each packet is put in. */
const GUARD = 64;

/** Whose bindings the corpus is about, with something of each kind. */
function makeNat(): Nat {
  const nat = new Nat({
    fastPath: new FakeFastPath(),
    random: () => 0.5,
    policy: {
      forwards: [UDP, TCP].map((transport) => ({
        transport,
        externalPort: 6000,
        address: parseIPv4("192.168.77.10")!,
        port: 5000,
      })),
      mapped: [{ external: parseIPv4("198.51.100.8")!, internal: parseIPv4("192.168.77.20")! }],
      dmz: parseIPv4("192.168.77.30")!,
    },
  });
  for (const protocol of [4, 41, 47, 50, 132])
    nat.associate(protocol, parseIPv4("192.168.77.10")!, parseIPv4("203.0.113.9")!, 1);
  nat.outbound(2, parseIPv4("192.168.77.10")!, 4242, 0, 0, 1);
  nat.settle(1);
  return nat;
}

const PACKETS_OF_ALL = [
  ...corpus(HOST, EXTERNAL, SERVER),
  ...corpus("192.168.77.20:80", "198.51.100.8:80", SERVER),
  ...corpus("192.168.77.30:70", "198.51.100.7:70", SERVER),
];

/** A fault that a packet shows, or undefined. */
type Check = (nat: Nat, bytes: Uint8Array, now: number) => string | undefined;

/** Where nothing lies before or behind: reading there throws. */
const alone = (bytes: Uint8Array) => new DataView(bytes.slice().buffer);

const onlyReads: Check = (nat, bytes, now) => {
  const view = alone(bytes);
  const into = new DataView(new ArrayBuffer(MAX_REFUSAL));
  const code = admit(nat, HOME, view, 0, bytes.length, now);
  for (const direction of ["outbound", "inbound"] as const)
    observe(nat, view, 0, bytes.length, direction, 1, now);
  const length = writeRefusal(view, 0, bytes.length, into);
  if (Buffer.compare(bytes, new Uint8Array(view.buffer)) !== 0)
    return "a packet was changed that is only looked at";
  if (code !== 0 && reasonOf(code) === undefined) return `admitted with ${code}`;
  if (length !== 0 && checksum(sum(into, 0, length)) !== 0) return "a refusal's checksum is wrong";
  const quoted = new Uint8Array(into.buffer, 8, Math.max(0, length - 8));
  return Buffer.compare(quoted, bytes.subarray(0, quoted.length)) === 0
    ? undefined
    : "a refusal quotes another packet";
};

const translates =
  (translate: typeof translateInboundError): Check =>
  (nat, bytes) => {
    const view = alone(bytes);
    const result = translate(nat, EXTERNAL_ADDRESS, view, 0, bytes.length);
    const after = new Uint8Array(view.buffer);
    const elsewhere = guarded(bytes);
    const again = translate(nat, EXTERNAL_ADDRESS, new DataView(elsewhere.buffer), GUARD, bytes.length);
    if (again !== result) return `${result} at the start of the memory, ${again} inside`;
    if (Buffer.compare(elsewhere, guarded(after)) !== 0)
      return "wrote where the packet is not, or otherwise than elsewhere";
    if (result !== REWRITTEN) {
      if (result !== UNTOUCHED && reasonOf(result) === undefined) return `translated with ${result}`;
      return Buffer.compare(bytes, after) === 0 ? undefined : "changed without saying so";
    }
    const before = wrongChecksums(new DataView(bytes.slice().buffer));
    const wrong = wrongChecksums(view).filter((name) => !before.includes(name));
    if (wrong.length > 0) return `wrong afterwards: ${wrong}`;
    return strayByte(bytes, after);
  };

function guarded(bytes: Uint8Array): Uint8Array {
  const memory = new Uint8Array(GUARD + bytes.length + GUARD).fill(0xa5);
  memory.set(bytes, GUARD);
  return memory;
}

/** Of the outer header only checksum and addresses may change, of the message its checksum, of the quote what identifies an endpoint. */
function strayByte(before: Uint8Array, after: Uint8Array): string | undefined {
  const header = (before[0]! & 15) * 4;
  const quote = header + 8;
  const payload = quote + (before[quote]! & 15) * 4;
  const isIn = (at: number, start: number, length: number) => at >= start && at < start + length;
  for (let at = 0; at < before.length; at++) {
    if (before[at] === after[at]) continue;
    const isExpected =
      isIn(at, 10, 2) ||
      isIn(at, 12, 8) ||
      isIn(at, header + 2, 2) ||
      isIn(at, quote + 10, 2) ||
      isIn(at, quote + 12, 8) ||
      isIn(at, payload, 8) ||
      isIn(at, payload + 16, 2);
    if (!isExpected) return `byte ${at} changed`;
  }
  return undefined;
}

const CHECKS: Record<string, Check> = {
  "admit, observe, refuse": onlyReads,
  "translate an error from outside": translates(translateInboundError),
  "translate an error from the home": translates(translateOutboundError),
};

test(`${PACKETS} mutated packets, seed ${SEED}: nothing throws, reads or writes outside, and checksums stay right`, () => {
  const dice = new Dice(SEED);
  const nat = makeNat();
  const results = { rewritten: 0, refusable: 0 };
  for (let i = 0; i < PACKETS; i++) {
    const bytes = mutated(PACKETS_OF_ALL, dice);
    const now = 2 + i;
    for (const [name, check] of Object.entries(CHECKS)) {
      let fault: string | undefined;
      try {
        fault = check(nat, bytes, now);
      } catch (error) {
        fault = String(error);
      }
      if (fault !== undefined)
        throw new Error(`${name}: ${fault}; packet ${i} of seed ${SEED}: ${bytes.toHex()}`);
    }
    if (translateInboundError(nat, EXTERNAL_ADDRESS, alone(bytes), 0, bytes.length) === REWRITTEN)
      results.rewritten++;
    if (writeRefusal(alone(bytes), 0, bytes.length, new DataView(new ArrayBuffer(MAX_REFUSAL))) > 0)
      results.refusable++;
    if (i % 1000 === 0) nat.expire(now);
  }
  // The packets get far enough to mean something.
  expect(results.rewritten).toBeGreaterThan(PACKETS / 50);
  expect(results.refusable).toBeGreaterThan(PACKETS / 50);
});

test("the corpus itself is well-formed, and all of its errors are translated or known not to be", () => {
  const nat = makeNat();
  const wrong = PACKETS_OF_ALL.flatMap((packet) => wrongChecksums(packet));
  const results = new Map<number, number>();
  for (const packet of PACKETS_OF_ALL) {
    const bytes = new Uint8Array(packet.buffer);
    for (const translate of [translateInboundError, translateOutboundError]) {
      const result = translate(nat, EXTERNAL_ADDRESS, alone(bytes), 0, bytes.length);
      results.set(result, (results.get(result) ?? 0) + 1);
    }
  }
  expect([wrong, results.get(REWRITTEN)! > 200]).toEqual([[], true]);
});
