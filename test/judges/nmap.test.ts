/** nmap looks at every port and protocol of a house from outside, and out of a house at a server. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Namespace } from "../netns/linux-namespace.ts";
import { TcpPeer, tcpServer, UdpPeer } from "../netns/peers.ts";
import { Border } from "./border.ts";
import { run } from "./run.ts";
import { CLIENT1, CLIENT2, type House, SERVER, Street } from "./street.ts";

setDefaultTimeout(60_000);

let street: Street;
let border: Border;

beforeAll(async () => {
  street = await Street.open();
  border = await Border.open(street);
});

afterAll(() => street.close());

/** Probes a second, at least: far more than anybody's scan, so that a test does not take minutes. */
const RATE = ["--min-rate", "15000", "--max-retries", "1"];

/** What a scan found: ports or protocols by state, "8080" of "open"; a state that most have is a count, "filtered: 65535". */
async function nmap(place: Namespace, target: string, ...options: string[]): Promise<Record<string, string>> {
  const { text } = await run(place, ["nmap", "-n", "-Pn", "-oG", "-", ...options, target], 50_000);
  const found: Record<string, string[]> = {};
  const note = (state: string, what: string) => {
    found[state] = [...(found[state] ?? []), what];
  };
  for (const [, number, state] of text.matchAll(/\b(\d+)\/([a-z|]+)\//g)) note(state!, number!);
  const rest = /Ignored State: (\S+) \((\d+)\)/.exec(text);
  if (rest !== null) note(rest[1]!, `${rest[2]} others`);
  return Object.fromEntries(Object.entries(found).map(([state, list]) => [state, list.join(" ")]));
}

function fromOutside({ address }: House, ...options: string[]): Promise<Record<string, string>> {
  return nmap(street.provider, address, ...RATE, ...options);
}

/** The same of both houses. */
function expectBoth<T>(found: T[], expected: T): void {
  expect(found).toEqual([expected, expected]);
}

test("from outside: no TCP port answers, of all there are", async () => {
  const found = await street.atBoth((house) =>
    fromOutside(house, "-sS", "-p-", "--min-rate", "30000", "--max-retries", "0"),
  );
  expectBoth(found, { filtered: "65535 others" });
});

test("from outside: no UDP port answers, of the first ten thousand", async () => {
  const found = await street.atBoth((house) => fromOutside(house, "-sU", "-p1-10000"));
  expectBoth(found, { "open|filtered": "10000 others" });
});

test("from outside: packets of no connection are not answered", async () => {
  const ack = await street.atBoth((house) => fromOutside(house, "-sA", "-p1-1000"));
  expectBoth(ack, { filtered: "1000 others" });
  for (const kind of ["-sF", "-sX"]) {
    const found = await street.atBoth((house) => fromOutside(house, kind, "-p1-1000"));
    expectBoth(found, { "open|filtered": "1000 others" });
  }
});

test("from outside: of all IP protocols only ping answers", async () => {
  const found = await street.atBoth((house) => fromOutside(house, "-sO"));
  expectBoth(found, { open: "1", "open|filtered": "255 others" });
});

test("from outside: what is forwarded is there, and nothing beside it", async () => {
  const found = await street.atBoth(async (house) => {
    const service = tcpServer(house.client1, CLIENT1, 80);
    const forwards = [
      { protocol: "tcp" as const, first: 8080, last: 8080, address: CLIENT1, port: 80 },
      // Two more ports, where the host has no service: it says so itself.
      { protocol: "both" as const, first: 8081, last: 8082, address: CLIENT2, port: 81 },
    ];
    await house.dataplane.configure({ ...house.config, forwards });
    const tcp = await fromOutside(house, "-sS", "-p8000-8999");
    const udp = await fromOutside(house, "-sU", "-p8000-8999");
    await house.dataplane.configure(house.config);
    const afterwards = await fromOutside(house, "-sS", "-p8000-8999");
    service.stop();
    return { tcp, udp, afterwards };
  });
  expectBoth(found, {
    tcp: { open: "8080", closed: "8081 8082", filtered: "997 others" },
    udp: { closed: "8081 8082", "open|filtered": "998 others" },
    afterwards: { filtered: "1000 others" },
  });
});

test("from inside: scans find the server as it is, and other traffic goes on", async () => {
  const web = [80, 443].map((port) => tcpServer(street.provider, SERVER, port));
  const echo = await UdpPeer.open(street.provider, 7, SERVER, true);
  const found = await street.atBoth(async ({ client1, client2 }) => {
    const connection = await TcpPeer.connect(client2, SERVER, 80, 5000);
    const scans = {
      syn: await nmap(client1, SERVER, "-sS", "-p1-1000"),
      connect: await nmap(client1, SERVER, "-sT", "-p1-100"),
      // A UDP port that answers nmap's empty datagram, among closed ones.
      udp: await nmap(client1, SERVER, "-sU", "-p1-100", "--min-rate", "500"),
      ack: await nmap(client1, SERVER, "-sA", "-p1-100"),
    };
    const goesOn = (await connection.ask("?")) !== undefined;
    connection.close();
    return { ...scans, goesOn };
  });
  expectBoth<object>(found, {
    syn: { open: "80 443", closed: "998 others" },
    connect: { open: "80", closed: "99 others" },
    udp: { open: "7", closed: "99 others" },
    ack: { unfiltered: "100 others" },
    goesOn: true,
  });
  for (const server of web) server.stop();
  echo.close();
});

test("from inside: OS detection gets an answer to each odd packet, and its own words quoted", async () => {
  const web = tcpServer(street.provider, SERVER, 80);
  const fingerprints = await street.atBoth(async ({ client1 }) => {
    const options = ["-n", "-Pn", "-d", "-O", "--max-os-tries", "1", "-p80-82"];
    const { text } = await run(client1, ["nmap", ...options, SERVER], 50_000);
    const fingerprint =
      text
        .match(/^OS:.*$/gm)
        ?.join("")
        .replaceAll("OS:", "") ?? text;
    const answered = fingerprint.match(/\b[A-Z]+\d?\(R=[YN]/g);
    // What a port unreachable quotes, G where it is as sent: IP length and checksum, UDP checksum and data. The IP
    // identifier (RID) is not: ours is the one that left (RFC 6864 section 5.3), and nothing remembers the other.
    const quoted = /U1\(.*?(RIPL=\w+)%RID=\w+%(RIPCK=.*?)\)/.exec(fingerprint)?.slice(1).join("%");
    return [answered?.join(" "), quoted];
  });
  // Linux is silent to T2 and T3: no flags, and SYN with FIN, PSH and URG, to an open port.
  const answered = "ECN(R=Y T1(R=Y T2(R=N T3(R=N T4(R=Y T5(R=Y T6(R=Y T7(R=Y U1(R=Y IE(R=Y";
  expectBoth(fingerprints, [answered, "RIPL=G%RIPCK=G%RUCK=G%RUD=G"]);
  web.stop();
});

test("no address of the homes was seen outside", async () => {
  expect(await border.close()).toEqual([{}, {}]);
});
