import { expect, test } from "bun:test";
import { type ClientHello, type HelloFault, MAX_HELLO, parseClientHello } from "./client-hello.ts";
import {
  clientHello,
  GREASE,
  handshake,
  joined,
  OUTER_ECH,
  octets,
  records,
  SUPPORTED_VERSIONS,
  serverNameList,
} from "./hello.fixture.ts";
import { HelloBuffer } from "./hello-buffer.ts";
import { startsClientHello } from "./records.ts";
import { readHello, SegmentedHello } from "./segmented-hello.ts";

/** The name that was read, or the fault. */
function told(hello: ClientHello | HelloFault): string | undefined {
  if (typeof hello === "string") return `fault: ${hello}`;
  return hello.serverName && Buffer.from(hello.serverName).toString("latin1");
}

const starts = (bytes: Uint8Array) => startsClientHello(new DataView(bytes.slice().buffer), 0, bytes.length);

test("the server name is read among GREASE, wherever its extension stands", () => {
  const versions = SUPPORTED_VERSIONS;
  const hellos = [
    clientHello(),
    clientHello({ before: [], after: [GREASE, versions] }),
    clientHello({ before: [GREASE, versions, [65_445, new Uint8Array(600)]], after: [] }),
    clientHello({ sessionId: new Uint8Array(0) }),
  ];
  expect(hellos.map(parseClientHello)).toEqual(
    hellos.map(() => ({ serverName: octets("example.com"), encryptedHello: false })),
  );
});

test("a hello without the extension, or without any, has no name", () => {
  const bare = handshake(joined(new Uint8Array(34), Uint8Array.of(0, 0, 2, 0x13, 1, 1, 0)));
  expect([clientHello({ name: null }), bare].map(parseClientHello)).toEqual([
    { serverName: undefined, encryptedHello: false },
    { serverName: undefined, encryptedHello: false },
  ]);
});

test("with an encrypted hello along, it is told that the name may be the outer one", () => {
  const hello = clientHello({ name: "public.example", after: [OUTER_ECH] });
  expect(parseClientHello(hello)).toEqual({ serverName: octets("public.example"), encryptedHello: true });
});

test("names come as sent, and of a list the first that is a host name", () => {
  const hostile = Uint8Array.of(0xe2, 0x80, 0xae, 0, 0xff, 0x0a);
  const withList = (list: Uint8Array) => clientHello({ name: null, after: [[0, list]] });
  const mixed = withList(
    serverNameList([
      [9, octets("x")],
      [0, octets("a.example")],
      [0, octets("b.example")],
    ]),
  );
  expect([parseClientHello(clientHello({ name: hostile })), parseClientHello(mixed)]).toEqual([
    { serverName: hostile, encryptedHello: false },
    { serverName: octets("a.example"), encryptedHello: false },
  ]);
});

test("what contradicts itself is malformed", () => {
  const withName = (data: Uint8Array) => clientHello({ name: null, after: [[0, data]] });
  const overlongSession = clientHello({ sessionId: new Uint8Array(33) });
  const surplus = handshake(joined(clientHello().subarray(4), Uint8Array.of(0)));
  const twice = clientHello({ after: [[0, serverNameList([[0, octets("b.example")]])]] });
  const hellos = [
    withName(new Uint8Array(0)),
    withName(serverNameList([])),
    withName(serverNameList([[0, new Uint8Array(0)]])),
    withName(serverNameList([[1, octets("x")]])),
    withName(Uint8Array.of(0, 9, 0, 0, 1, 97)),
    overlongSession,
    surplus,
    twice,
  ];
  expect(hellos.map(parseClientHello)).toEqual(hellos.map(() => "malformed"));
});

test("cut anywhere it is incomplete, as message and in records of any size", () => {
  const hello = clientHello();
  for (let end = 0; end < hello.length; end++) {
    expect(parseClientHello(hello.subarray(0, end))).toBe("incomplete");
  }
  for (const size of [16_384, 100, 7, 1]) {
    const stream = records(hello, size);
    for (let end = 0; end < stream.length; end++) {
      expect([size, end, readHello(stream.subarray(0, end))]).toEqual([size, end, "incomplete"]);
    }
    expect(told(readHello(joined(stream, Uint8Array.of(20, 3, 3, 0, 1, 1))))).toBe("example.com");
  }
});

test("cut anywhere with its lengths made to fit, it is malformed or has fewer extensions", () => {
  const body = clientHello().subarray(4);
  for (let end = 0; end < body.length; end++) {
    const hello = parseClientHello(handshake(body.subarray(0, end)));
    expect(hello === "malformed" || hello).not.toHaveProperty("serverName", octets("example.com"));
  }
});

test("other records, other messages and hellos without end are told apart", () => {
  const serverHello = records(Uint8Array.of(2, 0, 0, 0));
  const empty = Uint8Array.of(22, 3, 1, 0, 0);
  const huge = records(Uint8Array.of(1, 1, 0, 0));
  const interrupted = joined(
    records(clientHello().subarray(0, 60)),
    Uint8Array.of(23, 3, 3, 0, 1, 0),
    new Uint8Array(99),
  );
  const streams = [octets("GET / HTTP/1.1\r\n"), serverHello, empty, huge, interrupted];
  expect(streams.map(readHello)).toEqual([
    "not a ClientHello",
    "not a ClientHello",
    "not a ClientHello",
    "too long",
    "malformed",
  ]);
  expect(MAX_HELLO).toBe(16_384);
});

test("a first segment is known by a few octets, and by what there is of them", () => {
  const stream = records(clientHello());
  const hopeful = Array.from({ length: 9 }, (_, length) => starts(stream.slice(0, length)));
  expect(hopeful).toEqual([false, ...Array(8).fill(true)]);
  const others = [[23], [22, 2], [23, 3, 3, 0, 9, 1], [22, 3, 3, 0, 9, 2], [0x47, 0x45, 0x54]];
  expect(others.map((bytes) => starts(Uint8Array.from(bytes)))).toEqual(others.map(() => false));
});

test("segments in any order after the first give the hello, across the sequence number's wrap and with repeats", () => {
  const stream = records(clientHello({ after: [[51, new Uint8Array(1200)]] }), 500);
  const first = 0xffff_ff00;
  const segment = (from: number, to: number) => [(first + from) >>> 0, stream.subarray(from, to)] as const;
  const whole = stream.length;
  const hello = new SegmentedHello(new HelloBuffer());
  hello.start(first);
  const pieces = [segment(0, 3), segment(900, whole), segment(3, 400), segment(300, 420), segment(410, 900)];
  expect(pieces.map((piece) => told(hello.push(...piece)))).toEqual([
    ...Array(4).fill("fault: incomplete"),
    "example.com",
  ]);
  expect([hello.covers(first), hello.covers(first - 1), hello.covers((first + MAX_HELLO) >>> 0)]).toEqual([
    true,
    false,
    false,
  ]);
});

test("a buffer begun anew has nothing of what it held", () => {
  const hello = new SegmentedHello(new HelloBuffer());
  const stream = records(clientHello());
  hello.start(0);
  hello.push(50, stream.subarray(50));
  hello.start(1000);
  expect(told(hello.push(1000, stream.subarray(0, 50)))).toBe("fault: incomplete");
});

test("a hello that does not fit its bound in records is too long, and takes no more room", () => {
  const stream = records(clientHello({ after: [[51, new Uint8Array(15_000)]] }), 20);
  const hello = new SegmentedHello(new HelloBuffer());
  hello.start(0);
  expect(told(hello.push(0, stream))).toBe("fault: too long");
});
