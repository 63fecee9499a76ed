/**
 * One end of many TCP streams and of a flow of numbered datagrams: `streams-process.ts serve|open <address> <streams> <bytes a
 * second>`. Every stream carries known content in both directions, paced to the rate given for each stream and direction.
 */
import type { Socket } from "bun";
import { serve, wallClock } from "./program.ts";
import { contentOf, DATAGRAM_INTERVAL, DATAGRAM_PORT, type EndReport, STREAM_PORT } from "./streams.ts";

const TICK = 5;
/** Milliseconds for the answers that are still under way when the datagrams end. */
const LAST_ANSWERS = 500;

const [role = "", address = "", streams = "", rate = ""] = process.argv.slice(2);
const budgetOfTick = Math.ceil((Number(rate) * TICK) / 1000);

interface Stream {
  /** -1 until the first byte has told it to the server. */
  number: number;
  sent: number;
  received: number;
  /** Milliseconds of this process's clock; 0 before the first data. */
  lastArrival: number;
  largestGap: number;
  isOpen: boolean;
  faults: EndReport["streams"][number]["faults"];
}

const newStream = (number: number): Stream => {
  return { number, sent: 0, received: 0, lastArrival: 0, largestGap: 0, isOpen: true, faults: [] };
};
const all: Stream[] = [];
const sockets = new Set<Socket<Stream>>();
const handlers = {
  open(socket: Socket<Stream>) {
    socket.data ??= newStream(-1);
    all.push(socket.data);
    sockets.add(socket);
    socket.setNoDelay(true);
    if (role === "open") socket.write(Uint8Array.of(socket.data.number));
  },
  data: (socket: Socket<Stream>, bytes: Uint8Array) => take(socket.data, bytes),
  close(socket: Socket<Stream>, error?: Error) {
    sockets.delete(socket);
    fail(socket.data, `closed: ${error ?? "by the other end"}`);
    noteGap(socket.data);
    socket.data.isOpen = false;
  },
  error: (socket: Socket<Stream>, error: Error) => fail(socket.data, `${error}`),
};

function fail(stream: Stream, what: string): void {
  stream.faults.push({ at: wallClock(), what });
}

function noteGap(stream: Stream): void {
  const now = performance.now();
  if (stream.lastArrival > 0) stream.largestGap = Math.max(stream.largestGap, now - stream.lastArrival);
  stream.lastArrival = now;
}

function take(stream: Stream, arrived: Uint8Array): void {
  let bytes = arrived;
  if (stream.number < 0) {
    stream.number = bytes[0] ?? 0;
    bytes = bytes.subarray(1);
  }
  noteGap(stream);
  const content = contentOf(stream.number, role === "serve" ? "up" : "down");
  for (let at = 0; at < bytes.length; ) {
    const expected = content.from(stream.received, bytes.length - at);
    if (Buffer.compare(bytes.subarray(at, at + expected.length), expected) !== 0) {
      fail(stream, `other content after byte ${stream.received}`);
      return;
    }
    at += expected.length;
    stream.received += expected.length;
  }
}

function fill(socket: Socket<Stream>): void {
  const stream = socket.data;
  if (stream.number < 0) return;
  const content = contentOf(stream.number, role === "open" ? "up" : "down");
  for (let left = budgetOfTick; left > 0; ) {
    const piece = content.from(stream.sent, left);
    const written = socket.write(piece);
    stream.sent += Math.max(written, 0);
    left -= piece.length;
    if (written < piece.length) return;
  }
}

function endReport(): EndReport["streams"] {
  for (const stream of all) if (stream.isOpen) noteGap(stream);
  return all.map(({ number, received, largestGap, faults }) => ({ number, received, largestGap, faults }));
}

setInterval(() => {
  for (const socket of sockets) fill(socket);
}, TICK);

if (role === "serve") await runServer();
else await runClient();

async function runServer(): Promise<void> {
  Bun.listen<Stream>({ hostname: address, port: STREAM_PORT, socket: handlers });
  await Bun.udpSocket({
    hostname: address,
    port: DATAGRAM_PORT,
    socket: {
      // The number comes back with the source that it was sent from, as this end sees it.
      data: (socket, bytes, port, from) => void socket.send(`${bytes} ${from}:${port}`, port, from),
      error() {},
    },
  });
  serve(() => ({ at: wallClock(), streams: endReport(), datagrams: null }) satisfies EndReport);
}

async function runClient(): Promise<void> {
  const datagrams = await numberedDatagrams();
  for (let number = 0; number < Number(streams); number++) {
    const data = newStream(number);
    await Bun.connect<Stream>({ hostname: address, port: STREAM_PORT, socket: handlers, data });
  }
  serve(async () => {
    const [at, report] = [wallClock(), endReport()];
    return { at, streams: report, datagrams: await datagrams.finish() } satisfies EndReport;
  });
}

async function numberedDatagrams() {
  const sources = new Set<string>();
  const missing = new Set<number>();
  let sent = 0;
  let lastAnswer = performance.now();
  let largestGap = 0;
  let duplicates = 0;
  const socket = await Bun.udpSocket({
    connect: { hostname: address, port: DATAGRAM_PORT },
    socket: {
      data(_, bytes) {
        const [number, source = ""] = `${bytes}`.split(" ");
        if (!missing.delete(Number(number))) duplicates++;
        sources.add(source);
        const now = performance.now();
        largestGap = Math.max(largestGap, now - lastAnswer);
        lastAnswer = now;
      },
      error() {},
    },
  });
  const sending = setInterval(() => {
    missing.add(sent);
    socket.send(`${sent++}`);
  }, DATAGRAM_INTERVAL);
  return {
    async finish() {
      clearInterval(sending);
      const deadline = performance.now() + LAST_ANSWERS;
      while (missing.size > 0 && performance.now() < deadline) await Bun.sleep(TICK);
      return { sent, lost: [...missing], duplicates, largestGap, sources: [...sources] };
    },
  };
}
