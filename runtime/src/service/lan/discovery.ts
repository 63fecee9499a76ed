import { DISCOVERY, DiscoveryRelay, MAX_DISCOVERY_LENGTH, type Relayed } from "../../dns/discovery-relay.ts";
import { type MulticastSocket, openMulticast } from "../../linux/packet/multicast.ts";
import type { Log } from "../log.ts";

/** How long to wait for a bridge that is not there, or went away, before looking again, ms. */
const REOPEN_INTERVAL = 2000;

/**
 * Lets devices of several networks find each other's services: passes multicast DNS between their bridges. What is found still has
 * to be reached, which the rules between networks allow or not.
 */
export class Discovery {
  readonly counters: Partial<Record<Relayed | "not sent", number>> = {};
  readonly #relay = new DiscoveryRelay((bytes) => Bun.hash(bytes).toString(36));
  readonly #sockets = new Map<string, MulticastSocket>();
  #bridges: readonly string[] = [];
  #key = "";
  #reopening: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly log: Log) {}

  /** Joins `bridges` from now on; fewer than two are none. An interface made anew has another index. */
  join(bridges: readonly { name: string; index: number }[]): void {
    const key = JSON.stringify(bridges);
    if (key === this.#key) return;
    this.#key = key;
    this.close();
    this.#bridges = bridges.length < 2 ? [] : bridges.map(({ name }) => name);
    if (this.#bridges.length > 0) this.log.info(`devices of ${this.#bridges.join(", ")} find each other`);
    this.#open();
  }

  close(): void {
    clearTimeout(this.#reopening);
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  #open(): void {
    for (const name of this.#bridges) {
      if (this.#sockets.has(name)) continue;
      try {
        this.#sockets.set(name, this.#openOn(name));
      } catch (error) {
        this.#reopenLater(name, error);
      }
    }
  }

  #openOn(name: string): MulticastSocket {
    return openMulticast({
      interface: name,
      ...DISCOVERY,
      maxLength: MAX_DISCOVERY_LENGTH + 1,
      onMessage: (bytes, source) => this.#receive(name, bytes, source.port),
      onError: (error) => {
        this.#sockets.get(name)?.close();
        this.#sockets.delete(name);
        this.#reopenLater(name, error);
      },
    });
  }

  #reopenLater(name: string, error: unknown): void {
    this.log.limited("discovery", `${name} does not hear the others' services yet: ${error}`);
    clearTimeout(this.#reopening);
    this.#reopening = setTimeout(() => this.#open(), REOPEN_INTERVAL);
  }

  #receive(from: string, bytes: Uint8Array, sourcePort: number): void {
    const outcome = this.#relay.receive(bytes, sourcePort, performance.now());
    this.#count(outcome);
    if (outcome !== "passed") return;
    for (const [name, socket] of this.#sockets) {
      if (name === from) continue;
      try {
        socket.send(bytes);
      } catch (error) {
        this.#count("not sent");
        this.log.limited("discovery", `${name}: ${error}`);
      }
    }
  }

  #count(kind: Relayed | "not sent"): void {
    this.counters[kind] = (this.counters[kind] ?? 0) + 1;
  }
}
