import { joined } from "../../wire/tls/hello.fixture.ts";

/** One flow's packets from a device, for tests. IPv4 unless `isIPv6`. */
export interface FlowParts {
  sourcePort: number;
  destinationPort: number;
  /** Last octet of the device's address. */
  host: number;
  isIPv6: boolean;
}

/** An IP packet with a TCP segment; `control` has its flags. */
export function tcpPacket(
  payload: Uint8Array,
  sequence: number,
  flow: Partial<FlowParts> = {},
  control = 0x18,
): DataView {
  const rest = Uint8Array.of(0, 0, 0, 0, 0x50, control, 0xff, 0xff, 0, 0, 0, 0);
  return ipPacket(6, joined(portsOf(flow), uint32(sequence), rest, payload), flow);
}

/** An IP packet with a UDP datagram. */
export function udpPacket(payload: Uint8Array, flow: Partial<FlowParts> = {}): DataView {
  const length = 8 + payload.length;
  return ipPacket(17, joined(portsOf(flow), Uint8Array.of(length >>> 8, length, 0, 0), payload), flow);
}

function ipPacket(
  protocol: number,
  payload: Uint8Array,
  { host = 10, isIPv6 = false }: Partial<FlowParts>,
): DataView {
  const length = payload.length + (isIPv6 ? 0 : 20);
  const octets = [length >>> 8, length] as const;
  const header = isIPv6
    ? [0x60, 0, 0, 0, ...octets, protocol, 64, ...Array(15).fill(0x20), host, ...Array(16).fill(0x21)]
    : [0x45, 0, ...octets, 0, 0, 0x40, 0, 64, protocol, 0, 0, 192, 168, 77, host, 203, 0, 113, 80];
  return new DataView(joined(Uint8Array.from(header), payload).buffer);
}

function portsOf({ sourcePort = 50_000, destinationPort = 443 }: Partial<FlowParts>): Uint8Array {
  return Uint8Array.of(sourcePort >>> 8, sourcePort, destinationPort >>> 8, destinationPort);
}

function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}
