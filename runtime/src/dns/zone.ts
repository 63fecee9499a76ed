import type { IPv4 } from "../addr/ipv4.ts";
import { contains, type Prefix } from "../addr/prefix.ts";
import { type Answer, authoredAnswer } from "../wire/dns/emit.ts";
import { type DnsQuestion, Rcode, Type } from "../wire/dns/message.ts";
import { nameText } from "../wire/dns/name.ts";
import { type AuthoredRecord, emitRecords } from "../wire/dns/records.ts";
import { isWithin, privateReverseZone, reverseAddress, reverseName, UNFORWARDED_DOMAINS } from "./names.ts";

/** The home's own names. */
export interface ZoneSettings {
  /** Such as "lan", without dots at the ends. */
  domain: string;
  /** One label; the router is known by it and by "gatehouse". */
  routerName: string;
  routerAddress: IPv4;
  lan: Prefix[];
}

/** A host of the home: its name is one label. */
export interface Host {
  name: string;
  address: IPv4;
}

/** Seconds an answer about the home may be kept: leases and names change. */
const TTL = 60;
/** Seconds a name may be held not to exist: a device that has just joined is soon found. */
const NEGATIVE_TTL = 10;

const ROOT = "";
const PRODUCT_NAME = "gatehouse";
const LOOPBACK: IPv4 = 0x7f000001;
/** What devices may not call themselves: browsers and systems trust whoever answers to these. */
const RESERVED_LABELS = ["localhost", "wpad", "isatap"];
/** About top-level domains as such, which validating resolvers ask; other single labels are meant for the home. */
const TOP_LEVEL_TYPES: readonly number[] = [Type.ns, Type.soa, Type.ds, Type.dnskey];
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** Answers what concerns the home alone, so that it is never asked of anyone outside. */
export class LocalZone {
  readonly #routerNames: string[];
  #addresses = new Map<string, IPv4>();
  #names = new Map<IPv4, string>();

  /** Throws DnsNameError when the domain or the router's name has no wire format. */
  constructor(
    private readonly settings: ZoneSettings,
    hosts: readonly Host[] = [],
  ) {
    const longest = { type: "A", name: `${"x".repeat(63)}.${settings.domain}`, ttl: 0, data: 0 } as const;
    emitRecords([longest, this.#startOfAuthority(settings.domain)]);
    this.#routerNames = [settings.routerName.toLowerCase(), PRODUCT_NAME];
    this.setHosts(hosts);
  }

  /** Replaces the hosts. Of two with one name the first has it; names that are reserved or no label are left out. */
  setHosts(hosts: readonly Host[]): void {
    this.#addresses = new Map();
    this.#names = new Map();
    const { routerAddress } = this.settings;
    for (const name of this.#routerNames) this.#add(name, routerAddress);
    for (const { name, address } of hosts) {
      const label = name.toLowerCase();
      if (LABEL.test(label) && !RESERVED_LABELS.includes(label)) this.#add(label, address);
    }
  }

  /** The answer to a question about the home; undefined when it is about the world. */
  answer(question: DnsQuestion): Answer | undefined {
    const name = nameText(question.name);
    if (isWithin(name, "localhost")) return this.#found(question, name, "localhost", LOOPBACK);
    const domain = this.settings.domain.toLowerCase();
    if (isWithin(name, domain))
      return this.#homeName(question, name, name.slice(0, -domain.length - 1), domain);
    if (name.endsWith(".arpa")) return this.#arpa(question, name);
    if (name !== "" && !name.includes(".")) {
      const known = this.#addresses.has(name);
      if (!known && TOP_LEVEL_TYPES.includes(question.type)) return undefined;
      return this.#homeName(question, name, name, ROOT);
    }
    return this.#unforwarded(question, name);
  }

  #homeName(question: DnsQuestion, name: string, label: string, zone: string): Answer {
    const address = this.#addresses.get(label);
    if (address !== undefined) return this.#found(question, name, zone, address);
    return this.#negative(question, label === "" ? Rcode.noError : Rcode.nxDomain, zone);
  }

  #arpa(question: DnsQuestion, name: string): Answer | undefined {
    const address = reverseAddress(name);
    const inLan = address !== undefined && this.settings.lan.some((prefix) => contains(prefix, address));
    const zone = privateReverseZone(name) ?? (inLan ? name.slice(name.indexOf(".") + 1) : undefined);
    if (zone === undefined) return this.#unforwarded(question, name);
    const label = address === undefined ? undefined : this.#names.get(address);
    if (label === undefined) return this.#negative(question, Rcode.nxDomain, zone);
    if (question.type !== Type.ptr && question.type !== Type.any)
      return this.#negative(question, Rcode.noError, zone);
    const data = `${label}.${this.settings.domain}`;
    return authoredAnswer(question, Rcode.noError, [
      { type: "PTR", name: reverseName(address!), ttl: TTL, data },
    ]);
  }

  #unforwarded(question: DnsQuestion, name: string): Answer | undefined {
    const domain = UNFORWARDED_DOMAINS.find((domain) => isWithin(name, domain));
    return domain === undefined ? undefined : this.#negative(question, Rcode.nxDomain, domain);
  }

  #found(question: DnsQuestion, name: string, zone: string, address: IPv4): Answer {
    const isPlain = !name.includes("\\"); // a name under localhost can have any octets
    if (!isPlain || (question.type !== Type.a && question.type !== Type.any)) {
      return this.#negative(question, Rcode.noError, zone);
    }
    return authoredAnswer(question, Rcode.noError, [{ type: "A", name, ttl: TTL, data: address }]);
  }

  #negative(question: DnsQuestion, rcode: number, zone: string): Answer {
    return authoredAnswer(question, rcode, [], [this.#startOfAuthority(zone)]);
  }

  #startOfAuthority(zone: string): AuthoredRecord {
    const { routerName, domain } = this.settings;
    const data = { mname: `${routerName}.${domain}`, rname: `hostmaster.${domain}`, minimum: NEGATIVE_TTL };
    return { type: "SOA", name: zone, ttl: NEGATIVE_TTL, data };
  }

  #add(label: string, address: IPv4): void {
    if (!this.#addresses.has(label)) this.#addresses.set(label, address);
    if (!this.#names.has(address)) this.#names.set(address, label);
  }
}
