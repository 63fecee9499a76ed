import { OTHERS } from "../../../traffic/history/history.ts";
import { type Remote, remoteKey } from "../../../traffic/history/pair-table.ts";
import type { Grouping, Total } from "../../../traffic/history/totals.ts";
import type { Sink } from "./reading.ts";
import type { SheetReader } from "./sheet.ts";

/** Remotes or pairs that stay apart when there are more than twice as many: a year of a home knows millions. */
const MOST = 50_000;

/** Sums per group. The smallest of very many remotes are put together as OTHERS, so that memory is bounded and all sums are there. */
export class GroupTotals {
  readonly #by: Grouping;
  readonly #totals = new Map<number | string, GroupTotal>();

  constructor(by: Grouping) {
    this.#by = by;
  }

  /** What adds up the group that a device and a remote, which is copied, are in. */
  of(device: number, remote: Remote): GroupTotal {
    const key = this.#keyOf(device, remote);
    const known = this.#totals.get(key);
    if (known !== undefined) return known;
    if (this.#by !== "device" && this.#totals.size >= 2 * MOST) this.#putTogetherSmallest();
    const total = new GroupTotal(
      this.#by === "remote" ? undefined : device,
      this.#by === "device" ? undefined : remote.slice(),
    );
    this.#totals.set(key, total);
    return total;
  }

  largestFirst(): Total[] {
    return [...this.#totals.values()]
      .filter(({ bytes, packets }) => bytes + packets > 0)
      .sort((a, b) => b.bytes - a.bytes)
      .map((total) => total.plain());
  }

  #keyOf(device: number, remote: Remote): number | string {
    if (this.#by === "device") return device;
    return this.#by === "remote" ? remoteKey(remote) : `${device} ${remoteKey(remote)}`;
  }

  #putTogetherSmallest(): void {
    const smallest = [...this.#totals].sort(([, a], [, b]) => b.bytes - a.bytes).slice(MOST);
    for (const [key] of smallest) this.#totals.delete(key);
    for (const [, total] of smallest) this.of(total.device ?? 0, OTHERS).addTotal(total);
  }
}

class GroupTotal implements Sink {
  upBytes = 0;
  downBytes = 0;
  upPackets = 0;
  downPackets = 0;

  constructor(
    readonly device: number | undefined,
    readonly remote: Remote | undefined,
  ) {}

  get bytes(): number {
    return this.upBytes + this.downBytes;
  }

  get packets(): number {
    return this.upPackets + this.downPackets;
  }

  add(_: number, cell: SheetReader): void {
    this.addTotal(cell);
  }

  addTotal({ upBytes, downBytes, upPackets, downPackets }: Omit<Total, "device" | "remote">): void {
    this.upBytes += upBytes;
    this.downBytes += downBytes;
    this.upPackets += upPackets;
    this.downPackets += downPackets;
  }

  plain(): Total {
    const { device, remote, upBytes, downBytes, upPackets, downPackets } = this;
    return {
      ...(device !== undefined && { device }),
      ...(remote !== undefined && { remote }),
      ...{ upBytes, downBytes, upPackets, downPackets },
    };
  }
}
