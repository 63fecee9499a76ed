import { afterEach, expect, test } from "bun:test";
import { decode, encode, type Packet } from "dns-packet";
import { type IPv4, parseIPv4 } from "../../addr/ipv4.ts";
import { parsePrefix } from "../../addr/prefix.ts";
import { framed, MessageStream } from "../../wire/dns/stream.ts";
import { createLog } from "../log.ts";
import { type DnsOptions, type ReplyListener, startDnsServer } from "./server.ts";

const LOOPBACK = parseIPv4("127.0.0.1")!;
const ROUTER = parseIPv4("192.168.77.1")!;

const OPTIONS: DnsOptions = {
  listen: [LOOPBACK],
  port: 0,
  domain: "lan",
  routerName: "router",
  routerAddress: ROUTER,
  upstreams: [LOOPBACK],
  lan: [parsePrefix("192.168.77.1/24")!],
};

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** An upstream resolver on loopback: gives `answers` per name; over UDP it says "truncated" for names that begin so. */
async function upstream() {
  const asked: string[] = [];
  const answer = (query: Uint8Array, transport: string) => {
    const { id, questions } = decode(Buffer.from(query));
    const { name } = questions![0]!;
    asked.push(`${transport} ${name}`);
    const flags = transport === "udp" && name.startsWith("truncated") ? 0x0380 : 0x0180;
    const count = name.startsWith("truncated") ? 100 : 1;
    const answers = Array.from({ length: flags === 0x0380 ? 0 : count }, (_, i) => ({
      name,
      type: "A" as const,
      ttl: 60,
      data: `203.0.113.${i}`,
    }));
    return encode({
      type: "response",
      flags,
      ...(id !== undefined && { id }),
      ...(questions && { questions }),
      answers,
    });
  };
  const udp = await Bun.udpSocket({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: (socket, query, port, address) => void socket.send(answer(query, "udp"), port, address) },
  });
  const tcp = Bun.listen({
    hostname: "127.0.0.1",
    port: udp.port,
    socket: { data: (socket, chunk) => void socket.write(framed(answer(chunk.subarray(2), "tcp"))) },
  });
  closing.push(
    () => udp.close(),
    () => tcp.stop(true),
  );
  return { port: udp.port, asked };
}

async function serve(upstreamPort: number, more: Partial<DnsOptions> = {}, onReply?: ReplyListener) {
  const lines: string[] = [];
  const service = startDnsServer(
    { ...OPTIONS, ...more },
    { log: createLog("dns", (line) => lines.push(line)), upstreamPort, ...(onReply && { onReply }) },
  );
  closing.push(() => service.stop());
  while (service.listening().length === 0) await Bun.sleep(1);
  return { service, lines, port: service.listening()[0]!.port };
}

const query = (name: string, id = 1): Uint8Array =>
  encode({ id, flags: 0x0100, questions: [{ name, type: "A" }] });

async function askUdp(port: number, bytes: Uint8Array): Promise<Packet> {
  const { promise, resolve } = Promise.withResolvers<Packet>();
  const socket = await Bun.udpSocket({
    connect: { hostname: "127.0.0.1", port },
    socket: { data: (_socket, reply) => resolve(decode(reply)) },
  });
  socket.send(bytes);
  const reply = await promise;
  socket.close();
  return reply;
}

/** Sends all of `bytes` over one connection and waits for `count` replies. */
async function askTcp(port: number, bytes: Uint8Array, count: number): Promise<Packet[]> {
  const { promise, resolve, reject } = Promise.withResolvers<Packet[]>();
  const stream = new MessageStream();
  const replies: Packet[] = [];
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data(_socket, chunk) {
        replies.push(...stream.push(chunk).map((reply) => decode(Buffer.from(reply))));
        if (replies.length >= count) resolve(replies);
      },
      close: () => reject(new Error("closed")),
    },
  });
  socket.write(bytes);
  const all = await promise;
  socket.end();
  return all;
}

const dataOf = ({ answers = [] }: Packet) => answers.map((record) => "data" in record && record.data);

test("a question goes upstream once, its answer to the client and to who listens", async () => {
  const { port: upstreamPort, asked } = await upstream();
  const heard: [IPv4, Packet][] = [];
  const { service, port } = await serve(upstreamPort, {}, (client, bytes) => {
    heard.push([client, decode(Buffer.from(bytes))]);
  });
  const replies = [
    await askUdp(port, query("www.example.com")),
    await askUdp(port, query("www.example.com")),
  ];
  expect([replies.map(dataOf), asked]).toEqual([[["203.0.113.0"], ["203.0.113.0"]], ["udp www.example.com"]]);
  expect(heard).toEqual(replies.map((reply) => [LOOPBACK, reply]));
  expect(service.counters()).toEqual({ forwarded: 1, cached: 1 });
});

test("the program's own questions are answered like a host's, and nobody hears of them", async () => {
  const { port: upstreamPort } = await upstream();
  const heard: IPv4[] = [];
  const { service } = await serve(upstreamPort, {}, (client) => void heard.push(client));
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  service.ask(query("www.example.com"), resolve);
  expect([dataOf(decode(Buffer.from(await promise))), heard]).toEqual([["203.0.113.0"], []]);
});

test("several questions on one TCP connection are answered, a long answer whole", async () => {
  const { port: upstreamPort, asked } = await upstream();
  const { port } = await serve(upstreamPort);
  const questions = Buffer.concat([framed(query("router.lan", 1)), framed(query("truncated.example", 2))]);
  const replies = await askTcp(port, questions, 2);
  expect(replies.map((reply) => [reply.id, dataOf(reply).length])).toEqual([
    [1, 1],
    [2, 100],
  ]);
  expect(asked).toEqual(["udp truncated.example", "tcp truncated.example"]);
  expect((await askUdp(port, query("truncated.example"))) as { flag_tc?: boolean }).toMatchObject({
    flag_tc: true,
  });
});

test("one client cannot hold the connections of all", async () => {
  const { port } = await serve(1);
  const connect = (close: () => void) =>
    Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {}, close } });
  const held = await Promise.all(Array.from({ length: 16 }, () => connect(() => {})));
  closing.push(() => held.forEach((socket) => void socket.terminate()));
  await new Promise<void>((closed) => void connect(closed));
  expect(held.map(({ readyState }) => readyState)).toEqual(held.map(() => 1));
});

test("hosts are known by name and address as soon as they are set", async () => {
  const { service, port } = await serve(1, { upstreams: [] });
  service.setHosts([{ name: "laptop", address: parseIPv4("192.168.77.20")! }]);
  expect(dataOf(await askUdp(port, query("laptop.lan")))).toEqual(["192.168.77.20"]);
});

test("an upstream that refuses is found out at once, and said once", async () => {
  const { service, lines, port } = await serve(1);
  const replies = [await askUdp(port, query("a.example")), await askUdp(port, query("b.example"))];
  expect([replies.map(({ flags = 0 }) => flags & 15), service.counters()]).toEqual([
    [2, 2],
    { forwarded: 2, unanswered: 2 },
  ]);
  expect(lines.filter((line) => line.includes("no upstream answered"))).toEqual([
    "<4>dns: no upstream answered: a.example\n",
  ]);
});

test("malformed messages are counted and logged once, and others served on", async () => {
  const { service, lines, port } = await serve(1, { upstreams: [] });
  for (let i = 0; i < 3; i++) {
    expect(await askUdp(port, Uint8Array.fromHex("abcd0100ffff000000000000"))).toMatchObject({
      id: 0xabcd,
      flags: 0x0101,
    });
  }
  expect(dataOf(await askUdp(port, query("router.lan")))).toEqual(["192.168.77.1"]);
  expect([service.counters(), lines.filter((line) => line.includes("malformed"))]).toEqual([
    { question: 3, local: 1 },
    ["<4>dns: malformed query: question\n"],
  ]);
});

test("an address the host does not have is said and waited for, the others are served", async () => {
  const { service, lines } = await serve(1, { listen: [parseIPv4("192.0.2.77")!, LOOPBACK] });
  expect(service.listening().map(({ address }) => address)).toEqual(["127.0.0.1"]);
  expect(lines.filter((line) => line.includes("192.0.2.77"))).toEqual([
    expect.stringMatching(/^<4>dns: cannot serve 192\.0\.2\.77:0 yet: .*EADDRNOTAVAIL/),
  ]);
});

test("an answer that comes when its listener is gone is dropped", async () => {
  const { promise: asked, resolve: onAsked } = Promise.withResolvers<() => void>();
  const slow = await Bun.udpSocket({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket, bytes, port, address) {
        const { id = 0, questions = [] } = decode(bytes);
        const answers = questions.map(({ name }) => ({
          name,
          type: "A" as const,
          ttl: 1,
          data: "203.0.113.1",
        }));
        onAsked(() => socket.send(encode({ type: "response", id, questions, answers }), port, address));
      },
    },
  });
  closing.push(() => slow.close());
  const { promise: heard, resolve: onReply } = Promise.withResolvers<unknown>();
  const { service, port } = await serve(slow.port, {}, onReply);
  const client = await Bun.udpSocket({ connect: { hostname: "127.0.0.1", port } });
  closing.push(() => client.close());
  client.send(query("www.example.com"));
  const answerNow = await asked;
  service.reconfigure({ ...OPTIONS, listen: [] });
  answerNow();
  await heard;
});

test("new options close the sockets no longer wanted", async () => {
  const { service } = await serve(1);
  service.reconfigure({ ...OPTIONS, listen: [] });
  expect(service.listening()).toEqual([]);
});
