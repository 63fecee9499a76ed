import type { IPv4 } from "../../runtime/src/addr/ipv4.ts";
import { contains, type Prefix } from "../../runtime/src/addr/prefix.ts";
import type { FastPath, FastPathVisitor } from "../../runtime/src/nat/fast-path.ts";
import { ADDRESS_AND_PORT, type Filtering, type NatPolicy, OPEN } from "../../runtime/src/nat/policy.ts";
import { ICMP_QUERY, TCP, type Transport, transportOf } from "../../runtime/src/nat/transport.ts";
import { addressOf, numberOf, setAddress, setNumber } from "./endpoints.ts";
import { isError, isQuery, isReply } from "./icmp-kinds.ts";

type Binding = Parameters<FastPathVisitor["binding"]>;
type Session = Parameters<FastPathVisitor["session"]>;
type Association = Parameters<FastPathVisitor["association"]>;

/** Where a packet comes in. */
export type Side = "home" | "outside";

/**
 * What becomes of a packet: it goes on (rewritten or not), is dropped, or the engine is to be asked; `error`: it is an
 * ICMP error, which the engine rewrites.
 */
export type Verdict = "untranslated" | "translated" | "drop" | "ask" | "error";

/** Ports of the router's own, which the DMZ host does not get: DNS, DHCP, NTP and ephemeral ones, and those kept for overloading. */
const isRouters = (port: number) =>
  [53, 67, 68, 123].includes(port) || (port >= 10240 && port <= 14335) || (port >= 14336 && port <= 15359);

/**
 * Carries packets as the rules of table `ip gatehouse_nat` do, from the same two sources: what the owner has configured,
 * and the elements that the engine programs.
 */
export class SoftwareCarrier implements FastPath {
  /** By "transport address:port", and by "transport external-port". */
  readonly #out = new Map<string, Binding>();
  readonly #in = new Map<string, Binding>();
  readonly #sessionsOut = new Map<string, Session>();
  readonly #sessionsIn = new Map<string, Session>();
  /** By "protocol remote". */
  readonly #associations = new Map<string, Association>();
  /** When the permission of a remote to come in through a filtered binding ends, by what it is for. */
  readonly #permitted = new Map<string, number>();
  #changes: (() => void)[] = [];

  constructor(
    readonly external: IPv4,
    readonly lan: Prefix,
    public policy: NatPolicy,
  ) {}

  program: FastPathVisitor["binding"] = (...binding) => {
    const [transport, address, port, externalPort] = binding;
    this.#changes.push(() => {
      this.#out.set(`${transport} ${address}:${port}`, binding);
      this.#in.set(`${transport} ${externalPort}`, binding);
    });
  };

  remove: FastPathVisitor["binding"] = (transport, address, port, externalPort) => {
    this.#changes.unshift(() => {
      this.#out.delete(`${transport} ${address}:${port}`);
      this.#in.delete(`${transport} ${externalPort}`);
    });
  };

  programSession: FastPathVisitor["session"] = (...session) => {
    this.#changes.push(() => {
      this.#sessionsOut.set(sessionOut(session), session);
      this.#sessionsIn.set(sessionIn(session), session);
    });
  };

  removeSession: FastPathVisitor["session"] = (...session) => {
    this.#changes.unshift(() => {
      this.#sessionsOut.delete(sessionOut(session));
      this.#sessionsIn.delete(sessionIn(session));
    });
  };

  programAssociation: FastPathVisitor["association"] = (...association) => {
    const [protocol, , remote] = association;
    this.#changes.push(() => this.#associations.set(`${protocol} ${remote}`, association));
  };

  removeAssociation: FastPathVisitor["association"] = (protocol, _address, remote) => {
    this.#changes.unshift(() => this.#associations.delete(`${protocol} ${remote}`));
  };

  commit(): void {
    for (const change of this.#changes.splice(0)) change();
  }

  dump(visitor: FastPathVisitor): void {
    for (const binding of this.#in.values()) visitor.binding(...binding);
    for (const session of this.#sessionsIn.values()) visitor.session(...session);
    for (const association of this.#associations.values()) visitor.association(...association);
  }

  /** Whether an address is one that the outside knows us by. */
  isExternal(address: IPv4): boolean {
    return address === this.external || this.policy.mapped.some(({ external }) => external === address);
  }

  /** On its way in, before it is routed. */
  prerouting(packet: DataView, side: Side, now: number): Verdict {
    const destination = addressOf(packet, "destination");
    if (!this.isExternal(destination)) {
      return side === "outside" && contains(this.lan, destination) ? "drop" : "untranslated";
    }
    if (isError(packet)) return "error";
    const mapped = this.policy.mapped.find(({ external }) => external === destination);
    if (mapped !== undefined) return this.#deliver(packet, mapped.internal);
    return this.#toBinding(packet, now);
  }

  /** On its way out to the provider, or back into the home by its external address. */
  postrouting(packet: DataView, now: number): Verdict {
    const source = addressOf(packet, "source");
    const mapped = this.policy.mapped.find(({ internal }) => internal === source);
    if (isError(packet)) return "error";
    if (mapped !== undefined) return this.#leave(packet, mapped.external);
    const transport = transportOf(packet.getUint8(9));
    if (transport === -1) {
      if (this.isExternal(source)) return "untranslated";
      const key = `${packet.getUint8(9)} ${addressOf(packet, "destination")}`;
      return this.#associations.get(key)?.[1] === source ? this.#leave(packet, this.external) : "ask";
    }
    if (transport === ICMP_QUERY && !isQuery(packet)) return this.isExternal(source) ? "untranslated" : "ask";
    const found = this.#externalPortOf(packet, transport, source, now);
    if (found !== undefined) return this.#leave(packet, this.external, found);
    return this.isExternal(source) ? "untranslated" : "ask";
  }

  #externalPortOf(packet: DataView, transport: Transport, source: IPv4, now: number): number | undefined {
    const port = numberOf(packet, "source");
    const forward = this.policy.forwards.find(
      (each) => each.transport === transport && each.address === source && each.port === port,
    );
    if (forward !== undefined) return forward.externalPort;
    const binding = this.#out.get(`${transport} ${source}:${port}`);
    if (binding !== undefined) {
      if (binding[4] !== OPEN) this.#permit(packet, binding, now);
      return binding[3];
    }
    if (transport === ICMP_QUERY) return undefined;
    const remote = `${addressOf(packet, "destination")}:${numberOf(packet, "destination")}`;
    return this.#sessionsOut.get(`${transport} ${source}:${port} ${remote}`)?.[3];
  }

  #toBinding(packet: DataView, now: number): Verdict {
    const transport = transportOf(packet.getUint8(9));
    if (transport === -1) {
      const association = this.#associations.get(`${packet.getUint8(9)} ${addressOf(packet, "source")}`);
      return association === undefined ? "untranslated" : this.#deliver(packet, association[1]);
    }
    if (transport === ICMP_QUERY && !isReply(packet)) return "untranslated";
    const port = numberOf(packet, "destination");
    const forward = this.policy.forwards.find(
      (each) => each.transport === transport && each.externalPort === port,
    );
    if (forward !== undefined) return this.#deliver(packet, forward.address, forward.port);
    const binding = this.#in.get(`${transport} ${port}`);
    if (binding !== undefined) {
      const [, address, number, , filtering] = binding;
      const isLet = filtering === OPEN || this.#isPermitted(packet, binding, now);
      return isLet ? this.#deliver(packet, address, number) : "drop";
    }
    const remote = `${addressOf(packet, "source")}:${numberOf(packet, "source")}`;
    const session = this.#sessionsIn.get(`${transport} ${port} ${remote}`);
    if (session !== undefined) return this.#deliver(packet, session[1], session[2]);
    const { dmz } = this.policy;
    const isForDmz = dmz !== null && transport !== ICMP_QUERY && !isRouters(port);
    return isForDmz ? this.#deliver(packet, dmz) : "untranslated";
  }

  #permit(packet: DataView, [transport, , , externalPort, filtering]: Binding, now: number): void {
    const { timers } = this.policy;
    const remote = { address: addressOf(packet, "destination"), port: numberOf(packet, "destination") };
    const lifetime = transport === TCP ? timers.tcpEstablished : timers.udp;
    this.#permitted.set(permission(transport, externalPort, remote, filtering), now + lifetime);
  }

  /** A hairpinned packet's sender was permitted by its internal endpoint: its own destination was translated first, too. */
  #isPermitted(packet: DataView, [transport, , , externalPort, filtering]: Binding, now: number): boolean {
    const remote = { address: addressOf(packet, "source"), port: numberOf(packet, "source") };
    return (this.#permitted.get(permission(transport, externalPort, remote, filtering)) ?? 0) > now;
  }

  #deliver(packet: DataView, address: IPv4, number?: number): Verdict {
    setAddress(packet, "destination", address);
    if (number !== undefined) setNumber(packet, "destination", number);
    return "translated";
  }

  #leave(packet: DataView, address: IPv4, number?: number): Verdict {
    setAddress(packet, "source", address);
    if (number !== undefined) setNumber(packet, "source", number);
    return "translated";
  }
}

function sessionOut([transport, address, port, , remote, remotePort]: Session): string {
  return `${transport} ${address}:${port} ${remote}:${remotePort}`;
}

function sessionIn([transport, , , externalPort, remote, remotePort]: Session): string {
  return `${transport} ${externalPort} ${remote}:${remotePort}`;
}

function permission(
  transport: Transport,
  externalPort: number,
  remote: { address: IPv4; port: number },
  filtering: Filtering,
): string {
  const port = filtering === ADDRESS_AND_PORT ? remote.port : "any";
  return `${transport} ${externalPort} ${remote.address} ${port}`;
}
