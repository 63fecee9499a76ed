import type { IPv4 } from "../addr/ipv4.ts";
import type { Mac } from "../addr/mac.ts";
import { broadcast, netmask } from "../addr/prefix.ts";
import { type DhcpMessage, emitDhcp, MINIMUM_CAPACITY, Op } from "../wire/dhcp/message.ts";
import { MessageType, Option, type Options, shortOption, text, words } from "../wire/dhcp/options.ts";
import type { DhcpSettings } from "./settings.ts";

/** Where a reply goes (RFC 2131 §4.1). */
export type Destination =
  /** To port 67 of the relay agent `address`. */
  | { to: "relay"; address: IPv4 }
  /** To port 68 of `address`, which the client has and answers ARP for. */
  | { to: "host"; address: IPv4 }
  /** To port 68 of `address` at `mac`: the client has not taken the address yet. */
  | { to: "neighbour"; address: IPv4; mac: Mac }
  /** To port 68 of everybody on the link. */
  | { to: "link" };

export interface Reply {
  destination: Destination;
  /** The UDP payload. */
  bytes: Uint8Array;
}

/** Clients mostly cannot take more than one Ethernet frame: 1500 less IPv4 and UDP headers. */
const MAXIMUM_CAPACITY = 1472;
const HEADERS_LENGTH = 28;

/** The OFFER or ACK that gives `address` to the client (RFC 2131 table 3). */
export function addressReply(
  type: number,
  request: DhcpMessage,
  address: IPv4,
  settings: DhcpSettings,
): Reply {
  const { leaseSeconds } = settings;
  const options = replyOptions(type, request, settings);
  options.set(Option.leaseTime, words(leaseSeconds));
  options.set(Option.renewalTime, words(Math.floor(leaseSeconds / 2)));
  options.set(Option.rebindingTime, words(Math.floor((leaseSeconds * 7) / 8)));
  addConfiguration(options, settings);
  const renewing = request.ciaddr === address;
  const fields = { ciaddr: renewing ? address : 0, yiaddr: address };
  return reply(request, fields, options, destinationFor(request, address));
}

/** The ACK to an INFORM: configuration without address or lease, to the address the client has (RFC 2131 §4.3.5). */
export function informReply(request: DhcpMessage, settings: DhcpSettings): Reply {
  const options = replyOptions(MessageType.ack, request, settings);
  addConfiguration(options, settings);
  const fields = { ciaddr: request.ciaddr, yiaddr: 0 };
  return reply(request, fields, options, { to: "host", address: request.ciaddr });
}

/** The refusal that makes a client start anew. Broadcast, as the client may have no usable address (RFC 2131 §4.1). */
export function nakReply(request: DhcpMessage, settings: DhcpSettings): Reply {
  const options = replyOptions(MessageType.nak, request, settings);
  options.set(Option.message, text("address not available"));
  const relayed = request.giaddr !== 0;
  const destination: Destination = relayed ? { to: "relay", address: request.giaddr } : { to: "link" };
  // The relay agent must broadcast it too (RFC 2131 §4.3.2).
  const broadcast = request.broadcast || relayed;
  return reply(request, { ciaddr: 0, yiaddr: 0, broadcast }, options, destination);
}

function replyOptions(type: number, request: DhcpMessage, settings: DhcpSettings): Options {
  const options: Options = new Map([
    [Option.messageType, Uint8Array.of(type)],
    [Option.serverIdentifier, words(settings.server.address)],
  ]);
  echo(Option.clientIdentifier, request, options); // RFC 6842 §3
  return options;
}

function addConfiguration(options: Options, settings: DhcpSettings): void {
  const { server, dns, domain } = settings;
  options.set(Option.subnetMask, words(netmask(server.length)));
  options.set(Option.router, words(server.address));
  options.set(Option.broadcastAddress, words(broadcast(server)));
  if (dns.length > 0) options.set(Option.domainNameServer, words(...dns));
  if (domain !== "") options.set(Option.domainName, text(domain));
}

function echo(code: number, request: DhcpMessage, options: Options): void {
  const value = request.options.get(code);
  if (value !== undefined) options.set(code, value);
}

function reply(
  request: DhcpMessage,
  fields: Pick<DhcpMessage, "ciaddr" | "yiaddr"> & { broadcast?: boolean },
  options: Options,
  destination: Destination,
): Reply {
  echo(Option.relayAgentInformation, request, options); // the last one (RFC 3046 §2.1)
  const message = { ...request, op: Op.reply, hops: 0, secs: 0, siaddr: 0, ...fields, options };
  const capacity = (shortOption(request.options, Option.maximumMessageSize) ?? 0) - HEADERS_LENGTH;
  const bounded = Math.min(Math.max(capacity, MINIMUM_CAPACITY), MAXIMUM_CAPACITY);
  return { destination, bytes: emitDhcp(message, bounded) };
}

/** A ciaddr other than the address given is not believed: it would be a way to send replies anywhere. */
function destinationFor(request: DhcpMessage, address: IPv4): Destination {
  if (request.giaddr !== 0) return { to: "relay", address: request.giaddr };
  if (request.ciaddr === address) return { to: "host", address };
  if (request.broadcast) return { to: "link" };
  return { to: "neighbour", address, mac: request.chaddr };
}
