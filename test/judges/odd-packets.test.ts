/** Scapy speaks for hosts that are no hosts: every IP protocol with garbage in it, and a peer that opens when it is opened to. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { UdpPeer } from "../netns/peers.ts";
import { Border } from "./border.ts";
import { run } from "./run.ts";
import { Scapy } from "./scapy.ts";
import { CLIENT1, NOBODY, OTHER_SERVER, SERVER, Street } from "./street.ts";

setDefaultTimeout(60_000);

const ECHO_PORT = 7;
/** Both ports of the datagram that ends each listening. */
const LAST = 5300;

let street: Street;
let border: Border;
let echo: UdpPeer;
/** At client1 of each house, and at the provider for each house. */
let inside: Scapy[];
let outside: Scapy[];

beforeAll(async () => {
  street = await Street.open();
  inside = street.houses.map(({ client1 }) => new Scapy(client1));
  outside = street.houses.map(() => new Scapy(street.provider));
  border = await Border.open(street);
  echo = await UdpPeer.open(street.provider, ECHO_PORT, SERVER, true);
});

afterAll(async () => {
  echo.close();
  for (const scapy of [...inside, ...outside]) await scapy.close();
  await street.close();
});

/** Sends every IP protocol with the same garbage in it. */
const SEND = `
def send_all(**ends):
    garbage = Raw(bytes((7 * i + 3) % 256 for i in range(64)))
    send([IP(proto=number, **ends) / garbage for number in range(256)])
`;

/** Which protocols of those are heard, from whom to whom. */
const HEAR = `
def listen_for(interface, *sources):
    wanted = lambda p: IP in p and p[IP].src in sources
    last = lambda p: UDP in p and p[UDP].sport == ${LAST} and p[UDP].dport == ${LAST}
    return listen(interface, wanted, last)

def heard_protocols(sniffer):
    found = {}
    for packet in heard(sniffer)[:-1]:
        found.setdefault(f"{packet[IP].src} {packet[IP].dst}", set()).add(packet[IP].proto)
    return {ends: sorted(protocols) for ends, protocols in found.items()}
`;

/** IPIP, 6in4, GRE, ESP and SCTP are translated by address only. */
const ASSOCIATED = [4, 41, 47, 50, 132];
/** TCP and UDP: garbage has ports, too. */
const WITH_PORTS = [6, 17];

test("garbage on every IP protocol: what cannot be translated does not leave, what comes unasked does not enter", async () => {
  const found = await street.atBoth(async ({ client2, address, access }, number) => {
    const [near, far] = [inside[number]!, outside[number]!];
    for (const scapy of [near, far]) await scapy.run(SEND + HEAR);
    await far.run(`sniffer = listen_for("${access}", "${address}", "${CLIENT1}")`);
    const last = `UDP(sport=${LAST}, dport=${LAST})`;
    await near.run(`send_all(dst="${SERVER}")\nsend(IP(dst="${SERVER}") / ${last})`);
    const out = await far.run("result = heard_protocols(sniffer)");

    // From a host never spoken to, then from the one that was.
    await near.run(`sniffer = listen_for("eth0", "${OTHER_SERVER}", "${SERVER}")`);
    for (const source of [OTHER_SERVER, SERVER]) {
      await far.run(`send_all(src="${source}", dst="${address}")`);
    }
    await far.run(`send(IP(src="${SERVER}", dst="${address}") / ${last})`);
    const back = await near.run("result = heard_protocols(sniffer)");

    const other = await UdpPeer.open(client2, 5301);
    const goesOn = (await other.ask("?", SERVER, ECHO_PORT))?.text;
    other.close();
    return { out, back, goesOn };
  });
  expect(found).toEqual(
    street.houses.map(({ address }) => ({
      out: { [`${address} ${SERVER}`]: [...ASSOCIATED, ...WITH_PORTS].sort((a, b) => a - b) },
      back: { [`${SERVER} ${CLIENT1}`]: ASSOCIATED },
      goesOn: `${address}:5301`,
    })),
  );
});

test("TCP: a peer that opens at the same time (RFC 9293 section 3.5) is connected, and a page comes through", async () => {
  const pages = await street.atBoth(async ({ client1, address, access }, number) => {
    const scapy = outside[number]!;
    await scapy.run(`
def from_house(flags):
    return lambda p: TCP in p and p[IP].src == "${address}" and p[IP].dst == "${NOBODY}" and p[TCP].flags == flags

any_packet = lambda p: True
sniffer = listen("${access}", from_house("S"), any_packet)`);
    const page = run(client1, [
      "curl",
      "-s",
      "--max-time",
      "15",
      "--local-port",
      "5200",
      `http://${NOBODY}/`,
    ]);
    await scapy.run(`
syn = heard(sniffer)[0][TCP]

def say(flags, seq, ack=0, text=b""):
    ends = {"sport": 80, "dport": syn.sport}
    send(IP(src="${NOBODY}", dst="${address}") / TCP(flags=flags, seq=seq, ack=ack, **ends) / Raw(text))

def said(flags, answer):
    sniffer = listen("${access}", from_house(flags), any_packet)
    answer()
    return heard(sniffer)[0][TCP]

# A request crossing the client's own, never a SYN with ACK: the client is the one to confirm.
confirmation = said("SA", lambda: say("S", 1000))
request = said("PA", lambda: say("A", 1001, syn.seq + 1))
page = b"HTTP/1.0 200 OK\\r\\n\\r\\nsimultaneous"
result = said("FA", lambda: say("FPA", 1001, request.seq + len(request.payload), page)).flags.value`);
    return (await page).text;
  });
  expect(pages).toEqual(["simultaneous", "simultaneous"]);
});

test("no address of the homes was seen outside", async () => {
  expect(await border.close()).toEqual([{}, {}]);
});
