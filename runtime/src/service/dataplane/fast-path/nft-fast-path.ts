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
   * One transaction, or more of them where there is too much for one. It fails where somebody changed the maps by hand:
   * what should be removed is gone, or an element that the engine knows nothing of has a key. The first does not matter;
   * the second is taken away, so that the next try succeeds.
   */
  commit(): void {
    const removed = this.#removed.splice(0);
    const added = this.#added.splice(0);
    if (removed.length > 0) {
      try {
        this.#send(removed, added);
        return;
      } catch (error) {
        if (!(error instanceof NetlinkError)) throw error;
      }
      for (const entry of removed) this.#takeAway(entry);
    }
    try {
      this.#send([], added);
    } catch (error) {
      for (const entry of added) this.#takeAway(entry);
      throw error;
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
    for (const entry of removed) entry.elements(this.#remove);
    for (const entry of added) entry.elements(this.#add);
    this.#transaction.commit();
  }

  readonly #add: OnElement = (map, key, data) => {
    if (this.#transaction.full) this.#transaction.commit();
    this.#transaction.add(map, key, data);
  };

  readonly #remove: OnElement = (map, key) => {
    if (this.#transaction.full) this.#transaction.commit();
    this.#transaction.remove(map, key);
  };

  /** Removes what there is of an entry's elements, one by one: an absent one would fail a whole transaction. */
  #takeAway(entry: Carried): void {
    entry.possible((map, key) => {
      this.#transaction.remove(map, key);
      try {
        this.#transaction.commit();
      } catch (error) {
        if (!isAbsent(error)) throw error;
      }
    });
  }
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
