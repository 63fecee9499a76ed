import { macFromNumber } from "../../addr/mac.ts";
import type { Total } from "../../traffic/history/totals.ts";
import type { Remote } from "../../traffic/names/remote.ts";
import { serviceOf } from "../../traffic/names/service.ts";
import { serviceIn } from "./accounts.ts";
import type { KnownName, NameBook } from "./name-book.ts";
import { keyText, nameKey } from "./remote-key.ts";
import type { Grouping, GroupKey, Sums } from "./source.ts";

/** A device's MAC address as a number; a remote; a domain, or what `UNNAMED` begins, an IPv6 address that has none; protocol and port. */
type GroupId = number | string;

/** No domain begins so. */
const UNNAMED = ":";
const PORTS = 0x10000;

/** What the sums of devices and remotes, or services, are put together by. */
export class GroupingRule {
  /** What is asked of those who keep the sums. */
  readonly asked: "device" | "pair";

  constructor(
    readonly by: Grouping,
    private readonly book: NameBook,
  ) {
    // A remote's name is what a device calls it.
    this.asked = by === "device" ? "device" : "pair";
  }

  /** Which group traffic of the device, a MAC address as a number, with the remote, or of the service, is in. */
  id(device: number, remote: Uint32Array): GroupId {
    if (this.by === "device") return device;
    if (this.by === "service") return serviceIn(remote).protocol * PORTS + serviceIn(remote).port;
    const key = nameKey(remote);
    if (this.by === "remote") return key;
    return this.book.look(device, key)?.domain ?? (typeof key === "number" ? key : UNNAMED + key);
  }

  /** What is told of a group; `devices` are those whose traffic it is. */
  key(id: GroupId, devices: readonly number[]): GroupKey {
    if (this.by === "device") return { device: macFromNumber(id as number) };
    if (this.by === "service") return serviceKey(id as number);
    if (this.by === "remote") return { remote: keyText(id), ...this.#name(devices, id) };
    if (typeof id === "number") return { domain: keyText(id) };
    return { domain: id.startsWith(UNNAMED) ? keyText(id.slice(UNNAMED.length)) : id };
  }

  /** What the first of the devices that know the remote by a name call it. */
  #name(devices: readonly number[], remote: Remote): KnownName | undefined {
    for (const device of devices) {
      const known = this.book.look(device, remote);
      if (known !== undefined) return known;
    }
    return undefined;
  }
}

function serviceKey(id: number): GroupKey {
  const [protocol, port] = [Math.floor(id / PORTS), id % PORTS];
  return { protocol, port, service: serviceOf(protocol, port, port).words };
}

/** One group's sums over a span. */
export class Group implements Sums {
  up = 0;
  down = 0;
  upPackets = 0;
  downPackets = 0;
  /** Whose traffic it is, and how many bytes. */
  readonly #parts: { device: number; bytes: number }[] = [];

  constructor(readonly id: GroupId) {}

  get bytes(): number {
    return this.up + this.down;
  }

  add(total: Total): void {
    this.up += total.upBytes;
    this.down += total.downBytes;
    this.upPackets += total.upPackets;
    this.downPackets += total.downPackets;
    this.#parts.push({ device: total.device!, bytes: total.upBytes + total.downBytes });
  }

  key(rule: GroupingRule): GroupKey {
    const parts = this.#parts.toSorted((a, b) => b.bytes - a.bytes);
    return rule.key(
      this.id,
      parts.map(({ device }) => device),
    );
  }
}

/** The groups of `totals`, most bytes first. */
export function groupsOf(totals: Iterable<Total>, rule: GroupingRule): Group[] {
  const groups = new Map<GroupId, Group>();
  for (const total of totals) {
    const id = rule.id(total.device!, total.remote!);
    let group = groups.get(id);
    if (group === undefined) {
      group = new Group(id);
      groups.set(id, group);
    }
    group.add(total);
  }
  return [...groups.values()].sort((a, b) => b.bytes - a.bytes);
}
