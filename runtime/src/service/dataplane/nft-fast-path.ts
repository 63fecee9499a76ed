import type { IPv4 } from "../../addr/ipv4.ts";
import { NetlinkError, type NetlinkSocket } from "../../linux/netlink/socket.ts";
import {
  dumpElements,
  type ElementMap,
  ElementTransaction,
  elementMap,
} from "../../linux/nftables/elements.ts";
import type {
  AssociationVisitor,
  BindingVisitor,
  FastPath,
  FastPathVisitor,
  SessionVisitor,
} from "../../nat/fast-path.ts";
import { OPEN } from "../../nat/policy.ts";
import { ICMP_QUERY, protocolOf, type Transport, transportOf } from "../../nat/transport.ts";
import { NAT_TABLE } from "../../render/nat.ts";

const ENOENT = 2;

const map = (name: string) => elementMap("ip", NAT_TABLE, name);

/**
 * Where bindings of one kind are. Out, by internal endpoint: `preserved` where the external number is the host's own, else
 * `out` to the external number. In, by external number: to the address, and to the internal number where that differs.
 */
interface Maps {
  preserved: ElementMap;
  out: ElementMap;
  inAddress: ElementMap;
  inNumber: ElementMap;
}

const PORTS: Maps = {
  preserved: map("bindings_preserved"),
  out: map("bindings_out"),
  inAddress: map("bindings_in_addr"),
  inNumber: map("bindings_in_port"),
};
const QUERIES: Maps = {
  preserved: map("queries_preserved"),
  out: map("queries_out"),
  inAddress: map("queries_in_addr"),
  inNumber: map("queries_in_id"),
};
const EXTERNAL_ADDRESS = map("external_address");

type Binding = Parameters<BindingVisitor>;

/** Keeps bindings in the maps of table `ip gatehouse_nat`, where the kernel's rules look them up for every packet. */
export class NftFastPath implements FastPath {
  readonly #socket: NetlinkSocket;
  readonly #additions: ElementTransaction;
  readonly #removals: ElementTransaction;
  readonly #added: Binding[] = [];
  readonly #removed: Binding[] = [];
  readonly #portKeys = new BindingKeys(true);
  readonly #queryKeys = new BindingKeys(false);

  constructor(socket: NetlinkSocket) {
    this.#socket = socket;
    this.#additions = new ElementTransaction(socket);
    this.#removals = new ElementTransaction(socket);
  }

  readonly program: BindingVisitor = (...binding) => {
    const { maps, keys } = this.#elementsOf(binding);
    this.#additions.add(maps.inAddress, keys.external, keys.internalAddress);
    if (isPreserved(binding)) {
      this.#additions.add(maps.preserved, keys.internal);
    } else {
      this.#additions.add(maps.out, keys.internal, keys.externalNumber);
      this.#additions.add(maps.inNumber, keys.external, keys.internalNumber);
    }
    this.#added.push(binding);
  };

  readonly remove: BindingVisitor = (...binding) => {
    if (this.#removals.full) this.#commitRemovals();
    const { maps, keys } = this.#elementsOf(binding);
    this.#removals.remove(maps.inAddress, keys.external);
    if (isPreserved(binding)) {
      this.#removals.remove(maps.preserved, keys.internal);
    } else {
      this.#removals.remove(maps.out, keys.internal);
      this.#removals.remove(maps.inNumber, keys.external);
    }
    this.#removed.push(binding);
  };

  readonly programSession: SessionVisitor = () => {};
  readonly removeSession: SessionVisitor = () => {};
  readonly programAssociation: AssociationVisitor = () => {};
  readonly removeAssociation: AssociationVisitor = () => {};

  /**
   * Additions fail where somebody changed the maps by hand: an element that the engine knows nothing of has the key. Such
   * elements are taken away, so that the next try succeeds.
   */
  commit(): void {
    this.#commitRemovals();
    const added = this.#added.splice(0);
    try {
      this.#additions.commit();
    } catch (error) {
      for (const binding of added) this.#takeAway(binding);
      throw error;
    }
  }

  dump({ binding: visit }: FastPathVisitor): void {
    const visitPort = (key: Uint8Array, data: Uint8Array) => {
      const view = viewOf(key);
      const transport = transportOf(view.getUint8(0));
      const port = view.getUint16(8);
      if (transport !== -1) visit(transport, view.getUint32(4), port, numberIn(data) ?? port, OPEN);
    };
    const visitQuery = (key: Uint8Array, data: Uint8Array) => {
      const identifier = viewOf(key).getUint16(4);
      visit(ICMP_QUERY, viewOf(key).getUint32(0), identifier, numberIn(data) ?? identifier, OPEN);
    };
    for (const ports of [PORTS.preserved, PORTS.out]) dumpElements(this.#socket, ports, visitPort);
    for (const queries of [QUERIES.preserved, QUERIES.out]) dumpElements(this.#socket, queries, visitQuery);
  }

  /** The external address that the kept bindings are for; undefined where the table is not there or never had one. */
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

  /** The maps and elements of a binding; the keys are valid until the next call. */
  #elementsOf([transport, address, port, externalPort]: Binding): { maps: Maps; keys: BindingKeys } {
    const isQuery = transport === ICMP_QUERY;
    const keys = isQuery ? this.#queryKeys : this.#portKeys;
    keys.set(transport, address, port, externalPort);
    return { maps: isQuery ? QUERIES : PORTS, keys };
  }

  /** One absent element fails a whole transaction, and somebody may have removed it by hand: then one by one. */
  #commitRemovals(): void {
    const removed = this.#removed.splice(0);
    try {
      this.#removals.commit();
    } catch (error) {
      if (!isAbsent(error)) throw error;
      for (const binding of removed) this.#takeAway(binding);
    }
  }

  /** Removes what there is of a binding's elements. */
  #takeAway(binding: Binding): void {
    const { maps, keys } = this.#elementsOf(binding);
    this.#removeIfThere(maps.preserved, keys.internal);
    this.#removeIfThere(maps.out, keys.internal);
    this.#removeIfThere(maps.inAddress, keys.external);
    this.#removeIfThere(maps.inNumber, keys.external);
  }

  #removeIfThere(from: ElementMap, key: Uint8Array): void {
    this.#removals.remove(from, key);
    try {
      this.#removals.commit();
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
  }
}

/** Map keys and data of one binding, in network byte order, in buffers that are reused. */
class BindingKeys {
  readonly internal: Uint8Array;
  readonly external: Uint8Array;
  readonly internalAddress = new Uint8Array(4);
  readonly internalNumber = new Uint8Array(2);
  readonly externalNumber = new Uint8Array(2);
  readonly #hasProtocol: boolean;

  /** Keys of ports begin with the protocol, padded to four bytes; those of ICMP identifiers do not. */
  constructor(hasProtocol: boolean) {
    this.#hasProtocol = hasProtocol;
    this.internal = new Uint8Array(hasProtocol ? 12 : 8);
    this.external = new Uint8Array(hasProtocol ? 8 : 2);
  }

  set(transport: Transport, address: IPv4, port: number, externalPort: number): void {
    const start = this.#hasProtocol ? 4 : 0;
    if (this.#hasProtocol) this.internal[0] = this.external[0] = protocolOf(transport);
    viewOf(this.internal).setUint32(start, address);
    viewOf(this.internal).setUint16(start + 4, port);
    viewOf(this.external).setUint16(start, externalPort);
    viewOf(this.internalAddress).setUint32(0, address);
    viewOf(this.internalNumber).setUint16(0, port);
    viewOf(this.externalNumber).setUint16(0, externalPort);
  }
}

function isPreserved([, , internal, external]: Binding): boolean {
  return internal === external;
}

/** The number in an element's data; undefined for the empty data of a set's element. */
function numberIn(data: Uint8Array): number | undefined {
  return data.length === 0 ? undefined : viewOf(data).getUint16(0);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function isAbsent(error: unknown): boolean {
  return error instanceof NetlinkError && error.errno === ENOENT;
}
