import { HOST_LIMIT, PORTS_EXHAUSTED, PROTOCOL_IN_USE } from "../../runtime/src/nat/drops.ts";
import type { Forward, NatPolicy } from "../../runtime/src/nat/policy.ts";
import { ICMP_QUERY, TCP, UDP } from "../../runtime/src/nat/transport.ts";
import { ACK, FIN, RST, SYN } from "../../runtime/src/wire/tcp.ts";

/** An internal endpoint with its external port, and when it was last used. */
interface Held {
  transport: number;
  host: number;
  port: number;
  external: number;
  last: number;
}
interface Binding extends Held {
  filtering: number;
  /** Has TCP sessions whose beginning was not seen. */
  isAssumed: boolean;
}
interface Session {
  transport: number;
  last: number;
  out: { ack: boolean; fin: boolean };
  in: { ack: boolean; fin: boolean };
  reset: boolean;
}
interface Overloaded extends Held, Session {
  remote: number;
  remotePort: number;
}

/** The ports that hosts may have: few, so that they run out. */
export const OFFERED = [1, 2, 3, 60000, 60001];
export const isOverloadPort = (port: number) => port >= 14336 && port <= 15359;
const isHigh = (port: number) => port >= 1024;

/**
 * What the NAT should hold, in plain lists and without a thought for speed. It does not choose ports: it says whether a chosen
 * one is right.
 */
export class NatModel {
  bindings: Binding[] = [];
  overloaded: Overloaded[] = [];
  associations: { protocol: number; host: number; remote: number; last: number }[] = [];
  /** Sessions of bindings and forwards, by "transport external remote:port". */
  sessions = new Map<string, Session>();
  /** Ports that rest, by "transport external". */
  resting = new Map<string, { host: number; since: number }>();
  policy: NatPolicy;

  constructor(policy: NatPolicy) {
    this.policy = policy;
  }

  /** Faults with the engine's answer to a packet on its way out; takes over what it made. */
  outbound(
    transport: number,
    host: number,
    port: number,
    remote: number,
    remotePort: number,
    now: number,
    answer: number,
  ): string[] {
    const forward = this.forwardOf(transport, host, port);
    if (forward !== undefined) return same(answer, forward.externalPort, "forward");
    const binding = this.bindings.find(
      (b) => b.transport === transport && b.host === host && b.port === port,
    );
    if (binding !== undefined) {
      binding.last = now;
      return same(answer, binding.external, "binding");
    }
    const own = this.overloaded.filter(
      (s) => s.transport === transport && s.host === host && s.port === port,
    );
    const session = own.find((s) => s.remote === remote && s.remotePort === remotePort);
    if (session !== undefined) {
      session.last = now;
      return same(answer, session.external, "session");
    }
    if (this.isMapped(host)) return same(answer, port, "mapped");
    const held = [...this.bindings, ...this.overloaded].filter((b) => b.host === host).length;
    if (held >= this.policy.hostLimit) return same(answer, HOST_LIMIT, "host at its limit");
    const free = this.#freePorts(transport, port, host, now);
    if (own.length > 0 || (free.length === 0 && transport !== ICMP_QUERY))
      return this.#overload({ transport, host, port, external: answer, last: now }, remote, remotePort);
    if (free.length === 0) return same(answer, PORTS_EXHAUSTED, "no identifier left");
    this.resting.delete(`${transport} ${answer}`);
    const filtering = this.filteringOf(transport, host);
    this.bindings.push({ transport, host, port, external: answer, last: now, filtering, isAssumed: false });
    return this.#faultsOfChoice(transport, port, free, answer);
  }

  associate(protocol: number, host: number, remote: number, now: number, answer: number): string[] {
    if (this.isMapped(host)) return same(answer, 0, "mapped");
    const found = this.associations.find((a) => a.protocol === protocol && a.remote === remote);
    if (found === undefined) this.associations.push({ protocol, host, remote, last: now });
    else if (found.host !== host) return same(answer, PROTOCOL_IN_USE, "another's");
    else found.last = now;
    return same(answer, 0, "association");
  }

  touch(
    transport: number,
    host: number,
    port: number,
    remote: number,
    remotePort: number,
    out: boolean,
    flags: number,
    now: number,
  ): void {
    const binding = this.bindings.find(
      (b) => b.transport === transport && b.host === host && b.port === port,
    );
    const external = binding?.external ?? this.forwardOf(transport, host, port)?.externalPort;
    if (binding !== undefined) binding.last = now;
    if (external === undefined) {
      const isOf = (s: Overloaded) => s.transport === transport && s.host === host && s.port === port;
      const session = this.overloaded.find(
        (s) => isOf(s) && s.remote === remote && s.remotePort === remotePort,
      );
      if (session !== undefined) follow(session, out, flags, now);
      return;
    }
    if (transport === ICMP_QUERY) return;
    const key = `${transport} ${external} ${remote}:${remotePort}`;
    const session = this.sessions.get(key) ?? newSession(transport, now);
    if (!this.sessions.has(key) && flags & RST) return;
    follow(session, out, flags, now);
    this.sessions.set(key, session);
  }

  touchAssociation(protocol: number, host: number, remote: number, now: number): void {
    for (const a of this.associations)
      if (a.protocol === protocol && a.host === host && a.remote === remote) a.last = now;
  }

  expire(now: number): void {
    const { timers } = this.policy;
    const isOver = (s: Session) => now - s.last >= this.#sessionTimeout(s);
    for (const [key, session] of this.sessions) if (isOver(session)) this.sessions.delete(key);
    for (const binding of [...this.bindings])
      if (now - binding.last >= this.#bindingTimeout(binding)) this.endBinding(binding, now);
    this.overloaded = this.overloaded.filter((s) => !isOver(s));
    this.associations = this.associations.filter((a) => now - a.last < timers.association);
  }

  configure(policy: NatPolicy, now: number): void {
    const before = this.policy;
    this.policy = policy;
    const isIn = (forwards: readonly Forward[], f: Forward) =>
      forwards.some((g) => JSON.stringify(f) === JSON.stringify(g));
    for (const forward of before.forwards)
      if (!isIn(policy.forwards, forward))
        this.#endPort(forward.transport, forward.externalPort, forward.address, now);
    for (const forward of policy.forwards) {
      const { transport, externalPort, address, port } = forward;
      if (isIn(before.forwards, forward)) continue;
      for (const b of this.bindings.filter((b) => b.transport === transport)) {
        const isIts = b.host === address && b.port === port;
        if (isIts && b.external === externalPort) this.bindings.splice(this.bindings.indexOf(b), 1);
        else if (isIts || b.external === externalPort) this.endBinding(b, now);
      }
      this.resting.delete(`${transport} ${externalPort}`);
    }
    for (const b of [...this.bindings]) if (this.isMapped(b.host)) this.endBinding(b, now);
    for (const b of this.bindings) b.filtering = this.filteringOf(b.transport, b.host);
    this.overloaded = this.overloaded.filter(
      (s) =>
        !this.isMapped(s.host) &&
        this.forwardOf(s.transport, s.host, s.port) === undefined &&
        !policy.forwards.some((f) => f.transport === s.transport && f.externalPort === s.external),
    );
    this.associations = this.associations.filter((a) => !this.isMapped(a.host));
  }

  /** The engine begins anew and knows what the fast path held. */
  restart(now: number): void {
    this.sessions.clear();
    this.resting.clear();
    for (const held of [...this.bindings, ...this.overloaded, ...this.associations]) held.last = now;
    for (const binding of this.bindings) binding.isAssumed = true;
    for (const session of this.overloaded)
      Object.assign(session, { reset: false, out: { ack: true, fin: false }, in: { ack: true, fin: false } });
  }

  clear(): void {
    this.bindings = [];
    this.overloaded = [];
    this.associations = [];
    this.sessions.clear();
    this.resting.clear();
  }

  endBinding(binding: Binding, now: number): void {
    this.bindings.splice(this.bindings.indexOf(binding), 1);
    this.#endPort(binding.transport, binding.external, binding.host, now);
  }

  forwardOf(transport: number, host: number, port: number): Forward | undefined {
    return this.policy.forwards.find(
      (f) => f.transport === transport && f.address === host && f.port === port,
    );
  }

  isMapped(host: number): boolean {
    return this.policy.mapped.some(({ internal }) => internal === host);
  }

  filteringOf(transport: number, host: number): number {
    return transport === ICMP_QUERY ? 0 : (this.policy.filtering.get(host) ?? this.policy.defaultFiltering);
  }

  #overload(held: Held, remote: number, remotePort: number): string[] {
    const isShared = this.overloaded.some(
      (s) =>
        s.transport === held.transport &&
        s.external === held.external &&
        s.remote === remote &&
        s.remotePort === remotePort,
    );
    this.overloaded.push({ ...newSession(held.transport, held.last), ...held, remote, remotePort });
    return [
      ...(isOverloadPort(held.external) ? [] : [`${held.external} is no overload port`]),
      ...(isShared ? ["two sessions have one port towards one remote"] : []),
    ];
  }

  /** Ports of the wanted one's class that a newcomer may have. */
  #freePorts(transport: number, wanted: number, host: number, now: number): number[] {
    const isBound = (port: number) =>
      this.bindings.some((b) => b.transport === transport && b.external === port) ||
      this.policy.forwards.some((f) => f.transport === transport && f.externalPort === port);
    const rests = (port: number) => {
      const rest = this.resting.get(`${transport} ${port}`);
      const isOver = rest === undefined || now - rest.since >= this.policy.timers.quarantine;
      const isHis = port === wanted && (rest?.host === host || this.policy.dmz === host);
      return !isOver && !isHis;
    };
    const offered =
      transport === ICMP_QUERY
        ? Array.from({ length: 65536 }, (_, id) => id)
        : OFFERED.filter((port) => isHigh(port) === isHigh(wanted));
    return offered.filter((port) => !isBound(port) && !rests(port));
  }

  #faultsOfChoice(transport: number, wanted: number, free: number[], chosen: number): string[] {
    if (!free.includes(chosen)) return [`${chosen} is not free`];
    if (free.includes(wanted) && chosen !== wanted) return [`${wanted} is free and was not preserved`];
    const isAlike = (port: number) => (port & 1) === (wanted & 1);
    const keepsParity = transport === ICMP_QUERY || isAlike(chosen) || !free.some(isAlike);
    return keepsParity ? [] : [`${chosen} has another parity than ${wanted}`];
  }

  #endPort(transport: number, external: number, host: number, now: number): void {
    for (const key of this.sessions.keys())
      if (key.startsWith(`${transport} ${external} `)) this.sessions.delete(key);
    this.resting.set(`${transport} ${external}`, { host, since: now });
  }

  #sessionTimeout(session: Session): number {
    const { timers } = this.policy;
    if (session.transport === UDP) return timers.udp;
    return isEstablished(session) ? timers.tcpEstablished : timers.tcpTransitory;
  }

  #bindingTimeout({ transport, external, isAssumed }: Binding): number {
    const { timers } = this.policy;
    if (transport === UDP) return timers.udp;
    if (transport === ICMP_QUERY) return timers.icmpQuery;
    const own = [...this.sessions].filter(([key]) => key.startsWith(`${TCP} ${external} `));
    const isKept = isAssumed || own.some(([, session]) => isEstablished(session));
    return isKept ? timers.tcpEstablished : timers.tcpTransitory;
  }
}

function newSession(transport: number, now: number): Session {
  return {
    transport,
    last: now,
    out: { ack: false, fin: false },
    in: { ack: false, fin: false },
    reset: false,
  };
}

function isEstablished({ transport, out, in: inward, reset }: Session): boolean {
  return transport === TCP && out.ack && inward.ack && !(out.fin && inward.fin) && !reset;
}

function follow(session: Session, isOut: boolean, flags: number, now: number): void {
  session.last = now;
  if (session.transport !== TCP) return;
  if (flags & RST) {
    session.reset = true;
    return;
  }
  const isOver = session.reset || (session.out.fin && session.in.fin);
  if (flags & SYN && isOver) Object.assign(session, newSession(TCP, now));
  session.reset = false;
  const side = isOut ? session.out : session.in;
  if (flags & ACK) side.ack = true;
  if (flags & FIN) side.fin = true;
}

function same(answer: number, expected: number, what: string): string[] {
  return answer === expected ? [] : [`${what}: ${answer} instead of ${expected}`];
}
