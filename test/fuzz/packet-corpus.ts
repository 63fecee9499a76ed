import { readFileSync } from "node:fs";
import { icmp, ipv4, segment } from "../../runtime/src/nat/packets.fixture.ts";
import { ACK, FIN, RST, SYN } from "../../runtime/src/wire/tcp.ts";
import { repair } from "./packet-repair.ts";

/** DNS messages of real programs, as UDP payloads. */
const dns = readFileSync(new URL("../fixtures/dns/messages.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .flatMap((line) => line.split(" ").slice(2, 4))
  .slice(0, 6)
  .map((hex) => Uint8Array.fromHex(hex));

/** Options of Linux's SYN: maximum segment size, SACK permitted, timestamps, window scale. */
const SYN_OPTIONS = Uint8Array.fromHex("020405b40402080a5f0e1d2c0000000001030307");
const ROUTER_ALERT = Uint8Array.of(148, 4, 0, 0);
const RECORD_ROUTE = Uint8Array.of(7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 1);
/** An ICMP extension (RFC 4884) with an MPLS label stack object (RFC 4950). */
const EXTENSION = Uint8Array.fromHex("20002b1000080101000a1101");

function syn(source: string, destination: string): DataView {
  const packet = segment(6, source, destination, { flags: SYN, data: SYN_OPTIONS });
  packet.setUint8(32, 0xa0);
  return repair(packet);
}

function fragment(packet: DataView, offsetAndFlags: number): DataView {
  packet.setUint16(6, offsetAndFlags);
  return repair(packet);
}

/** Packets between an endpoint of ours and one of theirs, of each kind that the path knows, and a few that it does not. */
function between(ours: string, theirs: string): DataView[] {
  const [host = "", server = ""] = [ours, theirs].map((endpoint) => endpoint.split(":")[0]);
  const gre = Uint8Array.fromHex("2000880b0000000c45000014");
  return [
    syn(ours, theirs),
    segment(6, ours, theirs, { flags: ACK, data: new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n") }),
    segment(6, ours, theirs, { flags: FIN | ACK }),
    segment(6, ours, theirs, { flags: RST }),
    segment(6, ours, theirs, { flags: SYN, options: RECORD_ROUTE }),
    ...dns.map((data) => segment(17, ours, theirs, { data })),
    segment(17, ours, theirs, { options: ROUTER_ALERT, data: Uint8Array.of(1) }),
    fragment(segment(17, ours, theirs, { data: new Uint8Array(64) }), 0x2000),
    fragment(segment(17, ours, theirs, { data: new Uint8Array(64) }), 0x0010),
    ...[0, 8, 13, 14].map((type) => ipv4(1, host, server, icmp(type, 4242))),
    ...[4, 41, 47, 50, 132, 89].map((protocol) => ipv4(protocol, host, server, gre)),
  ];
}

function errorsAbout(quoted: DataView, from: string, to: string): DataView[] {
  const head = new DataView(quoted.buffer.slice(0, (quoted.getUint8(0) & 15) * 4 + 8));
  const padded = new Uint8Array(128);
  padded.set(new Uint8Array(quoted.buffer).subarray(0, 128));
  const extended = icmp(11, 32, new DataView(Uint8Array.of(...padded, ...EXTENSION).buffer));
  return [
    ...[3, 11, 12].map((type) => ipv4(1, from, to, icmp(type, 0, quoted))),
    ipv4(1, from, to, icmp(3, 0, head)),
    ipv4(1, from, to, extended),
    ipv4(1, from, to, icmp(3, 0, quoted), ROUTER_ALERT),
  ];
}

/**
 * Well-formed packets as `host` and `external` exchange them with `server`, the endpoints as "address:port": what a host sends, what
 * it receives, and errors in both directions that quote what was sent and received on the error's side.
 */
export function corpus(host: string, external: string, server: string): DataView[] {
  const [hostAddress = "", externalAddress = "", serverAddress = ""] = [host, external, server].map(
    (endpoint) => endpoint.split(":")[0],
  );
  return [
    ...between(host, server),
    ...between(server, host),
    ...between(external, server).flatMap((sent) => errorsAbout(sent, "192.0.2.254", externalAddress)),
    ...between(server, host).flatMap((received) => errorsAbout(received, hostAddress, serverAddress)),
    ...between(server, host).flatMap((received) => errorsAbout(received, externalAddress, serverAddress)),
  ];
}
