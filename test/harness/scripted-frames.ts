import { type AddressWords, isMapped, parseAddress } from "@gatehouse/runtime/addr/ipv6.ts";
import { type Mac, macBytes } from "@gatehouse/runtime/addr/mac.ts";
import { checksum, sum } from "@gatehouse/runtime/wire/checksum.ts";

const [TCP, UDP] = [6, 17];
const [SYN, PUSH_ACK, ACK] = [0x02, 0x18, 0x10];
const ROUTER_MAC = macBytes("02:00:5e:40:00:01" as Mac);
/** Where the router's name server answers. */
export const ROUTER = "192.168.40.1";

/** Two ends of a conversation; the device's address is of the kind the remote's is. */
export interface Ends {
  mac: Mac;
  device: AddressWords;
  remote: AddressWords;
  protocol: number;
  localPort: number;
  remotePort: number;
}

export interface ScriptedFrame {
  /** From the device. */
  up: boolean;
  bytes: Uint8Array;
}

/** The question a device asks the router's name server, and the answer. */
export function nameExchange(mac: Mac, address: string, name: string, answer: AddressWords): ScriptedFrame[] {
  const ends: Ends = {
    mac,
    device: parseAddress(address)!,
    remote: parseAddress(ROUTER)!,
    protocol: UDP,
    localPort: 40_000,
    remotePort: 53,
  };
  const octets = addressBytes(answer);
  const question = [...labels(name), 0, octets.length === 4 ? 1 : 28, 0, 1];
  const record = [0xc0, 12, 0, octets.length === 4 ? 1 : 28, 0, 1, 0, 0, 1, 44, 0, octets.length, ...octets];
  return [
    { up: true, bytes: frame(ends, true, [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...question]) },
    {
      up: false,
      bytes: frame(ends, false, [0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, ...question, ...record]),
    },
  ];
}

/** How a conversation begins: TCP's handshake, nothing for the others. */
export function opening(ends: Ends): ScriptedFrame[] {
  if (ends.protocol !== TCP) return [];
  return [
    { up: true, bytes: frame(ends, true, [], { flags: SYN, sequence: 0, acknowledged: 0 }) },
    { up: false, bytes: frame(ends, false, [], { flags: SYN | ACK, sequence: 0, acknowledged: 1 }) },
    { up: true, bytes: frame(ends, true, [], { flags: ACK, sequence: 1, acknowledged: 1 }) },
  ];
}

/** The `turn`th word of a conversation and the answer to it, of `up` and `down` bytes of payload. */
export function exchange(ends: Ends, turn: number, up: number, down: number): ScriptedFrame[] {
  const payload = (length: number) => new Uint8Array(length).map((_, i) => turn * 31 + i * 7 + length);
  const [sent, answered] = [1 + turn * up, 1 + turn * down];
  const asks = { flags: PUSH_ACK, sequence: sent, acknowledged: answered };
  const answers = { flags: PUSH_ACK, sequence: answered, acknowledged: sent + up };
  return [
    { up: true, bytes: frame(ends, true, payload(up), asks) },
    { up: false, bytes: frame(ends, false, payload(down), answers) },
  ];
}

interface Segment {
  flags: number;
  sequence: number;
  acknowledged: number;
}

/** An Ethernet frame with correct lengths and checksums; `segment` is for TCP only. */
function frame(ends: Ends, up: boolean, payload: ArrayLike<number>, segment?: Segment): Uint8Array {
  const { mac, device, remote, protocol } = ends;
  const [source, destination] = up ? [device, remote] : [remote, device];
  const transport = joined(transportHeader(ends, up, payload.length, segment), payload);
  const addresses = [...addressBytes(source), ...addressBytes(destination)];
  setTransportChecksum(transport, protocol, addresses);
  const macs = up ? [...ROUTER_MAC, ...macBytes(mac)] : [...macBytes(mac), ...ROUTER_MAC];
  const isIPv4 = addresses.length === 8;
  const header = isIPv4
    ? ipv4Header(protocol, transport.length, addresses)
    : [0x60, 0, 0, 0, ...u16(transport.length), protocol, 64, ...addresses];
  return joined([...macs, ...(isIPv4 ? [0x08, 0x00] : [0x86, 0xdd]), ...header], transport);
}

function transportHeader(
  { protocol, localPort, remotePort }: Ends,
  up: boolean,
  length: number,
  segment: Segment | undefined,
): number[] {
  const ports = up ? [...u16(localPort), ...u16(remotePort)] : [...u16(remotePort), ...u16(localPort)];
  if (protocol === UDP) return [...ports, ...u16(8 + length), 0, 0];
  if (protocol !== TCP || segment === undefined) return [...u32(0x1000), ...u32(1)];
  const { flags, sequence, acknowledged } = segment;
  return [...ports, ...u32(sequence), ...u32(acknowledged), 0x50, flags, 0xff, 0xff, 0, 0, 0, 0];
}

function joined(head: readonly number[], rest: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(head.length + rest.length);
  bytes.set(head);
  bytes.set(rest, head.length);
  return bytes;
}

/** Over the pseudo-header, too (RFC 9293 section 3.1, RFC 768, RFC 8200 section 8.1). */
function setTransportChecksum(transport: Uint8Array, protocol: number, addresses: readonly number[]): void {
  const at = protocol === TCP ? 16 : 6;
  if (protocol !== TCP && protocol !== UDP) return;
  const view = new DataView(transport.buffer);
  const pseudo = new DataView(Uint8Array.from(addresses).buffer);
  const initial = sum(pseudo, 0, pseudo.byteLength) + protocol + transport.length;
  view.setUint16(at, checksum(sum(view, 0, transport.length, initial)) || 0xffff);
}

function ipv4Header(protocol: number, length: number, addresses: readonly number[]): number[] {
  const header = [0x45, 0, ...u16(20 + length), 0, 0, 0x40, 0, 64, protocol, 0, 0, ...addresses];
  const check = checksum(sum(new DataView(Uint8Array.from(header).buffer), 0, 20));
  header.splice(10, 2, ...u16(check));
  return header;
}

function addressBytes(words: AddressWords): number[] {
  const bytes = [...words].flatMap(u32);
  return isMapped(words) ? bytes.slice(12) : bytes;
}

function labels(name: string): number[] {
  const lengthAndText = (label: string) => [label.length, ...new TextEncoder().encode(label)];
  return [...name.split(".").flatMap(lengthAndText), 0];
}

function u16(value: number): number[] {
  return [(value >>> 8) & 0xff, value & 0xff];
}

function u32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}
