import { expect, test } from "bun:test";
import { formatIPv4, type IPv4, parseIPv4 } from "../addr/ipv4.ts";
import type { Mac } from "../addr/mac.ts";
import { type DhcpMessage, parseDhcp } from "../wire/dhcp/message.ts";
import {
  addressOption,
  MessageType,
  Option,
  type Options,
  octetOption,
  text,
  words,
} from "../wire/dhcp/options.ts";
import { clientMessage } from "./client.fixture.ts";
import { DhcpServer, type Outcome } from "./server.ts";
import type { DhcpSettings } from "./settings.ts";

const ip = (dotted: string) => parseIPv4(dotted)!;
const mac = (n: number) => `02:00:5e:10:00:${n.toString(16).padStart(2, "0")}` as Mac;
const ROUTER = ip("192.168.77.1");
const SETTINGS: DhcpSettings = {
  server: { address: ROUTER, length: 24 },
  first: ip("192.168.77.10"),
  last: ip("192.168.77.19"),
  leaseSeconds: 3600,
  domain: "lan",
  dns: [ROUTER],
  reservations: [],
};
const HOUR = 3_600_000;

interface Asking extends Partial<Omit<DhcpMessage, "options">> {
  wanted?: IPv4;
  server?: IPv4;
  id?: string;
  name?: string;
}

function message(type: number, client: number, { wanted, server, id, name, ...fields }: Asking = {}) {
  const options: Options = new Map([[Option.messageType, Uint8Array.of(type)]]);
  if (wanted !== undefined) options.set(Option.requestedAddress, words(wanted));
  if (server !== undefined) options.set(Option.serverIdentifier, words(server));
  if (id !== undefined) options.set(Option.clientIdentifier, text(id));
  if (name !== undefined) options.set(Option.hostName, text(name));
  return clientMessage(mac(client), { ...fields, options });
}

const replyOf = (outcome: Outcome) => parseDhcp(outcome.reply!.bytes) as DhcpMessage;

/** DISCOVER, then REQUEST of what is offered; the outcome of the latter. */
function join(server: DhcpServer, client: number, now = 0, asking: Asking = {}): Outcome {
  const offer = server.receive(message(MessageType.discover, client, asking), now);
  const { wanted: _, ...same } = asking;
  const request = { ...same, wanted: replyOf(offer).yiaddr, server: ROUTER };
  return server.receive(message(MessageType.request, client, request), now);
}

const joined = (server: DhcpServer, client: number, now = 0, asking: Asking = {}) =>
  join(server, client, now, asking).granted!.address;

const verdicts = (...outcomes: Outcome[]) => outcomes.map(({ verdict }) => verdict);

test("an offer is made, requested and acknowledged with all a client needs", () => {
  const server = new DhcpServer(SETTINGS, []);
  const outcome = join(server, 1, 1000, { id: "\x01abc", name: "laptop" });
  const { granted } = outcome;
  const address = granted!.address;
  const ack = replyOf(outcome);
  expect(granted).toEqual({
    client: "id:01616263",
    mac: mac(1),
    address,
    hostName: "laptop",
    vendorClass: "",
    expires: 1000 + HOUR,
  });
  expect(ack).toMatchObject({ op: 2, xid: 0x1234, yiaddr: address, chaddr: mac(1), ciaddr: 0, siaddr: 0 });
  expect(ack.options).toEqual(
    new Map([
      [Option.messageType, Uint8Array.of(MessageType.ack)],
      [Option.serverIdentifier, words(ROUTER)],
      [Option.clientIdentifier, text("\x01abc")],
      [Option.leaseTime, words(3600)],
      [Option.renewalTime, words(1800)],
      [Option.rebindingTime, words(3150)],
      [Option.subnetMask, words(ip("255.255.255.0"))],
      [Option.router, words(ROUTER)],
      [Option.broadcastAddress, words(ip("192.168.77.255"))],
      [Option.domainNameServer, words(ROUTER)],
      [Option.domainName, text("lan")],
    ]),
  );
});

test("a reply goes where RFC 2131 section 4.1 says", () => {
  const server = new DhcpServer(SETTINGS, []);
  const destination = (fields: Asking, type: number = MessageType.discover) =>
    server.receive(message(type, 1, fields), 0).reply?.destination;
  const address = joined(server, 1);
  const agent = ip("192.168.77.2");
  expect([
    destination({}),
    destination({ broadcast: true }),
    destination({ giaddr: agent, broadcast: true }),
    destination({ ciaddr: address }, MessageType.request),
    destination({ ciaddr: address, broadcast: true }, MessageType.request),
    destination({ ciaddr: ip("192.168.77.99") }, MessageType.request),
    destination({ ciaddr: ip("192.168.77.99"), giaddr: agent }, MessageType.request),
    destination({ ciaddr: ip("192.168.77.99") }, MessageType.inform),
    destination({ ciaddr: ip("198.51.100.7") }),
  ]).toEqual([
    { to: "neighbour", address, mac: mac(1) },
    { to: "link" },
    { to: "relay", address: agent },
    { to: "host", address },
    { to: "host", address },
    { to: "link" },
    { to: "relay", address: agent },
    { to: "host", address: ip("192.168.77.99") },
    { to: "neighbour", address, mac: mac(1) },
  ]);
});

test("what is for another server or subnet, or from a server, is ignored", () => {
  const server = new DhcpServer(SETTINGS, []);
  const outside = ip("198.51.100.7");
  const asked = (type: number, asking: Asking) => server.receive(message(type, 1, asking), 0);
  const outcomes = [
    asked(MessageType.request, { wanted: SETTINGS.first, server: outside }),
    asked(MessageType.discover, { giaddr: outside }),
    asked(MessageType.discover, { op: 2 }),
    asked(MessageType.inform, { ciaddr: outside }),
    asked(MessageType.inform, {}),
    asked(MessageType.release, { ciaddr: SETTINGS.first }),
    asked(MessageType.decline, { wanted: SETTINGS.first }),
    asked(MessageType.offer, {}),
    asked(99, {}),
    server.receive(clientMessage(mac(1)), 0),
  ];
  expect(outcomes).toEqual(outcomes.map(() => ({ verdict: "ignored" })));
  expect(server.leases()).toEqual([]);
});

test("a client keeps its address: before its lease ends, after it, and when the server forgot it", () => {
  const server = new DhcpServer(SETTINGS, []);
  const address = joined(server, 1, 0, { id: "a" });
  const again = joined(server, 1, HOUR / 2, { id: "a" });
  const late = joined(server, 1, 5 * HOUR, { id: "a" });
  const afterLoss = joined(new DhcpServer(SETTINGS, []), 1, 0, { id: "a" });
  const afterRestart = joined(new DhcpServer(SETTINGS, server.leases()), 1, 9 * HOUR, { id: "a" });
  expect([again, late, afterLoss, afterRestart]).toEqual(Array(4).fill(address));
});

test("a renewal extends the lease and keeps a name the client does not repeat", () => {
  const server = new DhcpServer(SETTINGS, []);
  const address = joined(server, 1, 0, { name: "laptop" });
  const renewed = server.receive(message(MessageType.request, 1, { ciaddr: address }), HOUR / 2);
  expect([replyOf(renewed).ciaddr, renewed.granted]).toEqual([
    address,
    {
      client: `mac:${mac(1)}`,
      mac: mac(1),
      address,
      hostName: "laptop",
      vendorClass: "",
      expires: 1.5 * HOUR,
    },
  ]);
});

test("a client may ask for an address that nobody has had", () => {
  const server = new DhcpServer(SETTINGS, []);
  const wanted = ip("192.168.77.15");
  const granted = joined(server, 1, 0, { wanted });
  const taken = joined(server, 2, 5 * HOUR, { wanted });
  const outside = joined(server, 3, 0, { wanted: ip("192.168.77.200") });
  expect([granted, taken === wanted, outside <= SETTINGS.last]).toEqual([wanted, false, true]);
});

test.each<[string, Asking]>([
  ["an address of another network, after moving here", { wanted: ip("10.1.2.3") }],
  ["an address of another client, after a reboot", { wanted: ip("192.168.77.10") }],
  ["another address than its own, after a reboot", { wanted: ip("192.168.77.12") }],
  ["another address than the one offered", { wanted: ip("192.168.77.12"), server: ROUTER }],
  ["the renewal of an address it does not have", { ciaddr: ip("192.168.77.12") }],
  ["the router's address", { wanted: ROUTER }],
  ["no address at all", {}],
])("a client that asks for %s is refused", (_what, asking) => {
  const server = new DhcpServer(SETTINGS, []);
  joined(server, 2, 0, { wanted: ip("192.168.77.10") });
  joined(server, 1, 0, { wanted: ip("192.168.77.11") });
  const before = server.leases();
  const outcome = server.receive(message(MessageType.request, 1, asking), 0);
  const nak = replyOf(outcome);
  expect([outcome.verdict, outcome.reply!.destination, nak.yiaddr, nak.ciaddr]).toEqual([
    "refused",
    { to: "link" },
    0,
    0,
  ]);
  expect([...nak.options.keys()]).toEqual([Option.messageType, Option.serverIdentifier, Option.message]);
  expect(server.leases()).toEqual(before);
});

test("a forgotten client that comes back gets the address it names, if it is free", () => {
  const server = new DhcpServer(SETTINGS, []);
  const rebooted = server.receive(message(MessageType.request, 1, { wanted: ip("192.168.77.13") }), 0);
  const renewing = server.receive(message(MessageType.request, 2, { ciaddr: ip("192.168.77.14") }), 0);
  const late = server.receive(message(MessageType.request, 3, { ciaddr: ip("192.168.77.14") }), 0);
  expect(verdicts(rebooted, renewing, late)).toEqual(["acknowledged", "acknowledged", "refused"]);
});

test("a refusal through a relay agent is broadcast by it", () => {
  const server = new DhcpServer(SETTINGS, []);
  const agent = ip("192.168.77.2");
  const outcome = server.receive(message(MessageType.request, 1, { giaddr: agent, wanted: 1 }), 0);
  expect([outcome.reply!.destination, replyOf(outcome).broadcast]).toEqual([
    { to: "relay", address: agent },
    true,
  ]);
});

test("the relay agent's information is returned last, as it came", () => {
  const server = new DhcpServer(SETTINGS, []);
  const discover = message(MessageType.discover, 1, { giaddr: ip("192.168.77.2") });
  discover.options.set(Option.relayAgentInformation, Uint8Array.of(1, 2, 3, 4));
  const { options } = replyOf(server.receive(discover, 0));
  expect([...options].at(-1)).toEqual([Option.relayAgentInformation, Uint8Array.of(1, 2, 3, 4)]);
});

test("all addresses are used before one is used again, and then the one unused for longest", () => {
  const server = new DhcpServer(SETTINGS, []);
  const first = Array.from({ length: 10 }, (_, i) => joined(server, i, i));
  const full = server.receive(message(MessageType.discover, 90), 20);
  const afterFirstEnded = joined(server, 90, HOUR + 5);
  expect([new Set(first).size, full, afterFirstEnded]).toEqual([10, { verdict: "exhausted" }, first[0]!]);
});

test("a flood of made-up clients takes no address from a real one", () => {
  const server = new DhcpServer(SETTINGS, []);
  const known = joined(server, 1, 0);
  for (let i = 0; i < 5000; i++) {
    server.receive(message(MessageType.discover, 200, { id: `made-up ${i}` }), 10);
  }
  const newcomer = join(server, 2, 10);
  expect([newcomer.verdict, joined(server, 1, 11), server.leases().length]).toEqual([
    "acknowledged",
    known,
    2,
  ]);
});

test("a released address is its client's until another needs it", () => {
  const server = new DhcpServer(SETTINGS, []);
  const address = joined(server, 1);
  const released = server.receive(message(MessageType.release, 1, { ciaddr: address, server: ROUTER }), 50);
  const again = server.receive(message(MessageType.release, 1, { ciaddr: address, server: ROUTER }), 60);
  expect(verdicts(released, again)).toEqual(["released", "ignored"]);
  expect(server.leases().map(({ expires }) => expires)).toEqual([50]);
  expect(joined(server, 1, 70)).toBe(address);
});

test("an address found in use is left alone for ten minutes", () => {
  const server = new DhcpServer({ ...SETTINGS, last: SETTINGS.first }, []);
  const address = joined(server, 1);
  const stranger = server.receive(message(MessageType.decline, 2, { wanted: address, server: ROUTER }), 0);
  const declined = server.receive(message(MessageType.decline, 1, { wanted: address, server: ROUTER }), 0);
  const during = server.receive(message(MessageType.discover, 1), 599_999);
  const after = server.receive(message(MessageType.discover, 1), 600_000);
  expect(verdicts(stranger, declined, during, after)).toEqual([
    "ignored",
    "declined",
    "exhausted",
    "offered",
  ]);
});

test("an inform is answered with configuration and no address", () => {
  const server = new DhcpServer(SETTINGS, []);
  const ack = replyOf(server.receive(message(MessageType.inform, 1, { ciaddr: ip("192.168.77.50") }), 0));
  expect([ack.yiaddr, ack.options.has(Option.leaseTime), addressOption(ack.options, Option.router)]).toEqual([
    0,
    false,
    ROUTER,
  ]);
  expect(octetOption(ack.options, Option.messageType)).toBe(MessageType.ack);
});

test("a reserved address goes to its device alone, whatever identifier it sends", () => {
  const address = ip("192.168.77.200");
  const server = new DhcpServer({ ...SETTINGS, reservations: [{ mac: mac(1), address }] }, []);
  const other = server.receive(message(MessageType.request, 2, { wanted: address }), 0);
  expect([joined(server, 1), joined(server, 1, 1, { id: "boot loader" }), other.verdict]).toEqual([
    address,
    address,
    "refused",
  ]);
  expect(server.leases().length).toBe(1);
});

test("a reservation made for a leased address moves both devices at their next renewal", () => {
  const server = new DhcpServer(SETTINGS, []);
  const mine = joined(server, 1, 0, { id: "one" });
  const theirs = joined(server, 2, 0, { id: "two" });
  server.reconfigure({ ...SETTINGS, reservations: [{ mac: mac(1), address: theirs }] });
  const renewals = [
    server.receive(message(MessageType.request, 1, { id: "one", ciaddr: mine }), 1),
    server.receive(message(MessageType.request, 2, { id: "two", ciaddr: theirs }), 1),
  ];
  expect([verdicts(...renewals), joined(server, 1, 2, { id: "one" })]).toEqual([
    ["refused", "refused"],
    theirs,
  ]);
});

test("after a change of subnet old leases are gone and their renewal is refused", () => {
  const server = new DhcpServer(SETTINGS, []);
  const former = joined(server, 1);
  const address = ip("10.7.0.1");
  server.reconfigure({
    ...SETTINGS,
    server: { address, length: 16 },
    first: ip("10.7.0.10"),
    last: ip("10.7.0.20"),
  });
  const renewed = server.receive(message(MessageType.request, 1, { ciaddr: former }), 1);
  const offered = replyOf(server.receive(message(MessageType.discover, 1), 2)).yiaddr;
  expect([server.leases(), renewed.verdict, formatIPv4(offered).startsWith("10.7.0.")]).toEqual([
    [],
    "refused",
    true,
  ]);
});

test("two systems of one device have an address each, unless only one of them sends an identifier", () => {
  const server = new DhcpServer(SETTINGS, []);
  const [a, b] = [joined(server, 1, 0, { id: "a" }), joined(server, 1, 0, { id: "b" })];
  const [bootLoader, system] = [joined(server, 2), joined(server, 2, 1, { id: "system" })];
  expect([a === b, bootLoader === system]).toEqual([false, true]);
});

test("the network's, the broadcast and the router's address are never given out", () => {
  const subnet = {
    server: { address: ROUTER, length: 30 },
    first: ip("192.168.76.255"),
    last: ip("192.168.77.5"),
  };
  const server = new DhcpServer({ ...SETTINGS, ...subnet }, []);
  const outcomes = [join(server, 1), server.receive(message(MessageType.discover, 2), 0)];
  expect(outcomes.map(({ verdict, granted }) => [verdict, granted?.address])).toEqual([
    ["acknowledged", ip("192.168.77.2")],
    ["exhausted", undefined],
  ]);
});

test("settings that leave no address are answered with none", () => {
  const server = new DhcpServer({ ...SETTINGS, first: SETTINGS.last, last: SETTINGS.first }, []);
  expect(server.receive(message(MessageType.discover, 1), 0)).toEqual({ verdict: "exhausted" });
});

test("a reply honours the size the client takes", () => {
  const server = new DhcpServer({ ...SETTINGS, domain: "x".repeat(250), dns: Array(20).fill(ROUTER) }, []);
  const size = (maximum: number) => {
    const discover = message(MessageType.discover, 1);
    discover.options.set(Option.maximumMessageSize, Uint8Array.of(maximum >> 8, maximum & 255));
    return server.receive(discover, 0).reply!.bytes.length;
  };
  expect([size(0), size(576), size(0xffff)].map((length) => length <= 548)).toEqual([true, true, false]);
});

test("leases stay in the order they began in, whoever renews", () => {
  const server = new DhcpServer(SETTINGS, []);
  const nas = joined(server, 1, 0, { name: "nas" });
  joined(server, 2, 0, { name: "nas" });
  server.receive(message(MessageType.request, 1, { ciaddr: nas }), HOUR / 2);
  expect(server.leases().map(({ mac }) => mac)).toEqual([mac(1), mac(2)]);
});

test("leases outlive the setting of the clock, and none grows longer than a lease", () => {
  const server = new DhcpServer(SETTINGS, []);
  joined(server, 1, 0);
  joined(server, 2, HOUR / 2);
  const expiries = () => server.leases().map(({ expires }) => expires);
  const DAYS = 100 * 24 * HOUR;
  server.clockSet(DAYS, HOUR / 2 + DAYS);
  expect(expiries()).toEqual([HOUR + DAYS, 1.5 * HOUR + DAYS]);
  server.clockSet(-DAYS, HOUR / 2);
  expect(expiries()).toEqual([1.5 * HOUR, 1.5 * HOUR]);
});
