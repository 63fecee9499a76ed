import type { IPv4 } from "../addr/ipv4.ts";
import { contains } from "../addr/prefix.ts";
import { type Answer, authoredAnswer } from "../wire/dns/emit.ts";
import { type DnsQuestion, Rcode, Type } from "../wire/dns/message.ts";
import { nameText } from "../wire/dns/name.ts";
import { type AuthoredRecord, emitRecords } from "../wire/dns/records.ts";
import { type Host, NameTable, visibleHosts, type ZoneNetwork } from "./name-table.ts";
import { isWithin, privateReverseZone, reverseAddress, reverseName, UNFORWARDED_DOMAINS } from "./names.ts";

/** The home's own names. */
export interface ZoneSettings {
  /** Such as "lan", without dots at the ends. */
  domain: string;
  /** One label; the router is known by it and by "gatehouse". */
  routerName: string;
  /** What the router's name means to programs of its own; to the home's devices, its address in their network. */
  routerAddress: IPv4;
  lan: readonly ZoneNetwork[];
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
  /** What each network's devices are told. */
  #tables = new Map<ZoneNetwork, NameTable>();
  #everybody = new NameTable();

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
    const { lan, routerAddress } = this.settings;
    this.#everybody = this.#table(routerAddress, hosts);
    this.#tables = new Map(
      lan.map((network) => [network, this.#table(network.address, visibleHosts(hosts, network))]),
    );
  }

  /** The answer to a question of the host `asker` about the home; undefined when it is about the world. */
  answer(question: DnsQuestion, asker: IPv4): Answer | undefined {
    const name = nameText(question.name);
    const known = this.#known(asker);
    if (isWithin(name, "localhost")) return this.#found(question, name, "localhost", LOOPBACK);
    const domain = this.settings.domain.toLowerCase();
    if (isWithin(name, domain))
      return this.#homeName(question, name, known.address(name.slice(0, -domain.length - 1)), domain);
    if (name.endsWith(".arpa")) return this.#arpa(question, name, known);
    if (name !== "" && !name.includes(".")) {
      const address = known.address(name);
      if (address === undefined && TOP_LEVEL_TYPES.includes(question.type)) return undefined;
      return this.#homeName(question, name, address, ROOT);
    }
    return this.#unforwarded(question, name);
  }

  #known(asker: IPv4): NameTable {
    const network = this.settings.lan.find((prefix) => contains(prefix, asker));
    return (network && this.#tables.get(network)) ?? this.#everybody;
  }

  #homeName(question: DnsQuestion, name: string, address: IPv4 | undefined, zone: string): Answer {
    if (address !== undefined) return this.#found(question, name, zone, address);
    return this.#negative(question, name === zone ? Rcode.noError : Rcode.nxDomain, zone);
  }

  #arpa(question: DnsQuestion, name: string, known: NameTable): Answer | undefined {
    const address = reverseAddress(name);
    const inLan = address !== undefined && this.settings.lan.some((prefix) => contains(prefix, address));
    const zone = privateReverseZone(name) ?? (inLan ? name.slice(name.indexOf(".") + 1) : undefined);
    if (zone === undefined) return this.#unforwarded(question, name);
    const label = address === undefined ? undefined : known.name(address);
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
    const records = isPlain ? this.#records(question.type, name, address) : [];
    if (records.length === 0) return this.#negative(question, Rcode.noError, zone);
    return authoredAnswer(question, Rcode.noError, records);
  }

  #records(type: number, name: string, address: IPv4): AuthoredRecord[] {
    const records: AuthoredRecord[] = [];
    if (type === Type.a || type === Type.any) records.push({ type: "A", name, ttl: TTL, data: address });
    // Only of the router is it known by which address it has in IPv4.
    const ipv6 = this.settings.lan.find((network) => network.address === address)?.ipv6;
    if (ipv6 !== undefined && (type === Type.aaaa || type === Type.any))
      records.push({ type: "AAAA", name, ttl: TTL, data: ipv6 });
    return records;
  }

  #negative(question: DnsQuestion, rcode: number, zone: string): Answer {
    return authoredAnswer(question, rcode, [], [this.#startOfAuthority(zone)]);
  }

  #startOfAuthority(zone: string): AuthoredRecord {
    const { routerName, domain } = this.settings;
    const data = { mname: `${routerName}.${domain}`, rname: `hostmaster.${domain}`, minimum: NEGATIVE_TTL };
    return { type: "SOA", name: zone, ttl: NEGATIVE_TTL, data };
  }

  #table(routerAddress: IPv4, hosts: readonly Host[]): NameTable {
    const table = new NameTable();
    for (const name of this.#routerNames) {
      table.add(name, routerAddress);
      for (const { address } of this.settings.lan) table.addReverse(name, address);
    }
    for (const { name, address } of hosts) {
      const label = name.toLowerCase();
      if (LABEL.test(label) && !RESERVED_LABELS.includes(label)) table.add(label, address);
    }
    return table;
  }
}
