import { isMapped } from "../../addr/ipv6.ts";
import { formatRemote, OTHERS } from "../../addr/remote.ts";
import type { FlowName, FlowNames } from "./flow-names.ts";
import { hashOf } from "./identity.ts";
import { dayOf, type KnownDevice, type KnownDevices } from "./known-devices.ts";
import type { LiveGroups } from "./live-groups.ts";
import type { NewPlace } from "./notice.ts";
import { idOf, type NoticeBoard } from "./notice-board.ts";

/** Of a minute, both ways, with answers: less than any TLS handshake with a certificate, more than a name lookup, a ping or a refusal. */
const REAL_BYTES = 4000;
const REAL_PACKETS = 3;
/** Days of activity to learn from. */
const LEARNING_DAYS = 3;
/** Seconds a flow may take to get a name: that of its server comes with its first packets. */
const NAME_WAIT = 10;
/** Seconds after which a flow's place is looked at again: other names come to share its address. */
const REPEAT = 600;
const DAY_MS = 86_400_000;

/** Notices devices of settled habits at places they never visited. */
export class PlaceWatch {
  readonly #groups: LiveGroups;
  readonly #names: FlowNames;
  readonly #devices: KnownDevices;
  readonly #board: NoticeBoard;
  /** The second in which a flow's place was last judged. */
  readonly #judgedAt: Float64Array;

  constructor(groups: LiveGroups, names: FlowNames, devices: KnownDevices, board: NoticeBoard) {
    this.#groups = groups;
    this.#names = names;
    this.#devices = devices;
    this.#board = board;
    this.#judgedAt = new Float64Array(groups.flows.capacity + 1);
  }

  /** Looks at every flow; every few seconds. */
  check(): void {
    this.#groups.forEach((flow) => {
      if (this.#isDue(flow) && this.#isReal(flow)) this.#judge(flow);
    });
  }

  #isDue(flow: number): boolean {
    const { second, since } = this.#groups;
    const judgedAt = this.#judgedAt[flow]!;
    return judgedAt < since[flow]! || judgedAt > second || second - judgedAt >= REPEAT;
  }

  #isReal(flow: number): boolean {
    const groups = this.#groups;
    return (
      groups.upBytes(flow) + groups.downBytes(flow) >= REAL_BYTES &&
      groups.upPackets(flow) >= REAL_PACKETS &&
      groups.downPackets(flow) >= REAL_PACKETS
    );
  }

  #judge(flow: number): void {
    const { second, since, flows } = this.#groups;
    const device = this.#devices.get(flows.devices[flow]!);
    const remote = formatRemote(flows.remotes, flow * 4);
    if (device !== undefined && !device.places.isWide && remote !== OTHERS) {
      const name = this.#names.of(flow);
      // A reverse name is the choice of whoever has the address: it could be that of a place the device is used to.
      const known = name?.source === "reverse" ? undefined : name;
      if (known === undefined && second - since[flow]! < NAME_WAIT) return;
      this.#visit(device, remote, networkOf(flows.remotes, flow * 4), known);
    }
    this.#judgedAt[flow] = second;
  }

  #visit(device: KnownDevice, remote: string, network: string, name: FlowName | undefined): void {
    const { second } = this.#groups;
    const isSettled = device.activeDays >= LEARNING_DAYS && device.places.isSettled;
    const usual = device.places.size;
    const place = name === undefined ? undefined : hashOf(name.domain);
    const isNew = device.places.visit(place, hashOf(network), dayOf(second));
    if (!isNew || this.#joinsLatest(device.mac) || !isSettled || device.places.isWide) return;
    const at = second * 1000;
    const notice: NewPlace = {
      id: idOf("new-place", device.mac, hashOf(name?.domain ?? network)),
      kind: "new-place",
      at,
      device: device.mac,
      from: at - 60_000,
      to: at + 60_000,
      place: { remote, ...(name !== undefined && { domain: name.domain }) },
      usual,
      more: 0,
    };
    this.#board.post(notice);
  }

  /** What follows a notice within a day belongs to it. */
  #joinsLatest(device: number): boolean {
    const latest = this.#board.latest("new-place", device);
    const at = this.#groups.second * 1000;
    if (latest === undefined || Math.abs(at - latest.at) > DAY_MS) return false;
    latest.more++;
    latest.to = at + 60_000;
    return true;
  }
}

/** A remote without a name is known by its /24 or /48: what one owner has at least. */
function networkOf(words: Uint32Array, at: number): string {
  if (isMapped(words, at)) return `4 ${words[at + 3]! >>> 8}`;
  return `6 ${words[at]!} ${words[at + 1]! >>> 16}`;
}
