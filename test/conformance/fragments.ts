import { expect } from "bun:test";
import { at, carries, expectInbound, sendUdp, UDP_SERVICE, uniqueText } from "./exchanges.ts";
import {
  changed,
  ECHO_REQUEST,
  endpoint,
  fragments,
  headerLength,
  query,
  sealed,
  sealHeader,
  udp,
  viewOf,
} from "./packet.ts";
import { ADDRESSES, OTHER_SERVER, type Place, type Requirement, type Router, SERVER } from "./router.ts";
import { type Seen, show } from "./seen.ts";

/** Payload bytes of the fragments that are sent: a multiple of eight that fits both sides' links. */
const SIZE = 1024;
const MORE_FRAGMENTS = 0x2000;
/** First fragments whose second never comes: more than the kernel keeps. */
const FLOOD = 12_000;
/** Milliseconds until fragments must pass again after a flood. */
const RECOVERY = 10_000;

/** Fragments and identification: RFC 4787 REQ-13 and 14, RFC 6864. All of it is the kernel's work, under the rules of the NAT. */
export const FRAGMENTS: readonly Requirement[] = [
  {
    id: "RFC 4787 REQ-13a",
    says: "a packet that may be fragmented and does not fit leaves in fragments",
    kind: "kernel",
    async run(router) {
      const external = await sendUdp(router, "alice", 5000);
      const sent = udp(at("alice", 5000), UDP_SERVICE, filler(1440), { dontFragment: false, id: 7 });
      router.send("alice", sent);
      await expectWhole(router, "outside", sent, { from: external });
    },
  },
  {
    id: "RFC 4787 REQ-14",
    says: "fragments pass both ways whatever order they arrive in, those of a new flow and of a ping, too",
    kind: "kernel",
    async run(router) {
      const external = await sendUdp(router, "alice", 5000);
      for (const [i, order] of [
        [0, 1, 2],
        [2, 1, 0],
        [1, 2, 0],
      ].entries()) {
        const outbound = udp(at("alice", 5000), UDP_SERVICE, filler(2900), {
          dontFragment: false,
          id: 10 + i,
        });
        sendFragments(router, "alice", outbound, order);
        await expectWhole(router, "outside", outbound, { from: external });
        const inbound = udp(UDP_SERVICE, external, filler(2900), { dontFragment: false, id: 20 + i });
        sendFragments(router, "outside", inbound, order);
        await expectWhole(router, "alice", inbound, { to: at("alice", 5000) });
      }
      const fresh = udp(at("alice", 5001), UDP_SERVICE, filler(2900), { dontFragment: false, id: 30 });
      sendFragments(router, "alice", fresh, [2, 0, 1]);
      await expectWhole(router, "outside", fresh, { from: endpoint(router.external, 5001) });
      const ping = query(ECHO_REQUEST, ADDRESSES.alice, SERVER, 700, filler(2900), {
        dontFragment: false,
        id: 31,
      });
      sendFragments(router, "alice", ping, [1, 0, 2]);
      await expectWhole(router, "outside", ping, { from: `${router.external}:700` });
    },
  },
  {
    id: "RFC 4787 REQ-14",
    says: "fragments that overlap go nowhere, and whole ones pass after them",
    kind: "kernel",
    async run(router) {
      const external = await sendUdp(router, "alice", 5000);
      const whole = udp(UDP_SERVICE, external, filler(2900), { dontFragment: false, id: 40 });
      const pieces = fragments(whole, SIZE);
      // The second begins eight bytes early, inside the first.
      const early = pieces[1]!.slice();
      viewOf(early).setUint16(6, MORE_FRAGMENTS | ((SIZE - 8) / 8));
      for (const piece of [pieces[0]!, sealed(early), pieces[2]!]) router.send("outside", piece);
      await router.settle();
      expect(router.arrived("alice").filter(({ fragment }) => fragment !== undefined)).toEqual([]);
      const next = udp(UDP_SERVICE, external, filler(2900), { dontFragment: false, id: 41 });
      sendFragments(router, "outside", next, [2, 0, 1]);
      await expectWhole(router, "alice", next, { to: at("alice", 5000) });
    },
  },
  {
    id: "RFC 6864 section 5.3.1",
    says: "packets that may be fragmented have identifications of their own, whichever hosts they are from",
    kind: "kernel",
    async run(router) {
      const text = uniqueText();
      for (let id = 1; id <= 50; id++) {
        for (const host of ["alice", "bob"] as const) {
          router.send(host, udp(at(host, 5000), UDP_SERVICE, text, { dontFragment: false, id }));
        }
      }
      await router.settle();
      const seen = router.arrived("outside").filter(carries(text));
      expect([seen.length, new Set(seen.map(({ id }) => id)).size]).toEqual([100, 100]);
    },
  },
  {
    // The last one: for seconds after it the kernel takes in no fragments.
    id: "RFC 4787 REQ-14a",
    says: "a flood of fragments takes bounded memory and stops no whole packets, and others' fragments for seconds only",
    kind: "kernel",
    async run(router) {
      const external = await sendUdp(router, "alice", 5000);
      const flood = Array.from({ length: FLOOD }, (_, id) => {
        const source = endpoint(`203.0.113.${1 + (id % 60)}`, 7);
        const whole = udp(source, external, "flood".padEnd(1800, "!"), { dontFragment: false, id });
        return fragments(whole, 1376)[0]!;
      });
      // Made before, so that they are sent in less time than the kernel keeps them.
      for (const piece of flood) router.send("outside", piece);
      const { used, limit } = router.fragmentMemory!();
      // The last fragment may be taken in at just below the limit.
      expect([used > limit / 2, used < limit + 65_536]).toEqual([true, true]);
      await expectInbound(router, UDP_SERVICE, external, "alice", 5000);
      expect(await sendUdp(router, "alice", 5000)).toBe(external);
      const isFragment = ({ source, fragment }: Seen) => source === OTHER_SERVER && fragment !== undefined;
      const deadline = router.now() + RECOVERY;
      for (let id = 1; !router.arrived("alice").some(isFragment); id++) {
        expect(router.now() < deadline).toBe(true);
        const datagram = udp(`${OTHER_SERVER}:7`, external, filler(2900), { dontFragment: false, id });
        for (const piece of fragments(datagram, SIZE)) router.send("outside", piece);
        await router.settle();
        await router.until(router.now() + router.lookInterval);
      }
    },
  },
];

/** Text of `length` bytes that no other packet has. */
function filler(length: number): string {
  return uniqueText().padEnd(length, "fragments! ");
}

function sendFragments(router: Router, from: Place, packet: Uint8Array, order: readonly number[]): void {
  const pieces = fragments(packet, SIZE);
  expect(pieces.length).toBe(order.length);
  for (const i of order) router.send(from, pieces[i]!);
}

/** Expects `sent` with its endpoints changed, in whatever pieces; the identification may be another. */
async function expectWhole(
  router: Router,
  place: Place,
  sent: Uint8Array,
  endpoints: { from?: string; to?: string },
): Promise<void> {
  const mark = /<\d+>/.exec(new TextDecoder("latin1").decode(sent))![0];
  const first = await router.received(place, carries(mark));
  let whole: Uint8Array | undefined;
  await router.received(place, () => {
    const isPiece = ({ fragment, id, source }: Seen) =>
      fragment !== undefined && id === first.id && source === first.source;
    whole = first.fragment === undefined ? first.bytes : reassembled(router.arrived(place).filter(isPiece));
    return whole !== undefined;
  });
  expect(show(whole!)).toBe(show(changed(sent, { ...endpoints, ttl: 63, id: first.id })));
}

/** The packet that the fragments make, when they make one. */
function reassembled(pieces: readonly Seen[]): Uint8Array | undefined {
  const sorted = pieces.toSorted((a, b) => (a.fragment?.offset ?? 0) - (b.fragment?.offset ?? 0));
  const bytes: number[] = [];
  for (const { bytes: piece, fragment } of sorted) {
    const payload = piece.subarray(headerLength(piece));
    if ((fragment?.offset ?? 0) !== bytes.length) return undefined;
    bytes.push(...payload);
  }
  if (sorted.length === 0 || sorted.at(-1)!.fragment?.more) return undefined;
  const header = sorted[0]!.bytes.subarray(0, headerLength(sorted[0]!.bytes));
  const whole = new Uint8Array([...header, ...bytes]);
  viewOf(whole).setUint16(2, whole.length);
  viewOf(whole).setUint16(6, 0);
  sealHeader(viewOf(whole));
  return whole;
}
