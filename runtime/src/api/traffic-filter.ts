import { formatRemote, parseRemote } from "../addr/remote.ts";
import type { ServicePort } from "../service/traffic/source.ts";
import { displayableName } from "../traffic/names/displayable.ts";
import { registrableDomain } from "../traffic/names/domain.ts";
import { PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP } from "../wire/ipv4.ts";
import { integer, type Parameter } from "./query.ts";

/** Protocols that are asked for by name; all can be by number (IANA's protocol numbers). */
const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ["icmp", PROTOCOL_ICMP],
  ["tcp", PROTOCOL_TCP],
  ["udp", PROTOCOL_UDP],
  ["gre", 47],
  ["esp", 50],
  ["icmpv6", 58],
  ["sctp", 132],
]);

export const REMOTE: Parameter<string> = {
  description: 'Only one address outside the home; "others": those that found no room of their own',
  schema: { type: "string" },
  takes: "an IPv4 or IPv6 address such as 203.0.113.80 or 2001:db8::7, or others",
  parse(text) {
    const words = parseRemote(text);
    return words && formatRemote(words);
  },
};

export const DOMAIN: Parameter<string> = {
  description:
    "Only what a device knows by a name of this domain: the part that somebody registered, such as example.net for " +
    "www.example.net; or the address of a place without a name",
  schema: { type: "string" },
  takes:
    "the registered part of a name, such as example.net for www.example.net, or the address of a place without a name",
  parse(text) {
    const words = parseRemote(text);
    if (words !== undefined) return formatRemote(words);
    const name = displayableName(text);
    return name !== "" && registrableDomain(name) === name ? name : undefined;
  },
};

/** `and` goes on with what is known of services where the parameter is. */
export function service(and: string): Parameter<ServicePort> {
  return {
    description: `Only one service: protocol and port, such as tcp/443, or a protocol without ports, such as icmp. ${and}`,
    schema: { type: "string" },
    takes:
      "a protocol and port such as tcp/443 or udp/53, or a protocol without ports such as icmp, esp or 41",
    parse: parseService,
  };
}

/** A service as `service` takes it. */
export function serviceText({ protocol, port }: ServicePort): string {
  const name = [...PROTOCOLS].find(([, number]) => number === protocol)?.[0] ?? `${protocol}`;
  return hasPorts(protocol) ? `${name}/${port}` : name;
}

function parseService(text: string): ServicePort | undefined {
  const [word = "", portText, ...more] = text.toLowerCase().split("/");
  const protocol = PROTOCOLS.get(word) ?? integer(word, 0, 255);
  if (protocol === undefined || more.length > 0) return undefined;
  if (portText === undefined) return hasPorts(protocol) ? undefined : { protocol, port: 0 };
  const port = integer(portText, 0, hasPorts(protocol) ? 65_535 : 0);
  return port === undefined ? undefined : { protocol, port };
}

/** Of others the account knows no ports. */
function hasPorts(protocol: number): boolean {
  return protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP;
}
