import { macFromNumber } from "../../addr/mac.ts";
import { formatRemote } from "../../addr/remote.ts";
import type { Total, Grouping as TotalsGrouping } from "../../traffic/history/totals.ts";
import type { KnownName, NameBook } from "./name-book.ts";
import { nameKey } from "./remote-key.ts";
import type { Grouping, GroupKey, Sums } from "./source.ts";

type PairGrouping = Exclude<Grouping, "service">;
type GroupId = number | string;

/** What the sums of devices and remotes are put together by. */
export class GroupingRule {
  /** What is asked of those who keep the sums. */
  readonly asked: TotalsGrouping;

  constructor(
    readonly by: PairGrouping,
    private readonly book: NameBook,
  ) {
    // A remote's name is what a device calls it.
    this.asked = by === "device" ? "device" : "pair";
  }

  /** Which group traffic of the device, a MAC address as a number, with the remote is in. */
  id(device: number, remote: Uint32Array): GroupId {
    if (this.by === "device") return device;
    const key = nameKey(remote);
    if (this.by === "remote") return key;
    return this.book.look(device, key)?.domain ?? formatRemote(remote);
  }

  /** What the first of the devices that know the remote by a name call it. */
  name(devices: readonly number[], remote: Uint32Array): KnownName | undefined {
    const key = nameKey(remote);
    for (const device of devices) {
      const known = this.book.look(device, key);
      if (known !== undefined) return known;
    }
    return undefined;
  }
}

/** One group's sums over a span. */
export class Group implements Sums {
  up = 0;
  down = 0;
  upPackets = 0;
  downPackets = 0;
  /** Whose traffic it is, the device with most of it first. */
  readonly #devices: number[] = [];

  constructor(
    readonly id: GroupId,
    private readonly first: Total,
  ) {}

  get bytes(): number {
    return this.up + this.down;
  }

  add(total: Total): void {
    this.up += total.upBytes;
    this.down += total.downBytes;
    this.upPackets += total.upPackets;
    this.downPackets += total.downPackets;
    this.#devices.push(total.device!);
  }

  key(rule: GroupingRule): GroupKey {
    if (rule.by === "device") return { device: macFromNumber(this.first.device!) };
    if (rule.by === "domain") return { domain: `${this.id}` };
    const remote = this.first.remote!;
    return { remote: formatRemote(remote), ...rule.name(this.#devices, remote) };
  }
}

/** The groups of `totals`, most bytes first. */
export function groupsOf(totals: Iterable<Total>, rule: GroupingRule): Group[] {
  const groups = new Map<GroupId, Group>();
  for (const total of totals) {
    const id = rule.id(total.device!, total.remote!);
    let group = groups.get(id);
    if (group === undefined) {
      group = new Group(id, total);
      groups.set(id, group);
    }
    group.add(total);
  }
  return [...groups.values()].sort((a, b) => b.bytes - a.bytes);
}
