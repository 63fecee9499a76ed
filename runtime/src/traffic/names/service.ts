import { PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP } from "../../wire/ipv4.ts";

/** What a connection is for, as far as its port tells. */
export interface Service {
  /** In plain words: "web". */
  readonly words: string;
  /** For the expert: IANA's name of the port's service or of the protocol; undefined where there is none. */
  readonly iana?: string;
}

const PROTOCOL_ICMPV6 = 58;

/** Who uses a port: TCP, UDP or both. */
type Users = "tcp" | "udp" | "both";

type Row = readonly [users: Users, first: number, last: number, words: string, iana?: string];

/**
 * What homes see, by the port of the side that offers the service: IANA's registry of service names and ports, and ports that
 * makers document where IANA names something else or nothing.
 */
const PORTS: readonly Row[] = [
  ["tcp", 20, 20, "file transfer", "ftp-data"],
  ["tcp", 21, 21, "file transfer", "ftp"],
  ["tcp", 22, 22, "remote shell", "ssh"],
  ["tcp", 23, 23, "remote shell (unencrypted)", "telnet"],
  ["tcp", 25, 25, "mail", "smtp"],
  ["both", 53, 53, "name service", "domain"],
  ["udp", 67, 67, "address assignment", "bootps"],
  ["udp", 68, 68, "address assignment", "bootpc"],
  ["tcp", 80, 80, "web (unencrypted)", "http"],
  ["udp", 80, 80, "web (QUIC)", "http"],
  ["tcp", 110, 110, "mail", "pop3"],
  ["udp", 123, 123, "time", "ntp"],
  ["udp", 137, 137, "file sharing", "netbios-ns"],
  ["udp", 138, 138, "file sharing", "netbios-dgm"],
  ["tcp", 139, 139, "file sharing", "netbios-ssn"],
  ["tcp", 143, 143, "mail", "imap"],
  ["udp", 161, 161, "device management", "snmp"],
  ["udp", 162, 162, "device management", "snmptrap"],
  ["tcp", 443, 443, "web", "https"],
  ["udp", 443, 443, "web (QUIC)", "https"],
  ["tcp", 445, 445, "file sharing", "microsoft-ds"],
  ["tcp", 465, 465, "mail", "submissions"],
  ["udp", 500, 500, "VPN", "isakmp"],
  ["both", 554, 554, "video stream", "rtsp"],
  ["tcp", 587, 587, "mail", "submission"],
  ["tcp", 631, 631, "printing", "ipp"],
  ["both", 853, 853, "name service (encrypted)", "domain-s"],
  ["tcp", 993, 993, "mail", "imaps"],
  ["tcp", 995, 995, "mail", "pop3s"],
  ["both", 1194, 1194, "VPN", "openvpn"],
  ["udp", 1701, 1701, "VPN", "l2f"],
  ["tcp", 1723, 1723, "VPN", "pptp"],
  ["tcp", 1883, 1883, "smart home", "mqtt"],
  ["udp", 1900, 1900, "device discovery", "ssdp"],
  ["tcp", 1935, 1935, "video stream", "macromedia-fcs"],
  ["both", 3074, 3074, "games", "xbox"],
  ["both", 3389, 3389, "remote desktop", "ms-wbt-server"],
  ["both", 3478, 3478, "video call", "stun"],
  ["udp", 3479, 3481, "video call"],
  ["udp", 4500, 4500, "VPN", "ipsec-nat-t"],
  ["both", 5060, 5060, "telephone", "sip"],
  ["both", 5061, 5061, "telephone", "sips"],
  ["tcp", 5222, 5222, "messages", "xmpp-client"],
  ["tcp", 5223, 5223, "messages (Apple)"],
  ["tcp", 5228, 5230, "messages (Google)"],
  ["both", 5349, 5349, "video call", "stuns"],
  ["udp", 5351, 5351, "port forwarding", "nat-pmp"],
  ["udp", 5353, 5353, "device discovery", "mdns"],
  ["tcp", 5900, 5900, "remote desktop", "rfb"],
  ["both", 6881, 6889, "file sharing (BitTorrent)"],
  ["tcp", 8080, 8080, "web (unencrypted)", "http-alt"],
  ["tcp", 8443, 8443, "web", "pcsync-https"],
  ["tcp", 8883, 8883, "smart home", "secure-mqtt"],
  ["both", 8801, 8810, "video call"],
  ["tcp", 9100, 9100, "printing", "hp-pdl-datastr"],
  ["udp", 19_302, 19_309, "video call"],
  ["both", 25_565, 25_565, "games"],
  ["both", 27_015, 27_050, "games"],
  ["tcp", 32_400, 32_400, "media server"],
  ["udp", 41_641, 41_641, "VPN"],
  ["udp", 51_820, 51_820, "VPN"],
];

/** IP protocols without ports (IANA's protocol numbers). */
const PROTOCOLS: ReadonlyMap<number, Service> = new Map([
  [PROTOCOL_ICMP, { words: "ping and errors", iana: "icmp" }],
  [2, { words: "group membership", iana: "igmp" }],
  [4, { words: "tunnel", iana: "ipv4" }],
  [41, { words: "tunnel", iana: "ipv6" }],
  [47, { words: "tunnel", iana: "gre" }],
  [50, { words: "VPN", iana: "esp" }],
  [PROTOCOL_ICMPV6, { words: "ping and errors", iana: "ipv6-icmp" }],
  [132, { words: "SCTP", iana: "sctp" }],
]);

const BY_PORT = new Map<number, Service>();
for (const [users, first, last, words, iana] of PORTS) {
  const service: Service = { words, ...(iana !== undefined && { iana }) };
  for (let port = first; port <= last; port++) {
    if (users !== "udp") BY_PORT.set(portKey(PROTOCOL_TCP, port), service);
    if (users !== "tcp") BY_PORT.set(portKey(PROTOCOL_UDP, port), service);
  }
}

/**
 * The service of a connection by its IP protocol and its ports, 0 where the protocol has none: the remote's port tells first, then
 * the device's own, for what the device offers. What neither tells is called by protocol and the remote's port: "UDP 40000".
 */
export function serviceOf(protocol: number, remotePort: number, devicePort: number): Service {
  const known = BY_PORT.get(portKey(protocol, remotePort)) ?? BY_PORT.get(portKey(protocol, devicePort));
  if (known !== undefined) return known;
  if (protocol === PROTOCOL_TCP) return { words: `TCP ${remotePort}` };
  if (protocol === PROTOCOL_UDP) return { words: `UDP ${remotePort}` };
  return PROTOCOLS.get(protocol) ?? { words: `IP protocol ${protocol}` };
}

function portKey(protocol: number, port: number): number {
  return protocol * 0x10000 + port;
}
