import { expect } from "bun:test";
import { changed, ECHO_REPLY, ECHO_REQUEST, portOf, query, tcp, udp } from "./packet.ts";
import { ADDRESSES, type Host, type Place, type Router, SERVER } from "./router.ts";
import { type Seen, show } from "./seen.ts";

/** The service that hosts talk to unless a test says otherwise. */
export const UDP_SERVICE = `${SERVER}:7`;
export const TCP_SERVICE = `${SERVER}:80`;

const EVERYWHERE = ["alice", "bob", "carol", "outside"] as const;

let texts = 0;

/** A text that no other packet carries. */
export function uniqueText(): string {
  return `<${++texts}>`;
}

export function carries(text: string): (packet: Seen) => boolean {
  return (packet) => packet.text.includes(text);
}

/** The endpoint of a host. */
export function at(host: Host, port: number): string {
  return `${ADDRESSES[host]}:${port}`;
}

/** Fails unless the packet is the expected one to the last byte. */
export function expectSame(seen: Seen, expected: Uint8Array): void {
  expect(show(seen.bytes)).toBe(show(expected));
}

/** A packet that the router has passed on. */
export function forwarded(packet: Uint8Array, changes: { from?: string; to?: string }): Uint8Array {
  return changed(packet, { ...changes, ttl: packet[8]! - 1 });
}

/** Has a host send a datagram out; the endpoint that it comes from there. */
export async function sendUdp(router: Router, host: Host, port: number, to = UDP_SERVICE): Promise<string> {
  const text = uniqueText();
  const sent = udp(at(host, port), to, text);
  router.send(host, sent);
  const seen = await router.received("outside", carries(text));
  expectSame(seen, forwarded(sent, { from: seen.from }));
  return seen.from;
}

/** Has a host send a datagram, or what else `make` makes, from each of many ports; the external ports in the same order. */
export async function sendMany(
  router: Router,
  host: Host,
  ports: readonly number[],
  to = UDP_SERVICE,
  make: (from: string, to: string, text: string) => Uint8Array = udp,
): Promise<number[]> {
  const texts = ports.map(() => uniqueText());
  const externals = new Map<string, number>();
  for (const [i, port] of ports.entries()) router.send(host, make(at(host, port), to, texts[i]!));
  await router.received("outside", ({ text, from }) => {
    const mark = /<\d+>$/.exec(text)?.[0];
    if (mark !== undefined) externals.set(mark, portOf(from));
    return texts.every((each) => externals.has(each));
  });
  return texts.map((text) => externals.get(text)!);
}

/** Has a host send a SYN out; the endpoint that it comes from there. */
export async function sendSyn(router: Router, host: Host, port: number, to = TCP_SERVICE): Promise<string> {
  const text = uniqueText();
  // Data in a SYN is legal (RFC 9293 section 3.4) and tells this one from all others.
  const sent = tcp(at(host, port), to, "SYN", { payload: text });
  router.send(host, sent);
  const seen = await router.received("outside", carries(text));
  expectSame(seen, forwarded(sent, { from: seen.from }));
  return seen.from;
}

/** Has a host ping; the endpoint, address and identifier, that the request comes from. */
export async function sendEcho(router: Router, host: Host, identifier: number, to = SERVER): Promise<string> {
  const text = uniqueText();
  const sent = query(ECHO_REQUEST, ADDRESSES[host], to, identifier, text);
  router.send(host, sent);
  const seen = await router.received("outside", carries(text));
  const from = `${seen.source}:${seen.identifier}`;
  expectSame(seen, forwarded(sent, { from }));
  return from;
}

/** An echo reply of the server's to an external endpoint. */
export function echoReply(external: string, text: string, from = SERVER): Uint8Array {
  const [address, identifier] = external.split(":");
  return query(ECHO_REPLY, from, address!, Number(identifier), text);
}

/** Sends and expects the packet, with the endpoints changed, at another place. */
export async function expectForwarded(
  router: Router,
  sender: Place,
  packet: Uint8Array,
  receiver: Place,
  changes: { from?: string; to?: string },
): Promise<void> {
  const expected = forwarded(packet, changes);
  router.send(sender, packet);
  const wanted = show(expected);
  const isSought = ({ bytes, text }: Seen) => show(bytes) === wanted || isLike(expected, text);
  expectSame(await router.received(receiver, isSought), expected);
}

/** Whether an arrived packet carries what the expected one does, so that a faulty one is shown and not waited past. */
function isLike(expected: Uint8Array, text: string): boolean {
  const marked = /<\d+>/.exec(new TextDecoder("latin1").decode(expected))?.[0];
  return marked !== undefined && text.includes(marked);
}

/** Proves that nothing of what is unwanted arrives at these places, now that all that was sent has been dealt with. */
export async function expectSilence(
  router: Router,
  places: readonly Place[],
  isUnwanted: (packet: Seen) => boolean,
): Promise<void> {
  await router.settle();
  const found = places.flatMap((place) =>
    router
      .arrived(place)
      .filter(isUnwanted)
      .map(({ bytes }) => `at ${place}: ${show(bytes)}`),
  );
  expect(found).toEqual([]);
}

/** Sends a datagram from outside to an external endpoint and expects it at a host's endpoint. */
export async function expectInbound(
  router: Router,
  from: string,
  external: string,
  host: Host,
  port: number,
): Promise<void> {
  const sent = udp(from, external, uniqueText());
  await expectForwarded(router, "outside", sent, host, { to: at(host, port) });
}

/** Sends a packet that carries `text` and expects that neither it nor an answer to its sender comes anywhere. */
export async function expectDropped(
  router: Router,
  sender: Place,
  packet: Uint8Array,
  text: string,
): Promise<void> {
  router.send(sender, packet);
  await expectSilence(router, EVERYWHERE, carries(text));
}

/** Sends a datagram from outside and expects that nobody gets it. */
export async function expectRefused(router: Router, from: string, external: string): Promise<void> {
  const text = uniqueText();
  await expectDropped(router, "outside", udp(from, external, text), text);
}

/** A TCP connection of a host to the service, opened by three segments. */
export interface Connection {
  internal: string;
  external: string;
  service: string;
}

export async function connect(
  router: Router,
  host: Host,
  port: number,
  service = TCP_SERVICE,
): Promise<Connection> {
  const internal = at(host, port);
  const external = await sendSyn(router, host, port, service);
  const connection = { internal, external, service };
  await segmentIn(router, host, connection, "SYN ACK");
  await segmentOut(router, host, connection, "ACK");
  return connection;
}

/** A segment from the host, seen outside as the external endpoint's. */
export async function segmentOut(
  router: Router,
  host: Host,
  { internal, external, service }: Connection,
  flags: string,
): Promise<void> {
  const sent = tcp(internal, service, flags, { payload: uniqueText() });
  await expectForwarded(router, host, sent, "outside", { from: external });
}

/** A segment from the service, seen by the host as for its own endpoint. */
export async function segmentIn(
  router: Router,
  host: Host,
  { internal, external, service }: Connection,
  flags: string,
): Promise<void> {
  const sent = tcp(service, external, flags, { payload: uniqueText() });
  await expectForwarded(router, "outside", sent, host, { to: internal });
}
