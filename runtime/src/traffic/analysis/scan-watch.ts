import { isMapped } from "../../addr/ipv6.ts";
import { formatRemote } from "../../addr/remote.ts";
import { PROTOCOL_TCP, PROTOCOL_UDP } from "../../wire/ipv4.ts";
import { NO_FLOW } from "./flow-table.ts";
import { type LiveGroups, OTHERS } from "./live-groups.ts";
import type { PortScan } from "./notice.ts";
import { idOf, type NoticeBoard } from "./notice-board.ts";
import { isPublicAddress } from "./public-address.ts";

/**
 * Ports of one address, or addresses at one port, within the minute a flow is remembered. A traceroute tries 90 ports, a page a few dozen
 * addresses; the slowest scan of the usual 1000 ports that is noticed takes ten minutes.
 */
const MANY = 100;
/** Tries without answer for each with one. File sharing reaches a third of its peers, a scan of the Internet a few in a hundred. */
const SILENT_PER_ANSWERED = 10;
/** The port must be that of so much of what the device tries in vain: file sharing tries many, one in four of them the usual. */
const SHARE_OF_SILENT = 0.4;
/** From here on systems choose the ports of their own side, so that the lower one of both says nothing. */
const FIRST_EPHEMERAL = 32_768;
/** A connection that was refused: an opening and its repetitions, and as many resets (60 bytes; 74 in IPv6). */
const REFUSED_PACKETS = 3;
const RESET_BYTES = 74;
/** Parts of the last minute in which others must have got answers, or the Internet was away. */
const PARTS = [59, 39, 19];
const PART = 20;

/** What a flow came to. */
interface Tries {
  flow: number;
  silent: number;
  answered: number;
}

/** Notices devices that try ports or addresses one after the other. */
export class ScanWatch {
  readonly #groups: LiveGroups;
  readonly #board: NoticeBoard;

  constructor(groups: LiveGroups, board: NoticeBoard) {
    this.#groups = groups;
    this.#board = board;
  }

  /** Looks at every device with many tries in vain; every few seconds. */
  check(): void {
    const fruitless = new Map<number, number>();
    this.#groups.forEach((flow) => {
      const device = this.#groups.flows.devices[flow]!;
      if (this.#isRefused(flow) && this.#isTry(flow)) fruitless.set(device, (fruitless.get(device) ?? 0) + 1);
    });
    for (const [device, count] of fruitless) if (count >= MANY) this.#judge(device);
  }

  #judge(device: number): void {
    const tries: number[] = [];
    this.#groups.forEach((flow) => {
      if (this.#groups.flows.devices[flow] === device && this.#isTry(flow)) tries.push(flow);
    });
    const found = this.#portsOfOneAddress(tries) ?? this.#addressesAtOnePort(device, tries);
    if (found === undefined) return;
    const at = this.#groups.second * 1000;
    const id = idOf("port-scan", device);
    this.#board.post({ id, kind: "port-scan", at, device, from: at - 60_000, to: at, ...found });
  }

  #portsOfOneAddress(tries: readonly number[]): Pick<PortScan, "count" | "place"> | undefined {
    const { remotes } = this.#groups.flows;
    const byRemote = tally(
      tries,
      (flow) => addressKey(remotes, flow * 4),
      (flow) => this.#isRefused(flow),
    );
    const most = mostSilent(byRemote);
    return most && { count: most.silent, place: { remote: formatRemote(remotes, most.flow * 4) } };
  }

  #addressesAtOnePort(
    device: number,
    tries: readonly number[],
  ): Pick<PortScan, "count" | "protocol" | "port"> | undefined {
    const { flows } = this.#groups;
    const isSilent = (flow: number) => this.#groups.isAnswered[flow] === 0;
    const byPort = tally(tries, (flow) => flows.protocols[flow]! * 0x10000 + flows.ports[flow]!, isSilent);
    const most = mostSilent(byPort);
    if (most === undefined || most.silent < SHARE_OF_SILENT * tries.filter(isSilent).length) return undefined;
    const protocol = flows.protocols[most.flow]!;
    if (this.#isAnsweredElsewhere(device) || !this.#isOnline(device, protocol)) return undefined;
    return { count: most.silent, protocol, port: flows.ports[most.flow]! };
  }

  /** Whether the flows of `device` that found no room in the table got answers: then what it tried before says little. */
  #isAnsweredElsewhere(device: number): boolean {
    const others = this.#groups.flows.find(device, OTHERS, 0, 0);
    if (others === NO_FLOW) return false;
    return this.#groups.downPackets(others) * SILENT_PER_ANSWERED > this.#groups.upPackets(others);
  }

  /**
   * Whether silence means something: while the provider is away everything is silent. TCP: in no part of the minute went the tries of
   * other devices and of this one's answered flows without any answer. UDP, of which file sharing does more and in vain: the device itself
   * was answered in each part.
   */
  #isOnline(device: number, protocol: number): boolean {
    const groups = this.#groups;
    return PARTS.every((ago) => {
      let [up, down] = [0, 0];
      groups.forEach((flow) => {
        const isOwn = groups.flows.devices[flow] === device;
        if (protocol === PROTOCOL_UDP ? !isOwn : isOwn && groups.isAnswered[flow] === 0) return;
        const packets = groups.packetsAgo(flow, ago, PART);
        up += packets.up;
        down += packets.down;
      });
      return down > 0 || (protocol === PROTOCOL_TCP && up === 0);
    });
  }

  #isTry(flow: number): boolean {
    const { protocols, ports, remotes } = this.#groups.flows;
    const protocol = protocols[flow];
    if (protocol !== PROTOCOL_TCP && protocol !== PROTOCOL_UDP) return false;
    return (
      ports[flow]! < FIRST_EPHEMERAL && this.#groups.upPackets(flow) > 0 && isPublicAddress(remotes, flow * 4)
    );
  }

  /** Silent, or TCP that was refused. */
  #isRefused(flow: number): boolean {
    const groups = this.#groups;
    if (groups.isAnswered[flow] === 0) return true;
    const [up, down] = [groups.upPackets(flow), groups.downPackets(flow)];
    const isReset = down > 0 && down <= up && groups.downBytes(flow) <= RESET_BYTES * down;
    return groups.flows.protocols[flow] === PROTOCOL_TCP && up <= REFUSED_PACKETS && isReset;
  }
}

/** One for each address: a number for IPv4, of which file sharing has many. */
function addressKey(words: Uint32Array, at: number): number | string {
  return isMapped(words, at) ? words[at + 3]! : words.subarray(at, at + 4).join();
}

function tally<K>(
  tries: readonly number[],
  keyOf: (flow: number) => K,
  isSilent: (flow: number) => boolean,
): Iterable<Tries> {
  const all = new Map<K, Tries>();
  for (const flow of tries) {
    const key = keyOf(flow);
    const counted = all.get(key) ?? { flow, silent: 0, answered: 0 };
    if (isSilent(flow)) counted.silent++;
    else counted.answered++;
    all.set(key, counted);
  }
  return all.values();
}

/** The one with the most tries in vain, where those are many and nearly all. */
function mostSilent(all: Iterable<Tries>): Tries | undefined {
  let most: Tries | undefined;
  for (const tries of all) {
    if (tries.silent < MANY || tries.silent < SILENT_PER_ANSWERED * tries.answered) continue;
    if (most === undefined || tries.silent > most.silent) most = tries;
  }
  return most;
}
