import { encode, type Answer as Record } from "dns-packet";
import { formatIPv4, type IPv4 } from "../../addr/ipv4.ts";
import { HEADER_LENGTH } from "./message.ts";
import { MAX_LABEL_LENGTH, MAX_NAME_LENGTH } from "./name.ts";

/** A record made here. Names are text without a final dot. TTLs are seconds. */
export type AuthoredRecord =
  | { type: "A"; name: string; ttl: number; data: IPv4 }
  /** In the spelling of RFC 4291. */
  | { type: "AAAA"; name: string; ttl: number; data: string }
  | { type: "PTR"; name: string; ttl: number; data: string }
  | { type: "SOA"; name: string; ttl: number; data: StartOfAuthority };

/** What a negative answer needs of it (RFC 2308 §3); the timers matter to secondary servers only. */
export interface StartOfAuthority {
  mname: string;
  rname: string;
  /** Seconds a negative answer may be kept. */
  minimum: number;
}

/** A name that has no wire format. */
export class DnsNameError extends Error {
  override name = "DnsNameError";
  constructor(
    readonly given: string,
    readonly fault: string,
  ) {
    super(`encode DNS name ${JSON.stringify(given.slice(0, 80))}: ${fault}`);
  }
}

/** The records in wire format one after the other, names uncompressed. Throws DnsNameError. */
export function emitRecords(records: readonly AuthoredRecord[]): Uint8Array {
  const packet = encode({ type: "response", answers: records.map(packetRecord) });
  return packet.subarray(HEADER_LENGTH);
}

function packetRecord(record: AuthoredRecord): Record {
  const { name, ttl } = { ...record, name: checkedName(record.name) };
  switch (record.type) {
    case "A":
      return { type: "A", name, ttl, data: formatIPv4(record.data) };
    case "AAAA":
      return { type: "AAAA", name, ttl, data: record.data };
    case "PTR":
      return { type: "PTR", name, ttl, data: checkedName(record.data) };
    case "SOA": {
      const { minimum } = record.data;
      const mname = checkedName(record.data.mname);
      const rname = checkedName(record.data.rname);
      const timers = { serial: 1, refresh: 3600, retry: 600, expire: 86_400, minimum };
      return { type: "SOA", name, ttl, data: { mname, rname, ...timers } };
    }
  }
}

/**
 * dns-packet writes what it is given: labels over 63 octets as if they were pointers, empty labels as the end of the
 * name, dots and other octets unescaped. Only names that it gets right pass.
 */
function checkedName(name: string): string {
  if (name === "") return ".";
  for (const label of name.split(".")) {
    if (label.length === 0) throw new DnsNameError(name, "a label is empty");
    if (label.length > MAX_LABEL_LENGTH) throw new DnsNameError(name, "a label is over 63 octets");
    if (!/^[!-~]+$/.test(label) || label.includes("\\")) {
      throw new DnsNameError(name, "a label is not printable ASCII");
    }
  }
  if (name.length + 2 > MAX_NAME_LENGTH) throw new DnsNameError(name, "it is over 255 octets");
  return name;
}
