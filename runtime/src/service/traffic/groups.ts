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
    return this.book.name(device, key)?.domain ?? formatRemote(remote);
  }

  name(device: number, remote: Uint32Array): KnownName | undefined {
    return this.book.name(device, nameKey(remote));
  }
}

/** One group's sums over a span. */
export class Group implements Sums {
  up = 0;
  down = 0;
  upPackets = 0;
  downPackets = 0;
  #name: KnownName | undefined;

  constructor(
    readonly id: GroupId,
    private readonly by: PairGrouping,
    private readonly first: Total,
  ) {}

  get bytes(): number {
    return this.up + this.down;
  }

  /** Totals come most bytes first, so that the first name is that of the pair with most. */
  add(total: Total, rule: GroupingRule): void {
    this.up += total.upBytes;
    this.down += total.downBytes;
    this.upPackets += total.upPackets;
    this.downPackets += total.downPackets;
    if (this.by !== "device") this.#name ??= rule.name(total.device!, total.remote!);
  }

  key(): GroupKey {
    const { device, remote } = this.first;
    if (this.by === "device") return { device: macFromNumber(device!) };
    const name = this.#name;
    if (this.by === "domain")
      return name === undefined ? { domain: formatRemote(remote!) } : { domain: name.domain };
    return { remote: formatRemote(remote!), ...name };
  }
}

/** The groups of `totals`, most bytes first. */
export function groupsOf(totals: Iterable<Total>, rule: GroupingRule): Group[] {
  const groups = new Map<GroupId, Group>();
  for (const total of totals) {
    const id = rule.id(total.device!, total.remote!);
    let group = groups.get(id);
    if (group === undefined) {
      group = new Group(id, rule.by, total);
      groups.set(id, group);
    }
    group.add(total, rule);
  }
  return [...groups.values()].sort((a, b) => b.bytes - a.bytes);
}
