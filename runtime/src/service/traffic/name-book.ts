import { type Mac, macFromNumber } from "../../addr/mac.ts";
import { answeredName } from "../../traffic/names/answered.ts";
import { DeviceNames, type NameEvidence } from "../../traffic/names/device-names.ts";
import { registrableDomain } from "../../traffic/names/domain.ts";
import type { Remote } from "../../traffic/names/remote.ts";
import type { DnsMessage } from "../../wire/dns/message.ts";
import { nameKey } from "./remote-key.ts";

/** The name a remote is best known by. */
export interface KnownName {
  readonly name: string;
  readonly evidence: NameEvidence["source"];
  readonly domain: string;
}

/** What takes long to work out is kept for so many names: all that are the best of some remote (`NameLimits`). */
const MAX_DOMAINS = 49_152;
/** The same for devices. */
const MAX_MACS = 8192;

/** What devices call remotes, and whom these names belong to. */
export class NameBook {
  #names = new DeviceNames();
  readonly #domains = new Map<string, string>();
  readonly #macs = new Map<number, Mac>();

  /** `onNews` is called for each remote that got a name it was not best known by. */
  constructor(private readonly onNews: (remote: Remote) => void = () => {}) {}

  /** `device` got this answer to its question. */
  answered(device: Mac, message: DnsMessage, at: number): void {
    const answered = answeredName(message);
    if (answered === undefined) return;
    const { name, addresses } = answered;
    const before = addresses.map((remote) => this.#names.name(device, remote));
    this.#names.asked(device, name, addresses, at);
    addresses.forEach((remote, i) => {
      if (before[i] !== name) this.onNews(remote);
    });
  }

  /** `device`, a MAC address as a number, named its server in clear. */
  serverName(
    device: number,
    words: Uint32Array,
    seen: { name: string; transport: "tls" | "quic"; maybeOuter: boolean; at: number },
  ): void {
    const [mac, remote] = [this.#mac(device), nameKey(words)];
    const before = this.#names.name(mac, remote);
    this.#names.serverName(mac, remote, seen);
    if (this.#names.name(mac, remote) !== before) this.onNews(remote);
  }

  /** The DNS calls `remote` so. */
  reverse(remote: Remote, name: string, at: number): void {
    this.#names.reverse(remote, name, at);
    this.onNews(remote);
  }

  /** What `device`, a MAC address as a number, calls `remote`. Counts as use: names that are used stay. */
  name(device: number, remote: Remote): KnownName | undefined {
    return this.#known(this.#names.evidence(this.#mac(device), remote)[0]);
  }

  /** The same for who looks through many, which is no use of them. */
  look(device: number, remote: Remote): KnownName | undefined {
    return this.#known(this.#names.best(this.#mac(device), remote));
  }

  /** All names, for `restore`. */
  snapshot(): string {
    return this.#names.snapshot();
  }

  /** Takes the names that `snapshot` gave. */
  restore(text: string): void {
    this.#names.restore(text);
  }

  /** Forgets what a device calls remotes, or all names. */
  forget(device: Mac | undefined): void {
    if (device === undefined) this.#names = new DeviceNames();
    else this.#names.forget(device);
  }

  #known(best: NameEvidence | undefined): KnownName | undefined {
    return best && { name: best.name, evidence: best.source, domain: this.#domain(best.name) };
  }

  #domain(name: string): string {
    const known = this.#domains.get(name);
    if (known !== undefined) return known;
    if (this.#domains.size >= MAX_DOMAINS) this.#domains.clear();
    const domain = registrableDomain(name);
    this.#domains.set(name, domain);
    return domain;
  }

  #mac(device: number): Mac {
    const known = this.#macs.get(device);
    if (known !== undefined) return known;
    if (this.#macs.size >= MAX_MACS) this.#macs.clear();
    const mac = macFromNumber(device);
    this.#macs.set(device, mac);
    return mac;
  }
}
