import type { NetlinkSocket } from "../../../linux/netlink/socket.ts";
import { dumpElements, type ElementMap } from "../../../linux/nftables/elements.ts";
import type { BindingVisitor } from "../../../nat/fast-path.ts";
import { ADDRESS, ADDRESS_AND_PORT, OPEN } from "../../../nat/policy.ts";
import { ICMP_QUERY, protocolOf, transportOf } from "../../../nat/transport.ts";
import { Bytes, type Kind, natMap, type OnElement, viewOf } from "./kind.ts";

type Binding = Parameters<BindingVisitor>;

const PORTS = {
  preserved: natMap("bindings_preserved"),
  out: natMap("bindings_out"),
  inAddress: natMap("bindings_in_addr"),
  inNumber: natMap("bindings_in_port"),
};
const QUERIES = {
  preserved: natMap("queries_preserved"),
  out: natMap("queries_out"),
  inAddress: natMap("queries_in_addr"),
  inNumber: natMap("queries_in_id"),
};
/** Bindings of hosts that do not let everyone in; the sets say whom instead. */
const FILTERED = {
  byAddress: natMap("filtered_by_address"),
  byEndpoint: natMap("filtered_by_endpoint"),
  out: natMap("filtered_out"),
  inAddress: natMap("filtered_in_addr"),
  inNumber: natMap("filtered_in_port"),
};

const endpoint = new Bytes(12);
const query = new Bytes(8);
const externalPort = new Bytes(8);
const externalIdentifier = new Bytes(2);
const internalAddress = new Bytes(4);
const internalNumber = new Bytes(2);
const externalNumber = new Bytes(2);

/** Fills the keys and data of a binding. Keys of ports begin with the protocol; those of ICMP identifiers do not. */
function spell([transport, address, port, external]: Binding): { internal: Bytes; external: Bytes } {
  internalAddress.u32(0, address);
  internalNumber.u16(0, port);
  externalNumber.u16(0, external);
  if (transport === ICMP_QUERY) {
    return { internal: query.u32(0, address).u16(4, port), external: externalIdentifier.u16(0, external) };
  }
  const protocol = protocolOf(transport);
  return {
    internal: endpoint.u8(0, protocol).u32(4, address).u16(8, port),
    external: externalPort.u8(0, protocol).u16(4, external),
  };
}

export const bindings: Kind<Binding> = {
  elements(binding, visit) {
    const [transport, , port, number, filtering] = binding;
    const { internal, external } = spell(binding);
    if (transport !== ICMP_QUERY && filtering !== OPEN) {
      visit(filtering === ADDRESS ? FILTERED.byAddress : FILTERED.byEndpoint, internal.bytes);
      translation(FILTERED, internal, external, visit);
      return;
    }
    const maps = transport === ICMP_QUERY ? QUERIES : PORTS;
    if (port !== number) {
      translation(maps, internal, external, visit);
      return;
    }
    visit(maps.preserved, internal.bytes);
    visit(maps.inAddress, external.bytes, internalAddress.bytes);
  },

  possible(binding, visit) {
    const { internal, external } = spell(binding);
    const kinds = binding[0] === ICMP_QUERY ? [QUERIES] : [PORTS, FILTERED];
    for (const { out, inAddress, inNumber, ...sets } of kinds) {
      for (const set of Object.values(sets)) visit(set, internal.bytes);
      visit(out, internal.bytes);
      visit(inAddress, external.bytes);
      visit(inNumber, external.bytes);
    }
  },

  dump(socket, visit) {
    for (const map of [PORTS.preserved, PORTS.out]) {
      dumpPorts(socket, map, (transport, address, port, number) =>
        visit(transport, address, port, number, OPEN),
      );
    }
    for (const map of [QUERIES.preserved, QUERIES.out]) dumpQueries(socket, map, visit);
    const byAddress = new Set<string>();
    dumpElements(socket, FILTERED.byAddress, (key) => byAddress.add(key.toHex()));
    dumpPorts(socket, FILTERED.out, (transport, address, port, number, key) =>
      visit(transport, address, port, number, byAddress.has(key.toHex()) ? ADDRESS : ADDRESS_AND_PORT),
    );
  },
};

/** Both directions of a binding whose number is rewritten. */
function translation(
  maps: { out: ElementMap; inAddress: ElementMap; inNumber: ElementMap },
  internal: Bytes,
  external: Bytes,
  visit: OnElement,
): void {
  visit(maps.out, internal.bytes, externalNumber.bytes);
  visit(maps.inAddress, external.bytes, internalAddress.bytes);
  visit(maps.inNumber, external.bytes, internalNumber.bytes);
}

/** The elements of a set, or a map to external ports, by internal endpoint; those of a set have their own port outside. */
function dumpPorts(
  socket: NetlinkSocket,
  from: ElementMap,
  visit: (...binding: [Binding[0], address: number, port: number, number: number, key: Uint8Array]) => void,
): void {
  dumpElements(socket, from, (key, data) => {
    const view = viewOf(key);
    const transport = transportOf(view.getUint8(0));
    const port = view.getUint16(8);
    if (transport !== -1) visit(transport, view.getUint32(4), port, numberIn(data) ?? port, key);
  });
}

function dumpQueries(socket: NetlinkSocket, from: ElementMap, visit: BindingVisitor): void {
  dumpElements(socket, from, (key, data) => {
    const identifier = viewOf(key).getUint16(4);
    visit(ICMP_QUERY, viewOf(key).getUint32(0), identifier, numberIn(data) ?? identifier, OPEN);
  });
}

/** The number in an element's data; undefined for the empty data of a set's element. */
function numberIn(data: Uint8Array): number | undefined {
  return data.length === 0 ? undefined : viewOf(data).getUint16(0);
}
