import type { IPv4 } from "../addr/ipv4.ts";
import { type DhcpMessage, Op } from "../wire/dhcp/message.ts";
import { addressOption, MessageType, Option, octetOption } from "../wire/dhcp/options.ts";
import { clientKey, hostName, macKey, vendorClass } from "./identity.ts";
import { type Client, type Lease, LeaseTable } from "./leases.ts";
import { addressReply, informReply, nakReply, type Reply } from "./reply.ts";
import { AddressPlan, type DhcpSettings } from "./settings.ts";

/** What the server did with a message. */
export type Verdict =
  | "offered"
  | "acknowledged"
  | "refused"
  | "released"
  | "declined"
  | "informed"
  /** No address is left. */
  | "exhausted"
  /** For another server, of another subnet, or not a client's message. */
  | "ignored";

export interface Outcome {
  verdict: Verdict;
  reply?: Reply;
  /** The lease entered. It must be stored durably before the reply is sent (RFC 2131 §3.1 step 4). */
  granted?: Lease;
  /** The lease that ended or was renewed. */
  former?: Lease;
}

const IGNORED: Outcome = { verdict: "ignored" };

/**
 * A DHCP server for one subnet on which it is the only, authoritative one (RFC 2131 §4.3): it refuses addresses it
 * would not give rather than stay silent, and adopts a client it has forgotten whose address is free.
 */
export class DhcpServer {
  #plan: AddressPlan;
  #table: LeaseTable;

  constructor(settings: DhcpSettings, leases: Iterable<Lease>) {
    this.#plan = new AddressPlan(settings);
    this.#table = new LeaseTable(adopted(this.#plan, leases));
  }

  /** All leases, also those that ran out and are remembered. */
  leases(): Lease[] {
    return this.#table.all();
  }

  /** Takes new settings; leases outside them are dropped, and their clients refused at their next renewal. */
  reconfigure(settings: DhcpSettings): void {
    this.#plan = new AddressPlan(settings);
    this.#table = new LeaseTable(adopted(this.#plan, this.#table.all()));
  }

  /**
   * The clock was set by `step` ms and shows `now`. Leases that ran run on for as long as they had, at most for a whole
   * lease: clients count the seconds and know nothing of the date. Offers are forgotten and made again.
   */
  clockSet(step: number, now: number): void {
    const latest = now + this.#plan.settings.leaseSeconds * 1000;
    const moved = this.#table.all().map((lease) => {
      if (lease.expires <= now - step) return lease;
      return { ...lease, expires: Math.min(lease.expires + Math.max(step, 0), latest) };
    });
    this.#table = new LeaseTable(moved);
  }

  /** Handles a client's message received at `now` (ms since the epoch). */
  receive(message: DhcpMessage, now: number): Outcome {
    const relayedFromElsewhere = message.giaddr !== 0 && !this.#plan.isHost(message.giaddr);
    if (message.op !== Op.request || relayedFromElsewhere) return IGNORED;
    const chosen = addressOption(message.options, Option.serverIdentifier);
    const client = this.#clientOf(message);
    if (chosen !== undefined && chosen !== this.#plan.settings.server.address) {
      this.#table.withdraw(client.key);
      return IGNORED;
    }
    switch (octetOption(message.options, Option.messageType)) {
      case MessageType.discover:
        return this.#discover(message, client, now);
      case MessageType.request:
        return this.#request(message, client, now);
      case MessageType.decline:
        return this.#decline(message, client, now);
      case MessageType.release:
        return this.#release(message, client, now);
      case MessageType.inform:
        return this.#inform(message);
      default:
        return IGNORED;
    }
  }

  #discover(message: DhcpMessage, client: Client, now: number): Outcome {
    const address =
      this.#claim(client, now) ??
      this.#wish(addressOption(message.options, Option.requestedAddress), client, now) ??
      this.#table.pick(this.#plan, client, now);
    if (address === undefined) return { verdict: "exhausted" };
    this.#table.offer(address, client.key, now);
    const reply = addressReply(MessageType.offer, message, address, this.#plan.settings);
    return { verdict: "offered", reply };
  }

  /** Selecting and init-reboot name the address in option 50; renewing and rebinding in ciaddr (RFC 2131 §4.3.2). */
  #request(message: DhcpMessage, client: Client, now: number): Outcome {
    const { settings } = this.#plan;
    const requested = addressOption(message.options, Option.requestedAddress) ?? message.ciaddr;
    const address = this.#claim(client, now) ?? this.#wish(requested, client, now);
    if (address === undefined || address !== requested) {
      return { verdict: "refused", reply: nakReply(message, settings) };
    }
    const former = this.#table.leaseOf(client);
    const granted: Lease = {
      client: client.key,
      mac: client.mac,
      address,
      hostName: hostName(message) || (former?.hostName ?? ""),
      vendorClass: vendorClass(message) || (former?.vendorClass ?? ""),
      expires: now + settings.leaseSeconds * 1000,
    };
    this.#table.bind(granted);
    const reply = addressReply(MessageType.ack, message, address, settings);
    return { verdict: "acknowledged", reply, granted, ...(former && { former }) };
  }

  /** The client found its new address in use by someone else. */
  #decline(message: DhcpMessage, client: Client, now: number): Outcome {
    const address = addressOption(message.options, Option.requestedAddress);
    const lease = this.#table.leaseOf(client);
    const own = [lease?.address, this.#table.offerTo(client.key, now)];
    if (address === undefined || !own.includes(address)) return IGNORED;
    this.#table.quarantine(address, now);
    return { verdict: "declined", ...(lease && { former: lease }) };
  }

  /** The lease ends now but is remembered, so that the client finds its address again. */
  #release(message: DhcpMessage, client: Client, now: number): Outcome {
    const lease = this.#table.leaseOf(client);
    if (lease === undefined || lease.address !== message.ciaddr || lease.expires <= now) return IGNORED;
    this.#table.bind({ ...lease, expires: now });
    return { verdict: "released", former: lease };
  }

  /** Only addresses of the subnet are answered: others would make the server send wherever a stranger likes. */
  #inform(message: DhcpMessage): Outcome {
    if (!this.#plan.isHost(message.ciaddr)) return IGNORED;
    return { verdict: "informed", reply: informReply(message, this.#plan.settings) };
  }

  /** The one address that is the client's if it is to have any: reserved, offered or leased before. */
  #claim(client: Client, now: number): IPv4 | undefined {
    const reserved = this.#plan.reservation(client.mac);
    if (reserved !== undefined && this.#table.isAvailable(reserved, client, now)) return reserved;
    const lease = this.#table.leaseOf(client);
    return [this.#table.offerTo(client.key, now), lease?.address].find(
      (address) =>
        address !== undefined && this.#plan.isFree(address) && this.#table.isAvailable(address, client, now),
    );
  }

  /** The address a client without a claim asks for, if nobody has or had it. */
  #wish(address: IPv4 | undefined, client: Client, now: number): IPv4 | undefined {
    const granted =
      address !== undefined && this.#plan.isFree(address) && this.#table.isUnused(address, client, now);
    return granted ? address : undefined;
  }

  /** A device with a reservation is known by its MAC alone, whatever identifier its systems send. */
  #clientOf(message: DhcpMessage): Client {
    const mac = message.chaddr;
    const key = this.#plan.reservation(mac) === undefined ? clientKey(message) : macKey(mac);
    return { key, mac };
  }
}

/** The leases the plan has room for, keyed as the plan knows their clients. */
function* adopted(plan: AddressPlan, leases: Iterable<Lease>): Iterable<Lease> {
  for (const lease of leases) {
    const reserved = plan.reservation(lease.mac);
    if (reserved === lease.address) yield { ...lease, client: macKey(lease.mac) };
    else if (plan.isFree(lease.address)) yield lease;
  }
}
