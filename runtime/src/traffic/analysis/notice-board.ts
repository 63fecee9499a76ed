import type { Notice, NoticeKind } from "./notice.ts";

/** Notices kept of each kind, oldest first out: so many of one kind never drive out those of another. */
export const KEPT_OF_KIND = 16;
/** New ones of a kind within an hour; whoever forges devices cannot write more. */
const MAX_AN_HOUR = 8;
export const MAX_SILENCED = 128;
const HOUR_MS = 3_600_000;
/** What comes again within a day is the same. */
const SAME_MS = 24 * HOUR_MS;

/** The notices that the owner sees, and those the owner does not want to see again. */
export class NoticeBoard {
  /** By id, the oldest first. */
  readonly #kept = new Map<string, Notice>();
  readonly #silenced = new Map<string, Notice>();

  /** The latest first. */
  notices(): Notice[] {
    return [...this.#kept.values()].sort((a, b) => b.at - a.at);
  }

  /** What was silenced, as it was when it was. */
  silenced(): Notice[] {
    return [...this.#silenced.values()];
  }

  get(id: string): Notice | undefined {
    return this.#kept.get(id);
  }

  latest<K extends NoticeKind>(kind: K, device: number): Extract<Notice, { kind: K }> | undefined {
    return this.#ofKind(kind).findLast((notice) => notice.device === device);
  }

  /** Takes a notice, unless its like was silenced. One that comes again within a day goes on; after that it is a new one. */
  post(notice: Notice): void {
    if (this.#silenced.has(notice.id)) return;
    const before = this.#kept.get(notice.id);
    if (before !== undefined && notice.at - before.to < SAME_MS) {
      this.#kept.set(notice.id, joined(before, notice));
      return;
    }
    const ofKind = this.#ofKind(notice.kind).filter(({ id }) => id !== notice.id);
    const latest = ofKind.filter(({ at }) => Math.abs(notice.at - at) < HOUR_MS);
    if (latest.length >= MAX_AN_HOUR) {
      countAsMore(latest.at(-1)!);
      return;
    }
    if (ofKind.length >= KEPT_OF_KIND) this.#kept.delete(ofKind[0]!.id);
    this.#kept.delete(notice.id);
    this.#kept.set(notice.id, notice);
  }

  /** No more notices like this one. False when there is none with the id. */
  silence(id: string): boolean {
    const notice = this.#kept.get(id);
    if (notice === undefined) return this.#silenced.has(id);
    this.#kept.delete(id);
    this.#silenced.set(id, notice);
    if (this.#silenced.size > MAX_SILENCED) this.#silenced.delete(this.#silenced.keys().next().value!);
    return true;
  }

  /** Notices like this one may come again, and the one that was silenced is there once more. False when it was not silenced. */
  unsilence(id: string): boolean {
    const notice = this.#silenced.get(id);
    if (notice === undefined) return false;
    this.#silenced.delete(id);
    const all = [...this.#kept.values(), notice].sort((a, b) => a.at - b.at);
    this.#kept.clear();
    for (const each of all) this.#kept.set(each.id, each);
    const ofKind = this.#ofKind(notice.kind);
    if (ofKind.length > KEPT_OF_KIND) this.#kept.delete(ofKind[0]!.id);
    return true;
  }

  /** Forgets what is about `device`, or all. */
  forget(device?: number): void {
    for (const notices of [this.#kept, this.#silenced]) {
      for (const [id, notice] of notices)
        if (device === undefined || notice.device === device) notices.delete(id);
    }
  }

  state(): BoardState {
    return [[...this.#kept.values()], this.silenced()];
  }

  restore([kept, silenced]: BoardState): void {
    for (const notice of kept) this.#kept.set(notice.id, notice);
    for (const notice of silenced) this.#silenced.set(notice.id, notice);
  }

  /** The oldest first. */
  #ofKind<K extends NoticeKind>(kind: K): Extract<Notice, { kind: K }>[] {
    const isOfKind = (notice: Notice): notice is Extract<Notice, { kind: K }> => notice.kind === kind;
    return [...this.#kept.values()].filter(isOfKind);
  }
}

export type BoardState = [kept: Notice[], silenced: Notice[]];

/** What silencing a notice means. `place` is a hash. */
export function idOf(kind: NoticeKind, device: number, place?: number): string {
  const about = place === undefined ? "" : `.${place.toString(36)}`;
  return `${kind}.${device.toString(16).padStart(12, "0")}${about}`;
}

/** The larger of both, for as long as they took together. */
function joined(before: Notice, after: Notice): Notice {
  const larger = amountOf(before) >= amountOf(after) ? before : after;
  return { ...larger, at: before.at, from: before.from, to: after.to };
}

function amountOf(notice: Notice): number {
  if (notice.kind === "upload") return notice.bytes;
  return notice.kind === "port-scan" ? notice.count : 0;
}

function countAsMore(notice: Notice): void {
  if (notice.kind === "new-device") notice.more++;
}
