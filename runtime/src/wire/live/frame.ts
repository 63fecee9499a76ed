import type { Mac } from "../../addr/mac.ts";

/**
 * The binary frames of live traffic, one per WebSocket message. Numbers are little-endian; addresses are octets in the order packets
 * have them, a device's MAC address in 6 and a remote in 16, IPv4 as ::ffff:a.b.c.d and `::` for remotes without room of their own.
 *
 * | kind | after u8 kind, u8 flags (0) |
 * | --- | --- |
 * | 1 sums | f64 ms since the epoch when the tick of 100 ms began, u16 count, records: mac, remote, u8 protocol, u8 0, u16 service port, u32 bytes up, down, packets up, down |
 * | 2 packets | u16 count, records: u32 seconds, u32 nanoseconds, mac, remote, u8 direction (1 up, 0 down), u8 protocol, u16 local port, u16 remote port, u8 TCP flags, u8 0, u32 bytes, u16 segments, u16 0 |
 * | 3 mode | u8 mode (1 packets, 0 sums), u8 reason, u32 packets left out since the last such frame |
 * | 4 names | UTF-8 JSON: `LiveName[]` |
 */
export const KIND = { sums: 1, packets: 2, mode: 3, names: 4 } as const;

export const FRAME_HEADER = 2;
export const SUMS_HEADER = FRAME_HEADER + 10;
export const SUMS_RECORD = 42;
export const PACKETS_HEADER = FRAME_HEADER + 2;
export const PACKET_RECORD = 46;
export const MODE_LENGTH = FRAME_HEADER + 6;

/** Why the stream is in its mode, by number: not asked for packets, more of them than the budget, an unsent rest that is too long. */
export const REASONS = ["asked", "budget", "slow"] as const;
export type LiveReason = (typeof REASONS)[number];

/** What a device exchanged with a service of a remote in one tick. */
export interface LiveSum {
  device: Mac;
  remote: string;
  /** IP protocol number, and the service's port, 0 where there is none. */
  protocol: number;
  port: number;
  up: number;
  down: number;
  upPackets: number;
  downPackets: number;
}

/** One packet, or several that passed as one. */
export interface LivePacket {
  seconds: number;
  nanoseconds: number;
  device: Mac;
  remote: string;
  /** From the device towards the remote. */
  up: boolean;
  protocol: number;
  localPort: number;
  remotePort: number;
  /** As in the TCP header; 0 for other protocols. */
  tcpFlags: number;
  /** Bytes on the wire, of all segments. */
  length: number;
  segments: number;
}

/** The name a remote is best known by, displayable, how it is known, and the part of it that somebody registered. */
export interface LiveName {
  remote: string;
  name: string;
  evidence: "asked" | "server-name" | "reverse";
  domain: string;
}

export type LiveFrame =
  | { kind: "sums"; at: number; records: LiveSum[] }
  | { kind: "packets"; records: LivePacket[] }
  | { kind: "mode"; mode: "packets" | "sums"; why: LiveReason; leftOut: number }
  | { kind: "names"; names: LiveName[] };
