/** Scapy sends fragments as no host would: in every order, twice, overlapping, tiny, and some never. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { tcpServer, UdpPeer } from "../netns/peers.ts";
import { Border } from "./border.ts";
import { Scapy } from "./scapy.ts";
import { CLIENT1, SERVER, Street } from "./street.ts";

setDefaultTimeout(60_000);

const NEAR_PORT = 9100;
const WEB_PORT = 80;

let street: Street;
let border: Border;
/** At client1 of each house, and at the provider for each house. */
let inside: Scapy[];
let outside: Scapy[];

beforeAll(async () => {
  street = await Street.open();
  inside = street.houses.map(({ client1 }) => new Scapy(client1));
  outside = street.houses.map(() => new Scapy(street.provider));
  border = await Border.open(street);
});

afterAll(async () => {
  for (const scapy of [...inside, ...outside]) await scapy.close();
  await street.close();
});

/** Datagrams in four fragments; each carries its name and 1600 bytes. */
const SEND = `
import itertools

identifiers = itertools.count(1)

def pieces(name, source, sport, destination, dport):
    text = name.encode() + b" " * (1600 - len(name))
    whole = IP(src=source, dst=destination, id=next(identifiers)) / UDP(sport=sport, dport=dport) / Raw(text)
    return fragment(IP(bytes(whole)), fragsize=408)

def send_all(**ends):
    sent = []
    for order in itertools.permutations(range(4)):
        parts = pieces("".join(map(str, order)), **ends)
        sent += [parts[i] for i in order]
    sent += [part for part in pieces("twice", **ends) for _ in range(2)]
    parts = pieces("overlapping", **ends)
    other = parts[1].copy()
    other.frag -= 1
    other[Raw].load = b"?" * len(other[Raw].load)
    sent += [parts[0], other, *parts[1:]]
    for i in range(20):
        sent += pieces("headless", **ends)[1:]
        sent += pieces("endless", **ends)[:-1]
    send(sent + pieces("last", **ends))
`;

/** Every order in which four fragments can come. */
const ORDERS = "0123".split("").flatMap((a) => {
  const rest = (taken: string) => "0123".split("").filter((digit) => !taken.includes(digit));
  return rest(a).flatMap((b) => rest(a + b).map((c) => a + b + c + rest(a + b + c).join("")));
});

/** Texts that arrive up to the last one, with their sender. */
async function received(peer: UdpPeer, from: string): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const datagram = await peer.receive(15_000);
    if (datagram === undefined) throw new Error(`the last datagram did not come after ${names}`);
    expect([datagram.text.length, datagram.from]).toEqual([1600, from]);
    if (datagram.text.trimEnd() === "last") return names;
    names.push(datagram.text.trimEnd());
  }
}

test("UDP, both ways: what is whole arrives, in whatever order it comes", async () => {
  const names = await street.atBoth(async ({ client1, address }, number) => {
    for (const scapy of [inside[number]!, outside[number]!]) await scapy.run(SEND);
    const far = await UdpPeer.open(street.provider, 0, SERVER);
    const near = await UdpPeer.open(client1, NEAR_PORT);
    near.send("a binding", SERVER, far.port);
    await far.receive();
    const ends = (source: string, sport: number, destination: string, dport: number) =>
      `source="${source}", sport=${sport}, destination="${destination}", dport=${dport}`;
    const out = received(far, `${address}:${NEAR_PORT}`);
    await inside[number]!.run(`send_all(${ends(CLIENT1, NEAR_PORT, SERVER, far.port)})`);
    const back = received(near, `${SERVER}:${far.port}`);
    await outside[number]!.run(`send_all(${ends(SERVER, far.port, address, NEAR_PORT)})`);
    const names = { out: await out, back: await back };
    for (const each of [near, far]) each.close();
    return names;
  });
  // Overlapping ones are refused as a whole: RFC 5722 asks for it of IPv6, and Linux does it for IPv4, too.
  const whole = [...ORDERS, "twice"];
  expect(names).toEqual(Array(2).fill({ out: whole, back: whole }));
});

test("TCP fragments of eight bytes, the last first: a connection request is answered", async () => {
  const web = tcpServer(street.provider, SERVER, WEB_PORT);
  const flags = await street.atBoth(async (_, number) => {
    return inside[number]!.run(`
is_answer = lambda p: TCP in p and p[IP].src == "${SERVER}" and p[TCP].dport == ${NEAR_PORT}
sniffer = listen("eth0", is_answer, lambda p: True)
syn = IP(dst="${SERVER}") / TCP(sport=${NEAR_PORT}, dport=${WEB_PORT}, flags="S")
send(list(reversed(fragment(IP(bytes(syn)), fragsize=8))))
result = str(heard(sniffer)[0][TCP].flags)`);
  });
  expect(flags).toEqual(["SA", "SA"]);
  web.stop();
});

test("no address of the homes was seen outside", async () => {
  expect(await border.close()).toEqual([{}, {}]);
});
