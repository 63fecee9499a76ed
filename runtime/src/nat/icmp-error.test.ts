import { beforeEach, describe, expect, test } from "bun:test";
import { formatIPv4, parseIPv4 } from "../addr/ipv4.ts";
import { checksum, sum } from "../wire/checksum.ts";
import { ERROR_WITHOUT_BINDING, MALFORMED } from "./drops.ts";
import { FakeFastPath } from "./fake-fast-path.ts";
import { REWRITTEN, translateInboundError, translateOutboundError, UNTOUCHED } from "./icmp-error.ts";
import { Nat } from "./nat.ts";
import { icmp, ipv4, segment, transportChecksum } from "./packets.fixture.ts";
import { TCP, UDP } from "./transport.ts";

const EXTERNAL = "198.51.100.1";
const SECOND_EXTERNAL = "198.51.100.2";
const HOST = "192.168.77.10";
const OTHER_HOST = "192.168.77.11";
const MAPPED_HOST = "192.168.77.20";
const DMZ_HOST = "192.168.77.30";
const SERVER = "203.0.113.80";
const ROUTER_ON_THE_WAY = "192.0.2.254";
const UNREACHABLE = 3;
const ECHO_REQUEST = 8;
const ECHO_REPLY = 0;
const TIME_EXCEEDED = 11;

const address = (text: string) => parseIPv4(text)!;

let nat: Nat;
/** The external ports of HOST:5000, made to differ from 5000. */
let port: number;
let tcpPort: number;

beforeEach(() => {
  nat = new Nat({
    fastPath: new FakeFastPath(),
    random: () => 0.5,
    policy: {
      dmz: address(DMZ_HOST),
      mapped: [{ external: address(SECOND_EXTERNAL), internal: address(MAPPED_HOST) }],
    },
  });
  const bind = (transport: typeof TCP | typeof UDP, host: string) =>
    nat.outbound(transport, address(host), 5000, address(SERVER), 53, 1);
  bind(UDP, OTHER_HOST);
  bind(TCP, OTHER_HOST);
  port = bind(UDP, HOST);
  tcpPort = bind(TCP, HOST);
});

const inbound = (packet: DataView) =>
  translateInboundError(nat, address(EXTERNAL), packet, 0, packet.byteLength);
const outbound = (packet: DataView) =>
  translateOutboundError(nat, address(EXTERNAL), packet, 0, packet.byteLength);

/** An error from `from` to `to` about a packet. */
const error = (from: string, to: string, quoted: DataView, type = UNREACHABLE) =>
  ipv4(1, from, to, icmp(type, 0, quoted));

const cut = (packet: DataView, length: number) => new DataView(packet.buffer.slice(0, length));

/** Who says what about whom, and every checksum: 0 where right; the last is the quoted transport's, if all of it is quoted. */
function read(packet: DataView) {
  const quote = new DataView(packet.buffer.slice(28));
  const at = (view: DataView, offset: number) => formatIPv4(view.getUint32(offset));
  const header = (quote.getUint8(0) & 15) * 4;
  return {
    outer: `${at(packet, 12)} > ${at(packet, 16)}`,
    quoted: `${at(quote, 12)}:${quote.getUint16(header)} > ${at(quote, 16)}:${quote.getUint16(header + 2)}`,
    checksums: [
      checksum(sum(packet, 0, 20)),
      checksum(sum(packet, 20, packet.byteLength - 20)),
      checksum(sum(quote, 0, header)),
      transportChecksum(quote),
    ],
  };
}

describe("RFC 5508 REQ-4: an error from outside", () => {
  test("reaches the host whose packet it quotes, in the host's own terms, down to the transport checksum", () => {
    const rows = [
      {
        sent: segment(17, `${EXTERNAL}:${port}`, `${SERVER}:53`, { data: Uint8Array.of(1, 2, 3) }),
        to: 5000,
      },
      { sent: segment(6, `${EXTERNAL}:${tcpPort}`, `${SERVER}:53`, { flags: 2 }), to: 5000 },
    ];
    for (const { sent, to } of rows) {
      for (const type of [UNREACHABLE, TIME_EXCEEDED, 12]) {
        const packet = error(ROUTER_ON_THE_WAY, EXTERNAL, sent, type);
        expect([inbound(packet), read(packet)]).toEqual([
          REWRITTEN,
          {
            outer: `${ROUTER_ON_THE_WAY} > ${HOST}`,
            quoted: `${HOST}:${to} > ${SERVER}:53`,
            checksums: [0, 0, 0, 0],
          },
        ]);
      }
    }
  });

  test("about an ICMP query gives it the host's own identifier", () => {
    nat.outbound(2, address(OTHER_HOST), 77, 0, 0, 1);
    const id = nat.outbound(2, address(HOST), 77, 0, 0, 1);
    const sent = ipv4(1, EXTERNAL, SERVER, icmp(ECHO_REQUEST, id));
    const packet = error(ROUTER_ON_THE_WAY, EXTERNAL, sent, TIME_EXCEEDED);
    const result = inbound(packet);
    expect([result, packet.getUint16(52), packet.getUint32(40), packet.getUint32(16)]).toEqual([
      REWRITTEN,
      77,
      address(HOST),
      address(HOST),
    ]);
    expect([checksum(sum(packet, 20, 36)), checksum(sum(packet, 48, 8))]).toEqual([0, 0]);
  });

  test("quoting what nothing has is the router's own", () => {
    const own = [
      segment(17, `${EXTERNAL}:12000`, `${SERVER}:53`),
      segment(17, `${SERVER}:53`, `${EXTERNAL}:${port}`),
      ipv4(1, EXTERNAL, SERVER, icmp(ECHO_REQUEST, 9)),
      ipv4(1, EXTERNAL, SERVER, icmp(ECHO_REPLY, port)),
      ipv4(47, EXTERNAL, SERVER, new Uint8Array(8)),
      ipv4(89, EXTERNAL, SERVER, new Uint8Array(8)),
    ];
    expect(own.map((sent) => inbound(error(SERVER, EXTERNAL, sent)))).toEqual(own.map(() => UNTOUCHED));
  });

  test("quoting a later fragment, which has no ports, is not guessed at", () => {
    const sent = segment(17, `${EXTERNAL}:${port}`, `${SERVER}:53`);
    sent.setUint16(6, 8);
    sent.setUint16(10, 0);
    sent.setUint16(10, checksum(sum(sent, 0, 20)));
    expect(inbound(error(SERVER, EXTERNAL, sent))).toBe(UNTOUCHED);
  });

  test("about an association reaches its host", () => {
    nat.associate(47, address(HOST), address(SERVER), 1);
    const sent = ipv4(47, EXTERNAL, SERVER, Uint8Array.of(0, 0, 8, 0, 1, 2, 3, 4));
    const packet = error(SERVER, EXTERNAL, sent);
    expect([inbound(packet), packet.getUint32(16), packet.getUint32(40)]).toEqual([
      REWRITTEN,
      address(HOST),
      address(HOST),
    ]);
    expect(new Uint8Array(packet.buffer, 48)).toEqual(Uint8Array.of(0, 0, 8, 0, 1, 2, 3, 4));
  });

  test("about a 1:1 mapped host reaches it, whatever it quotes, with the ports as they are", () => {
    const sent = segment(6, `${SECOND_EXTERNAL}:80`, `${SERVER}:999`);
    const packet = error(SERVER, SECOND_EXTERNAL, sent);
    expect([inbound(packet), read(packet)]).toEqual([
      REWRITTEN,
      {
        outer: `${SERVER} > ${MAPPED_HOST}`,
        quoted: `${MAPPED_HOST}:80 > ${SERVER}:999`,
        checksums: [0, 0, 0, 0],
      },
    ]);
    const other = error(SERVER, SECOND_EXTERNAL, ipv4(89, SECOND_EXTERNAL, SERVER, new Uint8Array(8)));
    expect([inbound(other), other.getUint32(16)]).toEqual([REWRITTEN, address(MAPPED_HOST)]);
  });
});

describe("RFC 5508 REQ-5: an error from the home", () => {
  const answer = () => segment(17, `${SERVER}:53`, `${HOST}:5000`, { data: Uint8Array.of(9) });

  test("leaves with the external address and quotes the external endpoint", () => {
    const packet = error(HOST, SERVER, answer());
    expect([outbound(packet), read(packet)]).toEqual([
      REWRITTEN,
      {
        outer: `${EXTERNAL} > ${SERVER}`,
        quoted: `${SERVER}:53 > ${EXTERNAL}:${port}`,
        checksums: [0, 0, 0, 0],
      },
    ]);
  });

  test("also when the router itself says it, and when a router in the home does", () => {
    for (const from of [EXTERNAL, "192.168.77.99"]) {
      const packet = error(from, SERVER, answer(), TIME_EXCEEDED);
      expect([outbound(packet), read(packet).quoted, packet.getUint32(12)]).toEqual([
        REWRITTEN,
        `${SERVER}:53 > ${EXTERNAL}:${port}`,
        address(EXTERNAL),
      ]);
    }
  });

  test("about an answer to a query gives it the external identifier", () => {
    nat.outbound(2, address(OTHER_HOST), 77, 0, 0, 1);
    const id = nat.outbound(2, address(HOST), 77, 0, 0, 1);
    const packet = error(HOST, SERVER, ipv4(1, SERVER, HOST, icmp(ECHO_REPLY, 77)));
    expect([outbound(packet), packet.getUint16(52), checksum(sum(packet, 48, 8))]).toEqual([
      REWRITTEN,
      id,
      0,
    ]);
  });

  test("about an association leaves with the external address, if it is this host's", () => {
    nat.associate(50, address(HOST), address(SERVER), 1);
    const about = (host: string) => error(host, SERVER, ipv4(50, SERVER, host, new Uint8Array(8)));
    const packet = about(HOST);
    expect([outbound(packet), packet.getUint32(44), outbound(about(OTHER_HOST))]).toEqual([
      REWRITTEN,
      address(EXTERNAL),
      ERROR_WITHOUT_BINDING,
    ]);
  });

  test("5c, basic NAT: the sender's own external address, and the quoted host's", () => {
    const packet = error(MAPPED_HOST, SERVER, segment(6, `${SERVER}:999`, `${MAPPED_HOST}:80`));
    expect([outbound(packet), read(packet)]).toEqual([
      REWRITTEN,
      {
        outer: `${SECOND_EXTERNAL} > ${SERVER}`,
        quoted: `${SERVER}:999 > ${SECOND_EXTERNAL}:80`,
        checksums: [0, 0, 0, 0],
      },
    ]);
    const fromRouter = error("192.168.77.99", SERVER, segment(6, `${SERVER}:999`, `${MAPPED_HOST}:80`));
    expect([outbound(fromRouter), read(fromRouter).outer, read(fromRouter).quoted]).toEqual([
      REWRITTEN,
      `${EXTERNAL} > ${SERVER}`,
      `${SERVER}:999 > ${SECOND_EXTERNAL}:80`,
    ]);
  });

  test("of the DMZ host, about what came in for a port that nothing has", () => {
    const packet = error(DMZ_HOST, SERVER, segment(17, `${SERVER}:999`, `${DMZ_HOST}:4242`));
    expect([outbound(packet), read(packet).quoted]).toEqual([REWRITTEN, `${SERVER}:999 > ${EXTERNAL}:4242`]);
  });

  test("about no binding is dropped, whoever says it, but the router's about what was for itself goes as it is", () => {
    const froms = [HOST, EXTERNAL];
    const about = (to: string) =>
      froms.map((from) => outbound(error(from, SERVER, segment(17, `${SERVER}:53`, `${to}:6000`))));
    expect([about(HOST), about(EXTERNAL)]).toEqual([
      [ERROR_WITHOUT_BINDING, ERROR_WITHOUT_BINDING],
      [ERROR_WITHOUT_BINDING, UNTOUCHED],
    ]);
  });
});

test("RFC 5508 REQ-7: a hairpinned error passes both ways and names external endpoints only", () => {
  // HOST sent to OTHER_HOST's external port 5000; what OTHER_HOST got is quoted.
  const packet = error(OTHER_HOST, EXTERNAL, segment(17, `${EXTERNAL}:${port}`, `${OTHER_HOST}:5000`));
  expect([inbound(packet), outbound(packet), read(packet)]).toEqual([
    REWRITTEN,
    REWRITTEN,
    { outer: `${EXTERNAL} > ${HOST}`, quoted: `${HOST}:5000 > ${EXTERNAL}:5000`, checksums: [0, 0, 0, 0] },
  ]);
});

test("RFC 5508 REQ-3: a wrong checksum drops the error, and 3a one of the quoted header", () => {
  const sent = segment(17, `${EXTERNAL}:${port}`, `${SERVER}:53`);
  const badMessage = error(SERVER, EXTERNAL, sent);
  badMessage.setUint16(22, badMessage.getUint16(22) ^ 1);
  const badQuote = segment(17, `${EXTERNAL}:${port}`, `${SERVER}:53`);
  badQuote.setUint16(10, badQuote.getUint16(10) ^ 1);
  expect([inbound(badMessage), inbound(error(SERVER, EXTERNAL, badQuote))]).toEqual([MALFORMED, MALFORMED]);
});

test("RFC 5508 REQ-3b: options in the quoted header are passed over", () => {
  const options = Uint8Array.of(1, 1, 1, 1, 148, 4, 0, 0);
  const packet = error(SERVER, EXTERNAL, segment(17, `${EXTERNAL}:${port}`, `${SERVER}:53`, { options }));
  expect([inbound(packet), read(packet).quoted, read(packet).checksums]).toEqual([
    REWRITTEN,
    `${HOST}:5000 > ${SERVER}:53`,
    [0, 0, 0, 0],
  ]);
});

test("RFC 5508 REQ-3c: a wrong quoted transport checksum stays as wrong as it was, and none stays none", () => {
  const wrong = segment(17, `${EXTERNAL}:${port}`, `${SERVER}:53`);
  wrong.setUint16(26, wrong.getUint16(26) ^ 0x0100);
  const off = transportChecksum(wrong);
  const none = segment(17, `${EXTERNAL}:${port}`, `${SERVER}:53`);
  none.setUint16(26, 0);
  const [a, b] = [error(SERVER, EXTERNAL, wrong), error(SERVER, EXTERNAL, none)];
  expect([inbound(a), inbound(b), read(a).checksums[3], b.getUint16(54)]).toEqual([
    REWRITTEN,
    REWRITTEN,
    off,
    0,
  ]);
});

test("a quote of the eight bytes that RFC 792 promises is enough, one of fewer is malformed", () => {
  const sent = segment(6, `${EXTERNAL}:${tcpPort}`, `${SERVER}:53`);
  const enough = error(SERVER, EXTERNAL, cut(sent, 28));
  expect([inbound(enough), read(enough).quoted, checksum(sum(enough, 20, 36))]).toEqual([
    REWRITTEN,
    `${HOST}:5000 > ${SERVER}:53`,
    0,
  ]);
  for (let length = 0; length < 28; length++)
    expect(inbound(error(SERVER, EXTERNAL, cut(sent, length)))).toBe(MALFORMED);
});

test("found by fuzzing: a quoted packet that says it ends before its identifier is malformed", () => {
  const sent = ipv4(1, SERVER, DMZ_HOST, icmp(ECHO_REPLY, 0x1092));
  sent.setUint16(2, 24);
  sent.setUint16(10, 0);
  sent.setUint16(10, checksum(sum(sent, 0, 20)));
  expect(outbound(error(EXTERNAL, SERVER, sent))).toBe(MALFORMED);
});

test("an association's packet may be shorter than eight bytes", () => {
  nat.associate(47, address(HOST), address(SERVER), 1);
  expect(inbound(error(SERVER, EXTERNAL, ipv4(47, EXTERNAL, SERVER, new Uint8Array(4))))).toBe(REWRITTEN);
});

test("an error cut short at any length is malformed", () => {
  const whole = error(SERVER, EXTERNAL, segment(17, `${EXTERNAL}:${port}`, `${SERVER}:53`));
  for (let length = 0; length < whole.byteLength; length++)
    expect(inbound(cut(whole, length))).toBe(MALFORMED);
});

test("ICMP that is no error is malformed here", () => {
  expect([0, 4, 5, 8].map((type) => inbound(ipv4(1, SERVER, EXTERNAL, icmp(type, 1))))).toEqual(
    Array(4).fill(MALFORMED),
  );
});

test("RFC 5508 REQ-6: an error neither keeps nor ends a binding", () => {
  const packet = () => error(SERVER, EXTERNAL, segment(17, `${EXTERNAL}:${port}`, `${SERVER}:53`));
  const before = nat.counters.bindings;
  inbound(packet());
  expect(nat.counters.bindings).toBe(before);
  nat.expire(200_000);
  inbound(packet());
  nat.expire(300_001);
  expect(nat.translations.externalPortOf(UDP, address(HOST), 5000)).toBe(-1);
});

test("about an overload session, both ways", () => {
  nat = new Nat({
    fastPath: new FakeFastPath(),
    random: () => 0,
    heldBack: [{ first: 1, last: 65535 }],
  });
  const shared = nat.outbound(UDP, address(HOST), 5000, address(SERVER), 53, 1);
  const about = (remotePort: number) =>
    error(SERVER, EXTERNAL, segment(17, `${EXTERNAL}:${shared}`, `${SERVER}:${remotePort}`));
  const inside = about(53);
  expect([inbound(inside), read(inside).quoted, inbound(about(54))]).toEqual([
    REWRITTEN,
    `${HOST}:5000 > ${SERVER}:53`,
    UNTOUCHED,
  ]);
  const outside = error(HOST, SERVER, segment(17, `${SERVER}:53`, `${HOST}:5000`));
  expect([outbound(outside), read(outside).quoted]).toEqual([
    REWRITTEN,
    `${SERVER}:53 > ${EXTERNAL}:${shared}`,
  ]);
  expect(outbound(error(HOST, SERVER, segment(17, `${SERVER}:54`, `${HOST}:5000`)))).toBe(
    ERROR_WITHOUT_BINDING,
  );
});
