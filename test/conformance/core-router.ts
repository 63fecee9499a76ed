import { formatIPv4, parseIPv4 } from "../../runtime/src/addr/ipv4.ts";
import { contains, type Prefix, parsePrefix } from "../../runtime/src/addr/prefix.ts";
import { translateInboundError, translateOutboundError } from "../../runtime/src/nat/icmp-error.ts";
import { Nat } from "../../runtime/src/nat/nat.ts";
import { admit, observe } from "../../runtime/src/nat/packet.ts";
import {
  DEFAULT_POLICY,
  FILTERING_NAMES,
  type Filtering,
  type NatPolicy,
} from "../../runtime/src/nat/policy.ts";
import { isForLackOfRoom, MAX_REFUSAL, writeRefusal } from "../../runtime/src/nat/refusal.ts";
import { DEFAULT_TIMERS } from "../../runtime/src/nat/timers.ts";
import { TCP, TRANSPORT_NAMES, UDP } from "../../runtime/src/nat/transport.ts";
import { checksum, sum } from "../../runtime/src/wire/checksum.ts";
import { addressOf, headerOf } from "./endpoints.ts";
import { isError } from "./icmp-kinds.ts";
import { ICMP, icmpError, ipv4, sealHeader, TIME_EXCEEDED, UNREACHABLE, viewOf } from "./packet.ts";
import {
  ADDRESSES,
  EXTERNAL_MTU,
  type Host,
  LAN_ADDRESS,
  LAN_PREFIX,
  type Place,
  type ProtocolName,
  type Router,
  type RouterPolicy,
  type TransportName,
} from "./router.ts";
import { read, type Seen } from "./seen.ts";
import { type Side, SoftwareCarrier, type Verdict } from "./software-carrier.ts";

const EXTERNAL = "198.51.100.1";
const FRAGMENTATION_NEEDED = 4;
const PROTOCOLS: Record<ProtocolName, number> = { gre: 47, esp: 50, sctp: 132, "6in4": 41, ipip: 4 };

/** The engine on packets that software carries, in a time that passes only at `until`. */
export class CoreRouter implements Router {
  readonly external = EXTERNAL;
  readonly lifetimes = DEFAULT_TIMERS;
  readonly lookInterval = 5000;
  readonly isRealTime = false;
  readonly #lan: Prefix = parsePrefix(LAN_PREFIX)!;
  readonly #carrier = new SoftwareCarrier(parseIPv4(EXTERNAL)!, this.#lan, DEFAULT_POLICY);
  // A sequence that looks random and is the same in every run.
  readonly #nat = new Nat({ fastPath: this.#carrier, random: sequence(1) });
  readonly #arrived: Record<Place, Seen[]> = { alice: [], bob: [], carol: [], outside: [] };
  #now = 1;

  now(): number {
    return this.#now;
  }

  async until(time: number): Promise<void> {
    while (this.#now < time) {
      this.#now = Math.min(time, this.#now + this.lookInterval);
      this.#nat.expire(this.#now);
    }
  }

  async configure(policy: RouterPolicy): Promise<void> {
    const compiled = compile(policy);
    this.#carrier.policy = compiled;
    this.#nat.configure(compiled, this.#now);
  }

  send(from: Place, packet: Uint8Array): void {
    const view = viewOf(packet.slice());
    if (checksum(sum(view, 0, headerOf(view))) !== 0) return;
    if (from === "outside") this.#enter(view, "outside");
    else this.#fromHome(view);
  }

  async received(at: Place, isSought: (packet: Seen) => boolean): Promise<Seen> {
    const found = this.#arrived[at].find(isSought);
    if (found === undefined) throw new Error(`nothing of the kind arrived at ${at}`);
    return found;
  }

  arrived(at: Place): Seen[] {
    return this.#arrived[at];
  }

  /** Nothing is ever under way. */
  async settle(): Promise<void> {}

  async isBound(transport: TransportName, address: string, port: number): Promise<boolean> {
    const number = TRANSPORT_NAMES.indexOf(transport) as typeof TCP;
    return this.#nat.translations.externalPortOf(number, parseIPv4(address)!, port) >= 0;
  }

  async isAssociated(protocol: ProtocolName, address: string): Promise<boolean> {
    let isThere = false;
    this.#nat.listAssociations({ host: parseIPv4(address)! }, 0, 10_000, (row) => {
      isThere ||= row.protocol === PROTOCOLS[protocol];
    });
    return isThere;
  }

  #fromHome(packet: DataView): void {
    // The data plane answers its queues before it reads its taps.
    const seen = new DataView(packet.buffer.slice(0));
    this.#enter(packet, "home");
    this.#observe(seen, "outbound");
  }

  /** What the kernel does with a packet that comes in: it is translated, and forwarded unless it is for the router itself. */
  #enter(packet: DataView, side: Side): void {
    const isHairpin = side === "home" && this.#carrier.isExternal(addressOf(packet, "destination"));
    let verdict = this.#carrier.prerouting(packet, side, this.#now);
    if (verdict === "error") verdict = this.#translateError(packet, translateInboundError);
    if (verdict === "drop" || (side === "outside" && verdict !== "translated")) return;
    const destination = addressOf(packet, "destination");
    // The router's own firewall answers nothing that these tests send.
    if (this.#carrier.isExternal(destination) || destination === parseIPv4(LAN_ADDRESS)) return;
    this.#forward(packet, side, isHairpin);
  }

  #forward(packet: DataView, side: Side, isHairpin: boolean): void {
    const isIntoHome = contains(this.#lan, addressOf(packet, "destination"));
    const ttl = packet.getUint8(8);
    if (ttl <= 1) {
      this.#complain(packet, side, TIME_EXCEEDED, 0, 0);
    } else if (!isIntoHome && packet.byteLength > EXTERNAL_MTU) {
      this.#complain(packet, side, UNREACHABLE, FRAGMENTATION_NEEDED, EXTERNAL_MTU);
    } else {
      packet.setUint8(8, ttl - 1);
      sealHeader(packet);
      if (!isIntoHome || isHairpin) this.#leave(packet);
      else this.#deliver(packet);
    }
  }

  /** An ICMP error of the router's own about a packet as it stands. */
  #complain(packet: DataView, side: Side, type: number, code: number, mtu: number): void {
    const source = side === "home" ? LAN_ADDRESS : EXTERNAL;
    const to = formatIPv4(addressOf(packet, "source"));
    const error = icmpError(source, to, type, code, new Uint8Array(packet.buffer), { mtu });
    if (side === "home") this.#deliver(viewOf(error));
    else this.#leave(viewOf(error));
  }

  /** Through postrouting, where what has no binding is shown to the engine and then sent through again. */
  #leave(packet: DataView): void {
    let verdict = this.#carrier.postrouting(packet, this.#now);
    if (verdict === "error") verdict = this.#translateError(packet, translateOutboundError);
    else if (verdict === "ask" && this.#isAdmitted(packet)) {
      verdict = this.#carrier.postrouting(packet, this.#now);
    }
    if (verdict === "translated" || verdict === "untranslated") this.#deliver(packet);
  }

  #isAdmitted(packet: DataView): boolean {
    const code = admit(this.#nat, [this.#lan], packet, 0, packet.byteLength, this.#now);
    this.#nat.settle(this.#now);
    if (isForLackOfRoom(code)) this.#refuse(packet);
    return code === 0;
  }

  #refuse(packet: DataView): void {
    const message = new DataView(new ArrayBuffer(MAX_REFUSAL));
    const length = writeRefusal(packet, 0, packet.byteLength, message);
    if (length === 0) return;
    const host = formatIPv4(addressOf(packet, "source"));
    this.#deliver(viewOf(ipv4(ICMP, LAN_ADDRESS, host, new Uint8Array(message.buffer, 0, length))));
  }

  #translateError(packet: DataView, translate: typeof translateInboundError): Verdict {
    if (!isError(packet)) return "untranslated";
    const code = translate(this.#nat, this.#carrier.external, packet, 0, packet.byteLength);
    return code < 0 ? "drop" : "translated";
  }

  #deliver(packet: DataView): void {
    const destination = addressOf(packet, "destination");
    if (contains(this.#lan, destination)) this.#observe(packet, "inbound");
    const host = (Object.keys(ADDRESSES) as Host[]).find(
      (name) => parseIPv4(ADDRESSES[name]) === destination,
    );
    const place = host ?? (contains(this.#lan, destination) ? "carol" : "outside");
    this.#arrived[place].push(read(new Uint8Array(packet.buffer)));
  }

  #observe(packet: DataView, direction: "outbound" | "inbound"): void {
    observe(this.#nat, packet, 0, packet.byteLength, direction, packet.byteLength, this.#now);
  }
}

/** The policy in the engine's words. */
function compile(policy: RouterPolicy): NatPolicy {
  const address = (host: Host) => parseIPv4(ADDRESSES[host])!;
  const level = (name: (typeof FILTERING_NAMES)[number]) => FILTERING_NAMES.indexOf(name) as Filtering;
  const forwards = (policy.forwards ?? []).flatMap(({ protocol, first, last, host, port }) =>
    (protocol === "both" ? [TCP, UDP] : [protocol === "tcp" ? TCP : UDP]).flatMap((transport) =>
      Array.from({ length: last - first + 1 }, (_, i) => ({
        transport,
        externalPort: first + i,
        address: address(host),
        port: port + i,
      })),
    ),
  );
  const { filtering } = policy;
  return {
    ...DEFAULT_POLICY,
    forwards,
    dmz: policy.dmz === undefined ? null : address(policy.dmz),
    mapped: (policy.mapped ?? []).map(({ external, host }) => ({
      external: parseIPv4(external)!,
      internal: address(host),
    })),
    filtering: new Map(filtering?.hosts.map((each) => [address(each.host), level(each.filtering)])),
    defaultFiltering: level(filtering?.default ?? "open"),
    hostLimit: policy.hostLimit ?? DEFAULT_POLICY.hostLimit,
  };
}

/** xorshift32 as numbers in [0, 1). */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
