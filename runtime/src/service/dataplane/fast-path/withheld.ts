import type { IPv4 } from "../../../addr/ipv4.ts";
import type { BindingVisitor } from "../../../nat/fast-path.ts";
import { OPEN } from "../../../nat/policy.ts";
import type { Transport } from "../../../nat/transport.ts";
import { boundIndex } from "../../../render/accelerator/layout.ts";

type Binding = Parameters<BindingVisitor>;

/** Open bindings of hosts whose every packet is to pass the rules, kept until they are anybody's again. */
export class Withheld {
  #hosts: ReadonlySet<IPv4> = new Set();
  /** By external endpoint. */
  readonly #bindings = new Map<number, Binding>();

  /** Those of `hosts` from now on: the bindings of others, and whether there is a host that was not among them before. */
  hold(hosts: ReadonlySet<IPv4>): { released: Binding[]; isMore: boolean } {
    const isMore = !hosts.isSubsetOf(this.#hosts);
    this.#hosts = hosts;
    const released = [...this.#bindings.values()].filter(([, address]) => !hosts.has(address));
    for (const [transport, , , externalPort] of released) this.drop(transport, externalPort);
    return { released, isMore };
  }

  /** Whether the binding is one of these hosts'; then it is kept. */
  takes(transport: Transport, address: IPv4, port: number, externalPort: number): boolean {
    if (!this.#hosts.has(address)) return false;
    this.#bindings.set(boundIndex(transport, externalPort), [transport, address, port, externalPort, OPEN]);
    return true;
  }

  drop(transport: Transport, externalPort: number): void {
    this.#bindings.delete(boundIndex(transport, externalPort));
  }

  forget(): void {
    this.#bindings.clear();
  }
}
