import { feedLength, formatFeed } from "./memory.ts";
import type { FeedReader } from "./reader.ts";
import { emptyPacket, type PacketRecord, type SumsRecord } from "./records.ts";

/** Room for so little that all of it is soon overwritten. */
export const SMALL = { sums: 256, packets: 64, names: 16 };
export const ALICE = 0xfe005e00000a;
export const BOB = 0x02005e00000b;

/** An empty feed. */
export function feedOf(capacity = SMALL, firstTick = 0) {
  return formatFeed(new ArrayBuffer(feedLength(capacity)), capacity, firstTick);
}

/** A packet from Alice to a server, but for `change`. */
export function packet(change: Partial<PacketRecord> = {}): PacketRecord {
  const remote = Uint32Array.of(0, 0, 0xffff, 0xcb007150);
  const base = {
    device: ALICE,
    remote,
    up: true,
    protocol: 6,
    localPort: 40_000,
    remotePort: 443,
    length: 100,
  };
  return { ...emptyPacket(), ...base, ...change };
}

export interface Tick {
  tick: number;
  frames: number;
  dropped: number;
  sums: SumsRecord[];
}

/** The ticks that there are, with their sums. */
export function ticksOf(reader: FeedReader): Tick[] {
  const ticks: Tick[] = [];
  let sums: SumsRecord[] = [];
  reader.readTicks(
    (record) => sums.push({ ...record, remote: record.remote.slice() }),
    (tick, frames, dropped) => {
      ticks.push({ tick, frames, dropped, sums });
      sums = [];
    },
  );
  return ticks;
}

/** The packets that there are. */
export function packetsOf(reader: FeedReader): PacketRecord[] {
  const packets: PacketRecord[] = [];
  reader.readPackets((record) => packets.push({ ...record, remote: record.remote.slice() }));
  return packets;
}
