import type { AddressWords } from "../../addr/ipv6.ts";
import { formatRemote } from "../../addr/remote.ts";
import type { NameEvidence } from "../names/device-names.ts";
import { registrableDomain } from "../names/domain.ts";
import type { LiveGroups } from "./live-groups.ts";
import type { Place } from "./notice.ts";

/** The best that is known of what a device calls a remote. */
export interface KnownName {
  /** Displayable. */
  readonly name: string;
  readonly source: NameEvidence["source"];
}

/** Asks what `device` (a MAC as 48 bits) calls `remote`; undefined when nothing is known. */
export type NameOf = (device: number, remote: AddressWords) => KnownName | undefined;

export interface FlowName extends KnownName {
  readonly domain: string;
}

/** Seconds after which a flow is asked about again: addresses get new names as devices ask for more. */
const REFRESH = 60;

/** What the flows' remotes are called, asked for once a minute, and once a second while nothing is known. */
export class FlowNames {
  readonly #groups: LiveGroups;
  readonly #nameOf: NameOf;
  readonly #names: (FlowName | undefined)[] = [];
  readonly #askedAt: Float64Array;

  constructor(groups: LiveGroups, nameOf: NameOf) {
    this.#groups = groups;
    this.#nameOf = nameOf;
    this.#askedAt = new Float64Array(groups.flows.capacity + 1);
  }

  /** The flow's remote as text, and its domain where it has one. */
  placeOf(flow: number): Place {
    const name = this.of(flow);
    const remote = formatRemote(this.#groups.flows.remotes, flow * 4);
    return name === undefined ? { remote } : { remote, domain: name.domain };
  }

  of(flow: number): FlowName | undefined {
    const { second, since, flows } = this.#groups;
    const askedAt = this.#askedAt[flow]!;
    const known = this.#names[flow];
    const isOfFlow = askedAt >= since[flow]! && askedAt <= second;
    if (isOfFlow && second - askedAt < (known === undefined ? 1 : REFRESH)) return known;
    this.#askedAt[flow] = second;
    const answer = this.#nameOf(flows.devices[flow]!, flows.remotes.slice(flow * 4, flow * 4 + 4));
    const name = answer && { ...answer, domain: registrableDomain(answer.name) };
    this.#names[flow] = name;
    return name;
  }
}
