import { privateReverseZone, reverseName } from "../../dns/names.ts";
import { displayableName } from "../../traffic/names/displayable.ts";
import type { Remote } from "../../traffic/names/remote.ts";
import { emitQuery } from "../../wire/dns/emit.ts";
import { CLASS_IN, HEADER_LENGTH, parseDns, Type } from "../../wire/dns/message.ts";
import { expandName, nameText } from "../../wire/dns/name.ts";

/** Milliseconds: by then a device has usually named the server itself. */
const PATIENCE = 5000;
/** Milliseconds between questions: five a second are nothing to an upstream, and a home's remotes are known within minutes. */
const INTERVAL = 200;
const MAX_WAITING = 1024;
/** Remotes that were asked about: they are not asked about again until so many others were. */
const MAX_ASKED = 16_384;

interface Waiting {
  remote: Remote;
  device: number;
  since: number;
}

/**
 * Asks the DNS what the owners of addresses call them: of each address once, when it had traffic and its device has not named it.
 * Times are ms of any one clock.
 */
export class ReverseNames {
  readonly #waiting: Waiting[] = [];
  readonly #asked = new Map<Remote, string>();
  /** Whose answer is yet to come, by the name that was asked for. */
  readonly #pending = new Map<string, Remote>();
  #next = 0;

  /** `isNamed` says whether the device knows the remote by a name; `ask` sends a DNS query to where an answer may come from. */
  constructor(
    private readonly isNamed: (device: number, remote: Remote) => boolean,
    private readonly ask: (query: Uint8Array) => void,
  ) {}

  /** `device` has traffic with `remote`. */
  seen(device: number, remote: Remote, now: number): void {
    if (this.#asked.has(remote) || this.#waiting.length >= MAX_WAITING) return;
    this.#asked.set(remote, "");
    if (this.#asked.size > MAX_ASKED) this.#forgetOldest();
    if (isGlobal(remote)) this.#waiting.push({ remote, device, since: now });
  }

  /** Asks what is due, one question at most. */
  turn(now: number): void {
    if (now < this.#next) return;
    while (this.#waiting.length > 0 && this.#waiting[0]!.since + PATIENCE <= now) {
      const { remote, device } = this.#waiting.shift()!;
      if (this.isNamed(device, remote)) continue;
      this.#next = now + INTERVAL;
      this.#send(remote);
      return;
    }
  }

  /** The name that the response `bytes` tells; undefined when it tells none that was asked for. */
  hear(bytes: Uint8Array): { remote: Remote; name: string } | undefined {
    const message = parseDns(bytes);
    if (typeof message === "string" || message.question === undefined) return undefined;
    const asked = nameText(message.question.name);
    const remote = this.#pending.get(asked);
    if (remote === undefined) return undefined;
    this.#pending.delete(asked);
    const pointer = message.records.find(({ section, type }) => section === "answer" && type === Type.ptr);
    const target = pointer && expandName(bytes, pointer.dataOffset);
    const name = target && displayableName(nameText(target));
    return name ? { remote, name } : undefined;
  }

  #send(remote: Remote): void {
    const name = remoteReverseName(remote);
    this.#asked.set(remote, name);
    this.#pending.set(name, remote);
    this.ask(pointerQuery(name));
  }

  #forgetOldest(): void {
    const [[remote, name] = [0, ""]] = this.#asked;
    this.#asked.delete(remote);
    this.#pending.delete(name);
  }
}

/** Whether the address can have an owner: not multicast, not of a network that means nothing outside. */
function isGlobal(remote: Remote): boolean {
  const isMulticast = typeof remote === "number" ? remote >= 0xe0000000 : remote.startsWith("ff");
  return !isMulticast && privateReverseZone(remoteReverseName(remote)) === undefined;
}

function remoteReverseName(remote: Remote): string {
  if (typeof remote === "number") return reverseName(remote);
  return `${[...remote].reverse().join(".")}.ip6.arpa`;
}

/** A query for the PTR record of `name`, whose labels are short. */
function pointerQuery(name: string): Uint8Array {
  const labels = name.split(".").map((label) => [label.length, ...Buffer.from(label)]);
  const wire = Uint8Array.from([...labels.flat(), 0]);
  const end = HEADER_LENGTH + wire.length + 4;
  return emitQuery({ name: wire, type: Type.ptr, class: CLASS_IN, end }, 0, 0, { dnssecOk: false });
}
