import { expect, test } from "bun:test";
import { checksum, sum } from "../wire/checksum.ts";
import { DROP_REASONS } from "./drops.ts";
import { icmp, ipv4, segment } from "./packets.fixture.ts";
import { isForLackOfRoom, MAX_REFUSAL, writeRefusal } from "./refusal.ts";

const HOST = "192.168.77.10";
const SERVER = "203.0.113.80";

function refuse(packet: DataView, available = packet.byteLength): Uint8Array {
  const into = new DataView(new ArrayBuffer(MAX_REFUSAL));
  return new Uint8Array(into.buffer, 0, writeRefusal(packet, 0, available, into));
}

test("RFC 5508 REQ-8: destination unreachable, communication administratively prohibited, quoting the packet", () => {
  for (const packet of [
    segment(6, `${HOST}:5000`, `${SERVER}:443`, { flags: 2 }),
    segment(17, `${HOST}:5000`, `${SERVER}:443`),
    ipv4(1, HOST, SERVER, icmp(8, 5)),
    ipv4(47, HOST, SERVER, new Uint8Array(12)),
  ]) {
    const message = refuse(packet);
    expect([...message.subarray(0, 2), ...message.subarray(4)]).toEqual([
      3,
      13,
      0,
      0,
      0,
      0,
      ...new Uint8Array(packet.buffer),
    ]);
    expect(checksum(sum(new DataView(message.buffer), 0, message.length))).toBe(0);
  }
});

test("RFC 1812 section 4.3.2.3: as much of the packet as there is, within 576 bytes", () => {
  const packet = segment(17, `${HOST}:5000`, `${SERVER}:443`, { data: new Uint8Array(1200) });
  expect([refuse(packet).length, refuse(packet, 128).length, refuse(packet, 29).length]).toEqual([
    556, 136, 37,
  ]);
});

test("RFC 1812 section 4.3.2.7: never about an error, a later fragment, or what is for many or from nobody", () => {
  const later = segment(17, `${HOST}:5000`, `${SERVER}:443`);
  later.setUint16(6, 1);
  const first = segment(17, `${HOST}:5000`, `${SERVER}:443`);
  first.setUint16(6, 0x2000);
  const about = (source: string, destination: string) => segment(17, `${source}:5000`, `${destination}:443`);
  const silent = [
    later,
    ...[3, 4, 5, 11, 12, 0, 200].map((type) => ipv4(1, HOST, SERVER, icmp(type, 0))),
    about(HOST, "255.255.255.255"),
    about(HOST, "224.0.0.251"),
    about("0.0.0.0", SERVER),
    about("127.0.0.1", SERVER),
    about("239.1.1.1", SERVER),
    about("255.255.255.255", SERVER),
  ];
  expect([silent.map((packet) => refuse(packet).length), refuse(first).length > 0]).toEqual([
    silent.map(() => 0),
    true,
  ]);
});

test("a head without eight bytes of payload is not answered, at any length", () => {
  const packet = segment(17, `${HOST}:5000`, `${SERVER}:443`);
  for (let length = 0; length < 28; length++) expect(refuse(packet, length).length).toBe(0);
});

test("only a lack of room is told", () => {
  const told = DROP_REASONS.filter((_, i) => isForLackOfRoom(-1 - i));
  expect(told).toEqual(["ports-exhausted", "host-limit", "protocol-in-use", "associations-exhausted"]);
});
