import { expect, test } from "bun:test";
import { decode, encode, type Packet, type Question } from "dns-packet";
import { formatIPv4, type IPv4, parseIPv4 } from "../addr/ipv4.ts";
import { parsePrefix } from "../addr/prefix.ts";
import { type Action, type Asker, DnsForwarder, type DnsSettings } from "./forwarder.ts";

const ip = (dotted: string) => parseIPv4(dotted)!;
const [FIRST, SECOND] = [ip("198.51.100.53"), ip("198.51.100.54")] as const;
const SETTINGS: DnsSettings = {
  domain: "lan",
  routerName: "Router",
  routerAddress: ip("192.168.77.1"),
  lan: [parsePrefix("192.168.77.1/24")!],
  upstreams: [FIRST, SECOND],
  rebindingGuard: "home",
};
const LAPTOP: Asker = { address: ip("192.168.77.20"), transport: "udp" };

type Ask = Extract<Action<Asker>, { kind: "ask" }>;
type Reply = Extract<Action<Asker>, { kind: "reply" }>;

const start = (settings: Partial<DnsSettings> = {}) => {
  let seed = 0;
  const random = () => {
    seed += 0.001;
    return seed % 1;
  };
  return new DnsForwarder<Asker>({ ...SETTINGS, ...settings }, random);
};

const OPT = (udpPayloadSize = 1232, flags = 0) => ({
  name: "." as const,
  type: "OPT" as const,
  udpPayloadSize,
  extendedRcode: 0,
  ednsVersion: 0,
  flags,
  flag_do: flags !== 0,
  options: [],
});

function query(name: string, type: Question["type"] = "A", packet: Packet = {}): Uint8Array {
  return encode({ type: "query", id: 1, flags: 0x0100, questions: [{ name, type }], ...packet });
}

/** The upstream's response to what was asked of it. */
function response(asked: Ask, packet: Packet): Uint8Array {
  const { id, questions } = decode(Buffer.from(asked.bytes));
  return encode({
    type: "response",
    ...(id !== undefined && { id }),
    flags: 0x0180,
    ...(questions && { questions }),
    ...packet,
  });
}

const address = (name: string, data: string, ttl = 300) => ({ name, type: "A" as const, ttl, data });
const kinds = (actions: Action<Asker>[]) => actions.map(({ kind }) => kind);
const asksOf = (actions: Action<Asker>[]) => actions.filter((action): action is Ask => action.kind === "ask");
const repliesOf = (actions: Action<Asker>[]) =>
  actions
    .filter((action): action is Reply => action.kind === "reply")
    .map(({ bytes }) => decode(Buffer.from(bytes)));
const rcode = (packet: Packet | undefined) => (packet!.flags ?? 0) & 15;
const dataOf = (packet: Packet | undefined) =>
  (packet!.answers ?? []).map((record) => "data" in record && record.data);

/** Asks for `name` and lets the upstream answer with `packet`; the actions of the answer. */
function resolve(dns: DnsForwarder<Asker>, name: string, packet: Packet, now = 0, asker = LAPTOP) {
  const [asked] = asksOf(dns.receive(query(name), asker, now));
  return dns.receiveResponse(asked!.exchange, response(asked!, packet), now);
}

test("a question is asked upstream with EDNS and an id of its own, and the answer passed on", () => {
  const dns = start();
  const actions = dns.receive(query("WWW.example.com"), LAPTOP, 0);
  const [asked] = asksOf(actions);
  const forwarded = decode(Buffer.from(asked!.bytes));
  expect([asked!.upstream, asked!.transport, forwarded.questions, forwarded.additionals]).toMatchObject([
    FIRST,
    "udp",
    [{ name: "WWW.example.com", type: "A" }],
    [{ type: "OPT", udpPayloadSize: 1232 }],
  ]);
  expect(forwarded.id).not.toBe(1);
  const packet = { answers: [address("WWW.example.com", "203.0.113.9")], additionals: [OPT()] };
  const done = dns.receiveResponse(asked!.exchange, response(asked!, packet), 10);
  expect(kinds(done)).toEqual(["close", "reply"]);
  const [reply] = repliesOf(done);
  expect([reply!.id, dataOf(reply), reply!.additionals!.length, reply!.flag_ra, reply!.flag_aa]).toEqual([
    1,
    ["203.0.113.9"],
    0,
    true,
    false,
  ]);
});

test("an answer is given from the cache until its TTL ends, which counts down", () => {
  const dns = start();
  resolve(dns, "www.example.com", { answers: [address("www.example.com", "203.0.113.9", 100)] });
  const ttlAt = (now: number) => {
    const [reply] = repliesOf(dns.receive(query("www.EXAMPLE.com"), LAPTOP, now));
    return reply?.answers?.map((record) => "ttl" in record && record.ttl);
  };
  expect([ttlAt(1000), ttlAt(99_999), ttlAt(100_000)]).toEqual([[99], [1], undefined]);
});

const SOA = (minimum: number, ttl = 3600) => ({
  name: "example.com",
  type: "SOA" as const,
  ttl,
  data: {
    mname: "ns.example.com",
    rname: "root.example.com",
    serial: 1,
    refresh: 1,
    retry: 1,
    expire: 1,
    minimum,
  },
});

test.each<[string, Packet, number]>([
  ["no such name", { flags: 0x0183, authorities: [SOA(30)] }, 30_000],
  ["a name without such a record", { authorities: [SOA(30)] }, 30_000],
  [
    "an alias that leads to none",
    { answers: [{ name: "www.example.com", type: "CNAME", ttl: 20, data: "b" }], authorities: [SOA(30)] },
    20_000,
  ],
  ["a SOA record that is shorter-lived than its minimum", { authorities: [SOA(30, 5)] }, 5000],
  ["a SOA record with an absurd minimum", { authorities: [SOA(0x7fffffff, 0x7fffffff)] }, 900_000],
  ["no SOA record", { flags: 0x0183 }, 0],
  ["an answer with a TTL of 0", { answers: [address("www.example.com", "203.0.113.9", 0)] }, 0],
  ["an answer with a TTL over 2^31", { answers: [address("www.example.com", "203.0.113.9", 0xffffffff)] }, 0],
  ["an answer for a year", { answers: [address("www.example.com", "203.0.113.9", 31_536_000)] }, 86_400_000],
  ["a server failure", { flags: 0x0182 }, 0],
])("%s is remembered for as long as it may be", (_what, packet, kept) => {
  const dns = start({ upstreams: [FIRST] });
  resolve(dns, "www.example.com", packet);
  const isCached = (now: number) => asksOf(dns.receive(query("www.example.com"), LAPTOP, now)).length === 0;
  if (kept > 0) expect(isCached(kept - 1)).toBe(true);
  expect(isCached(kept)).toBe(false);
});

test("the same question asked by several is asked upstream once", () => {
  const dns = start();
  const [asked] = asksOf(dns.receive(query("www.example.com", "A", { id: 11 }), LAPTOP, 0));
  const other = { address: ip("192.168.77.21"), transport: "tcp" } as const;
  expect(dns.receive(query("WWW.example.com", "A", { id: 22 }), other, 1)).toEqual([]);
  expect(asksOf(dns.receive(query("www.example.com", "AAAA"), LAPTOP, 1)).length).toBe(1);
  const packet = { answers: [address("www.example.com", "203.0.113.9")] };
  const replies = repliesOf(dns.receiveResponse(asked!.exchange, response(asked!, packet), 2));
  expect(replies.map(({ id, questions }) => [id, questions![0]!.name])).toEqual([
    [11, "www.example.com"],
    [22, "WWW.example.com"],
  ]);
  expect(dns.counters).toMatchObject({ forwarded: 2, coalesced: 1 });
});

test("an upstream that does not answer is joined by the next, and asked after it from then on", () => {
  const dns = start();
  const asked = asksOf(dns.receive(query("www.example.com"), LAPTOP, 0));
  expect([dns.expire(999), dns.nextDeadline()]).toEqual([[], 1000]);
  asked.push(...asksOf(dns.expire(1000)));
  expect(asked.map(({ upstream }) => upstream)).toEqual([FIRST, SECOND]);
  const packet = { answers: [address("www.example.com", "203.0.113.9")] };
  const done = dns.receiveResponse(asked[1]!.exchange, response(asked[1]!, packet), 1100);
  expect(kinds(done)).toEqual(["close", "close", "reply"]);
  expect(asksOf(dns.receive(query("b.example"), LAPTOP, 1200))[0]!.upstream).toBe(SECOND);
  expect(dns.receiveResponse(asked[0]!.exchange, response(asked[0]!, packet), 1300)).toEqual([]);
});

test("a late answer of the first upstream still counts", () => {
  const dns = start();
  const [asked] = asksOf(dns.receive(query("www.example.com"), LAPTOP, 0));
  dns.expire(1000);
  const packet = { answers: [address("www.example.com", "203.0.113.9")] };
  expect(repliesOf(dns.receiveResponse(asked!.exchange, response(asked!, packet), 1500)).length).toBe(1);
});

test("with no answer in five seconds the client hears of a failure", () => {
  const dns = start();
  dns.receive(query("www.example.com"), LAPTOP, 0);
  const asked = [1000, 2000, 3000, 4000].map((now) =>
    asksOf(dns.expire(now)).map(({ upstream }) => upstream),
  );
  expect(asked).toEqual([[SECOND], [FIRST], [SECOND], []]);
  const done = dns.expire(5000);
  expect([kinds(done), rcode(repliesOf(done)[0]), dns.nextDeadline()]).toEqual([
    ["close", "close", "close", "close", "reply", "notice"],
    2,
    undefined,
  ]);
});

test("an upstream that cannot be reached is given up at once", () => {
  const dns = start();
  const [first] = asksOf(dns.receive(query("www.example.com"), LAPTOP, 0));
  const [second] = asksOf(dns.fail(first!.exchange, 1));
  expect(second!.upstream).toBe(SECOND);
  const third = asksOf(dns.fail(second!.exchange, 2));
  const fourth = asksOf(dns.fail(third[0]!.exchange, 3));
  expect(rcode(repliesOf(dns.fail(fourth[0]!.exchange, 4))[0])).toBe(2);
});

test("with no upstream the world's names fail and the home's are answered", () => {
  const dns = start({ upstreams: [] });
  expect(
    ["www.example.com", "router.lan"].map((name) => rcode(repliesOf(dns.receive(query(name), LAPTOP, 0))[0])),
  ).toEqual([2, 0]);
});

test("an upstream's error is passed on when no other has an answer", () => {
  const dns = start();
  const [first] = asksOf(dns.receive(query("www.example.com"), LAPTOP, 0));
  const [second] = asksOf(dns.receiveResponse(first!.exchange, response(first!, { flags: 0x0185 }), 1));
  expect(second!.upstream).toBe(SECOND);
  const done = dns.receiveResponse(second!.exchange, response(second!, { flags: 0x0182 }), 2);
  expect([kinds(done), rcode(repliesOf(done)[0])]).toEqual([["close", "reply"], 2]);
});

test("an upstream that does not take EDNS is asked without, from then on", () => {
  const dns = start();
  const [first] = asksOf(dns.receive(query("www.example.com"), LAPTOP, 0));
  const again = asksOf(dns.receiveResponse(first!.exchange, response(first!, { flags: 0x0181 }), 1));
  const later = asksOf(dns.receive(query("b.example"), LAPTOP, 2));
  expect(
    [...again, ...later].map(({ upstream, bytes }) => [upstream, decode(Buffer.from(bytes)).additionals]),
  ).toEqual([
    [FIRST, []],
    [FIRST, []],
  ]);
});

test("a truncated response is asked for again over TCP, and cut for a client that takes less", () => {
  const dns = start();
  const [first] = asksOf(dns.receive(query("www.example.com"), LAPTOP, 0));
  const truncated = dns.receiveResponse(first!.exchange, response(first!, { flags: 0x0380 }), 1);
  const [second] = asksOf(truncated);
  expect([kinds(truncated), second!.transport, second!.upstream]).toEqual([["close", "ask"], "tcp", FIRST]);
  const answers = Array.from({ length: 60 }, (_, i) => address("www.example.com", `203.0.113.${i}`));
  const [reply] = repliesOf(dns.receiveResponse(second!.exchange, response(second!, { answers }), 2));
  expect([reply!.flag_tc, reply!.answers]).toEqual([true, []]);
  const [overTcp] = repliesOf(dns.receive(query("www.example.com"), { ...LAPTOP, transport: "tcp" }, 3));
  expect([overTcp!.flag_tc, overTcp!.answers!.length]).toEqual([false, 60]);
});

test.each<[string, (asked: Ask) => Uint8Array]>([
  ["another id", (asked) => response(asked, { id: 5 })],
  ["another name", (asked) => response(asked, { questions: [{ name: "evil.example", type: "A" }] })],
  ["another type", (asked) => response(asked, { questions: [{ name: "www.example.com", type: "AAAA" }] })],
  ["no question", (asked) => response(asked, { questions: [] })],
  ["no response flag", (asked) => response(asked, { type: "query" })],
  ["no form", () => Uint8Array.of(1, 2, 3)],
])("a response with %s is not believed, and the right one is waited for", (_what, forge) => {
  const dns = start();
  const [asked] = asksOf(dns.receive(query("www.example.com"), LAPTOP, 0));
  expect(kinds(dns.receiveResponse(asked!.exchange, forge(asked!), 1))).toEqual(["notice"]);
  const packet = { answers: [address("www.example.com", "203.0.113.9")] };
  expect(repliesOf(dns.receiveResponse(asked!.exchange, response(asked!, packet), 2)).map(dataOf)).toEqual([
    ["203.0.113.9"],
  ]);
});

test("what depends on DNSSEC flags is asked apart", () => {
  const dns = start();
  const flags = [
    { flags: 0x0100 },
    { flags: 0x0110 },
    { flags: 0x0120 },
    { additionals: [OPT(1232, 0x8000)] },
  ];
  const asked = flags.flatMap((packet) =>
    asksOf(dns.receive(query("www.example.com", "A", packet), LAPTOP, 0)),
  );
  const sent = asked.map(({ bytes }) => decode(Buffer.from(bytes)));
  expect(
    sent.map((packet) => [
      packet.flag_cd,
      packet.flag_ad,
      (packet.additionals![0] as ReturnType<typeof OPT>).flag_do,
    ]),
  ).toEqual([
    [false, false, false],
    [true, false, false],
    [false, true, false],
    [false, false, true],
  ]);
});

test.each<[string, Uint8Array, number | undefined]>([
  ["a zone transfer", query("example.com", "AXFR"), 5],
  [
    "another class",
    encode({ questions: [{ name: "version.bind", type: "TXT", class: "CH" }], flags: 0x0100 }),
    5,
  ],
  ["no wish for recursion", query("www.example.com", "A", { flags: 0 }), 5],
  ["an update", query("example.com", "SOA", { flags: 0x2800 }), 4],
  [
    "two questions",
    encode({
      questions: [
        { name: "a.b", type: "A" },
        { name: "c.d", type: "A" },
      ],
    }),
    1,
  ],
  ["a response", response({ bytes: query("a.b") } as Ask, {}), undefined],
  ["a few bytes", Uint8Array.of(1, 2, 3), undefined],
])("a client's message with %s is refused or ignored", (_what, bytes, expected) => {
  const dns = start();
  const actions = dns.receive(bytes, LAPTOP, 0);
  expect([asksOf(actions).length, repliesOf(actions).map(rcode)]).toEqual([
    0,
    expected === undefined ? [] : [expected],
  ]);
});

test("a newer version of EDNS is refused by its own code", () => {
  const [reply] = repliesOf(
    start().receive(query("a.b", "A", { additionals: [{ ...OPT(), ednsVersion: 1 }] }), LAPTOP, 0),
  );
  expect([rcode(reply), (reply!.additionals![0] as ReturnType<typeof OPT>).extendedRcode]).toEqual([0, 1]);
});

test.each<[IPv4, boolean, boolean]>(
  (
    [
      ["192.168.77.9", true, true],
      ["127.0.0.1", true, true],
      ["0.0.0.0", true, true],
      ["169.254.1.1", true, true],
      ["192.168.1.1", false, true],
      ["10.0.0.1", false, true],
      ["100.64.0.1", false, true],
      ["203.0.113.1", false, false],
    ] as const
  ).map(([dotted, home, all]) => [ip(dotted), home, all]),
)("an answer of %p from outside is refused as it should be", (forbidden, home, all) => {
  const refused = (["home", "private", "off"] as const).map((rebindingGuard) => {
    const dns = start({ rebindingGuard });
    const packet = {
      answers: [address("a.example", "203.0.113.1"), address("a.example", formatIPv4(forbidden))],
    };
    return rcode(repliesOf(resolve(dns, "a.example", packet))[0]) === 5;
  });
  expect(refused).toEqual([home, all, false]);
});

test.each([
  ["::1", true, true],
  ["::ffff:192.168.77.5", true, true],
  ["fe80::1", true, true],
  ["fd00::1", false, true],
  ["2001:db8::1", false, false],
])("an IPv6 answer of %s from outside is refused as it should be", (data, home, all) => {
  const refused = (["home", "private", "off"] as const).map((rebindingGuard) => {
    const packet = { answers: [{ name: "a.example", type: "AAAA" as const, ttl: 1, data }] };
    return rcode(repliesOf(resolve(start({ rebindingGuard }), "a.example", packet))[0]) === 5;
  });
  expect(refused).toEqual([home, all, false]);
});

/** An HTTPS record's data: priority 1, the name itself, ALPN h2, and hints of one kind. */
const service = (key: number, ...hints: number[]) =>
  Buffer.from([0, 1, 0, 0, 1, 0, 3, 2, 0x68, 0x32, 0, key, 0, hints.length, ...hints]);

test.each([
  ["a public address", service(4, 203, 0, 113, 9), false],
  ["an address of the home", service(4, 203, 0, 113, 9, 192, 168, 77, 5), true],
  ["an IPv6 address of the link", service(6, 0xfe, 0x80, ...new Array(13).fill(0), 1), true],
  ["half an address", service(4, 192, 168), false],
  ["a length past the end", service(4, 203, 0, 113, 9).fill(0xff, 12, 14), false],
])("a service's hint of %s from outside is refused as it should be", (_, data, refused) => {
  const packet = { answers: [{ name: "a.example", type: "UNKNOWN_65", ttl: 1, data }] } as unknown as Packet;
  const [reply] = repliesOf(resolve(start(), "a.example", packet));
  expect(rcode(reply) === 5).toBe(refused);
});

test("floods are bounded: questions under way, askers of one, and questions of one client", () => {
  const dns = start();
  const asked = (client: number, i: number) =>
    asksOf(dns.receive(query(`n${i}.example`), { ...LAPTOP, address: client }, 0)).length;
  const one = Array.from({ length: 200 }, (_, i) => asked(1, i)).filter((n) => n === 1).length;
  const many = Array.from({ length: 2000 }, (_, i) => asked(2 + (i % 100), 1000 + i)).filter(
    (n) => n === 1,
  ).length;
  const same = Array.from({ length: 100 }, (_, i) => asked(1000 + i, 5)).filter((n) => n === 1).length;
  expect([one, one + many, same, dns.counters.overload]).toEqual([128, 512, 0, 72 + 1616 + 37]);
  dns.expire(5000);
  expect(asked(1, 5000)).toBe(1);
});

test("new settings forget old answers and ask new upstreams", () => {
  const dns = start();
  resolve(dns, "www.example.com", { answers: [address("www.example.com", "203.0.113.9")] });
  dns.reconfigure({ ...SETTINGS, upstreams: [SECOND] });
  expect(asksOf(dns.receive(query("www.example.com"), LAPTOP, 1)).map(({ upstream }) => upstream)).toEqual([
    SECOND,
  ]);
});
