/** Scapy sends ICMP errors with options, and with quotes cut off anywhere; it says what has become of them on the other side. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { UdpPeer } from "../netns/peers.ts";
import { Border } from "./border.ts";
import { Scapy } from "./scapy.ts";
import { CLIENT2, SERVER, Street } from "./street.ts";

setDefaultTimeout(60_000);

const ECHO_PORT = 7;
/** Of both clients, so that one of them has another outside. */
const NEAR_PORT = 5100;

let street: Street;
let border: Border;
let echo: UdpPeer;
/** At client2 of each house, and at the provider for each house. */
let inside: Scapy[];
let outside: Scapy[];

beforeAll(async () => {
  street = await Street.open();
  inside = street.houses.map(({ client2 }) => new Scapy(client2));
  outside = street.houses.map(() => new Scapy(street.provider));
  border = await Border.open(street);
  echo = await UdpPeer.open(street.provider, ECHO_PORT, SERVER, true);
});

afterAll(async () => {
  echo.close();
  for (const scapy of [...inside, ...outside]) await scapy.close();
  await street.close();
});

/**
 * The errors by number, which is the next hop's MTU that each tells: quoting a datagram from `source` to `destination`,
 * sent from `sender`. What an error of the number 1400 and above says is none that a NAT may pass on.
 */
const ERRORS = `
RECORD_ROUTE = [IPOption_RR(length=11, pointer=4, routers=["192.0.2.77", "192.0.2.78"]), IPOption_EOL()]

def send_errors(sender, destination_of_error, source, sport, destination, dport):
    def quote(options=[], **fields):
        fields = {"src": source, "dst": destination, **fields}
        datagram = IP(options=options, **fields) / UDP(sport=sport, dport=dport) / Raw(b"quoted text")
        return bytes(datagram)

    def error(number, quoted, options=[], **fields):
        return IP(src=sender, dst=destination_of_error, options=options) / ICMP(
            type=3, code=4, nexthopmtu=number, **fields) / Raw(quoted)

    plain = quote()
    optional = quote(RECORD_ROUTE)
    send([
        error(1300, plain),
        error(1301, optional),
        error(1302, plain, RECORD_ROUTE),
        error(1303, optional, RECORD_ROUTE),
        # RFC 792 promises the header and eight bytes.
        error(1304, plain[:28]),
        error(1305, optional[:len(optional) - len(b"quoted text")]),
        error(1400, plain[:27]),
        error(1401, plain[:24]),
        error(1402, plain[:20]),
        error(1403, plain[:10]),
        error(1404, b""),
        error(1405, optional[:24]),
        error(1406, optional[:35]),
        # The error's own checksum, and the quoted header's.
        error(1407, plain, chksum=0x1234),
        error(1408, quote(chksum=0x1234)),
        # A header of 60 bytes that are not there, and one of 16.
        error(1409, b"\\x4f" + plain[1:]),
        error(1410, b"\\x44" + plain[1:]),
        error(1411, quote(proto=255)),
        # About ports that nobody has a binding for.
        error(1412, bytes(IP(src=source, dst=destination) / UDP(sport=1, dport=1) / Raw(b"quoted text"))),
    ])
    send(error(1399, plain))
`;

/** What was heard of them, in the order of their numbers: whom they name, and whether their checksums are right. */
const HEAR = `
def heard_errors(sniffer):
    found = []
    for packet in heard(sniffer):
        quoted = packet[IPerror]
        inner = IP(bytes(quoted))
        found.append({
            "number": packet[ICMP].nexthopmtu,
            "from": packet[IP].src,
            "to": packet[IP].dst,
            "source": f"{inner.src}:{inner[UDP].sport}",
            "destination": f"{inner.dst}:{inner[UDP].dport}",
            "intact": is_intact(packet[IP]) and is_intact(packet[ICMP]) and is_intact(IP(bytes(inner)[:inner.ihl * 4])),
        })
    return found

is_error = lambda p: ICMP in p and p[ICMP].type == 3 and p[ICMP].code == 4
is_last = lambda p: p[ICMP].nexthopmtu == 1399
`;

interface Heard {
  number: number;
}

const DELIVERED = [1300, 1301, 1302, 1303, 1304, 1305, 1399];

/** Opens the same UDP port on both clients of a house; the second one's external endpoint. */
async function overlappingBindings({ client1, client2 }: Street["houses"][number]) {
  const first = await UdpPeer.open(client1, NEAR_PORT);
  const second = await UdpPeer.open(client2, NEAR_PORT);
  await first.ask("?", SERVER, ECHO_PORT);
  const port = Number((await second.ask("?", SERVER, ECHO_PORT))?.text.split(":")[1]);
  expect(port).not.toBe(NEAR_PORT);
  const close = () => {
    first.close();
    second.close();
  };
  return { port, close };
}

test("from outside: those about a binding reach the client in its own words, the others do not", async () => {
  const found = await street.atBoth(async (house, number) => {
    const { port, close } = await overlappingBindings(house);
    await inside[number]!.run(`${HEAR}\nsniffer = listen("eth0", is_error, is_last)`);
    await outside[number]!.run(
      `${ERRORS}\nsend_errors("${SERVER}", "${house.address}", "${house.address}", ${port}, "${SERVER}", ${ECHO_PORT})`,
    );
    const errors = (await inside[number]!.run("result = heard_errors(sniffer)")) as Heard[];
    close();
    return errors;
  });
  const delivered = DELIVERED.map((number) => ({
    number,
    from: SERVER,
    to: CLIENT2,
    source: `${CLIENT2}:${NEAR_PORT}`,
    destination: `${SERVER}:${ECHO_PORT}`,
    intact: true,
  }));
  expect(found).toEqual([delivered, delivered]);
});

test("from a client: those about a binding name external endpoints only, the others do not leave", async () => {
  const ports: number[] = [];
  const found = await street.atBoth(async (house, number) => {
    const { port, close } = await overlappingBindings(house);
    ports[number] = port;
    await outside[number]!.run(`${HEAR}\nsniffer = listen("${house.access}", is_error, is_last)`);
    await inside[number]!.run(
      `${ERRORS}\nsend_errors("${CLIENT2}", "${SERVER}", "${SERVER}", ${ECHO_PORT}, "${CLIENT2}", ${NEAR_PORT})`,
    );
    const errors = (await outside[number]!.run("result = heard_errors(sniffer)")) as Heard[];
    close();
    return errors;
  });
  const delivered = street.houses.map(({ address }, i) => {
    return DELIVERED.map((number) => ({
      number,
      from: address,
      to: SERVER,
      source: `${SERVER}:${ECHO_PORT}`,
      destination: `${address}:${ports[i]}`,
      intact: true,
    }));
  });
  expect(found).toEqual(delivered);
});

test("no address of the homes was seen outside", async () => {
  expect(await border.close()).toEqual([{}, {}]);
});
