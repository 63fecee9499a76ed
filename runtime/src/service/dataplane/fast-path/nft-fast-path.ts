import type { IPv4 } from "../../../addr/ipv4.ts";
import { NetlinkError, type NetlinkSocket } from "../../../linux/netlink/socket.ts";
import { dumpElements, ElementTransaction } from "../../../linux/nftables/elements.ts";
import type {
  AssociationVisitor,
  BindingVisitor,
  FastPath,
  FastPathVisitor,
  SessionVisitor,
} from "../../../nat/fast-path.ts";
import { associations } from "./associations.ts";
import { bindings } from "./bindings.ts";
import { type Kind, natMap, type OnElement, viewOf } from "./kind.ts";
import { sessions } from "./sessions.ts";

const ENOENT = 2;

const EXTERNAL_ADDRESS = natMap("external_address");

/** An entry of any kind. */
interface Carried {
  elements(visit: OnElement): void;
  possible(visit: OnElement): void;
}

/**
 * Keeps what the engine decides in the sets and maps of table `ip gatehouse_nat`, where the kernel's rules look it up for
 * every packet.
 */
export class NftFastPath implements FastPath {
  readonly #socket: NetlinkSocket;
  readonly #transaction: ElementTransaction;
  readonly #added: Carried[] = [];
  readonly #removed: Carried[] = [];

  constructor(socket: NetlinkSocket) {
    this.#socket = socket;
    this.#transaction = new ElementTransaction(socket);
  }

  readonly program: BindingVisitor = (...binding) => void this.#added.push(carried(bindings, binding));
  readonly remove: BindingVisitor = (...binding) => void this.#removed.push(carried(bindings, binding));
  readonly programSession: SessionVisitor = (...session) => void this.#added.push(carried(sessions, session));
  readonly removeSession: SessionVisitor = (...session) =>
    void this.#removed.push(carried(sessions, session));
  readonly programAssociation: AssociationVisitor = (...association) =>
    void this.#added.push(carried(associations, association));
  readonly removeAssociation: AssociationVisitor = (...association) =>
    void this.#removed.push(carried(associations, association));

  /**
   * One transaction, or more of them where there is too much for one; no entry is parted. It fails where somebody changed the
   * maps by hand: what should be removed is gone, or an element that the engine knows nothing of has a key. Then everything
   * that could be in the way is taken away, and what should be added is tried once more. Removals are never given up: what
   * lingered would carry packets for an endpoint that another host may have by then.
   */
  commit(): void {
    const removed = this.#removed.splice(0);
    const added = this.#added.splice(0);
    try {
      this.#send(removed, added);
    } catch (error) {
      if (!(error instanceof NetlinkError)) throw error;
      this.#recover(removed, added);
    }
  }

  dump({ binding, session, association }: FastPathVisitor): void {
    bindings.dump(this.#socket, binding);
    sessions.dump(this.#socket, session);
    associations.dump(this.#socket, association);
  }

  /** The external address that all of it is for; undefined where the table is not there or never had one. */
  externalAddress(): IPv4 | undefined {
    let address: IPv4 | undefined;
    try {
      dumpElements(this.#socket, EXTERNAL_ADDRESS, (key) => {
        address = viewOf(key).getUint32(0);
      });
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
    return address;
  }

  #send(removed: readonly Carried[], added: readonly Carried[]): void {
    for (const entry of removed) this.#gather((visit) => entry.elements(visit), this.#remove);
    for (const entry of added) this.#gather((visit) => entry.elements(visit), this.#add);
    this.#transaction.commit();
  }

  #recover(removed: readonly Carried[], added: readonly Carried[]): void {
    try {
      this.#takeAway([...removed, ...added]);
    } catch (error) {
      this.#removed.push(...removed);
      throw error;
    }
    try {
      this.#send([], added);
    } catch (error) {
      // Of several transactions the first may have succeeded.
      this.#takeAway(added);
      throw error;
    }
  }

  /** Removes what there is of the entries' elements. All at once: a refused transaction costs the kernel 100 ms. */
  #takeAway(entries: readonly Carried[]): void {
    for (const entry of entries) this.#gather((visit) => entry.possible(visit), this.#destroy);
    this.#transaction.commit();
  }

  /** Gathers one entry's operations in one transaction. */
  #gather(elementsOf: (visit: OnElement) => void, operation: OnElement): void {
    if (this.#transaction.full) this.#transaction.commit();
    elementsOf(operation);
  }

  readonly #add: OnElement = (map, key, data) => this.#transaction.add(map, key, data);
  readonly #remove: OnElement = (map, key) => this.#transaction.remove(map, key);
  readonly #destroy: OnElement = (map, key) => this.#transaction.destroy(map, key);
}

function carried<Entry>(kind: Kind<Entry>, entry: Entry): Carried {
  return {
    elements: (visit) => kind.elements(entry, visit),
    possible: (visit) => kind.possible(entry, visit),
  };
}

function isAbsent(error: unknown): boolean {
  return error instanceof NetlinkError && error.errno === ENOENT;
}
