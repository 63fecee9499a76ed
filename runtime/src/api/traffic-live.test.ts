import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { connect } from "node:net";
import { Access } from "../service/access/access.ts";
import { modeFrame } from "../wire/live/encode.ts";
import { AccessGuard } from "./access-guard.ts";
import { createApi } from "./api.ts";
import { QuietRouter } from "./fixture.ts";
import { type QuietWatch, TV } from "./traffic.fixture.ts";

const router = new QuietRouter();
const { watches } = router.traffic;
let isOwner = true;
let guard: AccessGuard;
let port = 0;
let stop: () => Promise<unknown>;

beforeAll(() => {
  guard = new AccessGuard(new Access({ state: "/nonexistent", visibleTo: () => "owner" }), () => isOwner);
  const app = createApi(router, new Map(), { domain: "lan", guard }).listen({
    hostname: "127.0.0.1",
    port: 0,
  });
  port = app.server?.port ?? 0;
  stop = () => app.stop(true);
});
afterAll(() => stop());
beforeEach(() => {
  isOwner = true;
  watches.length = 0;
});

/** A browser that listens. */
function listen() {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/traffic/live`);
  socket.binaryType = "arraybuffer";
  const opened = new Promise((resolve) => socket.addEventListener("open", resolve));
  const closed = new Promise<string>((resolve) =>
    socket.addEventListener("close", ({ code, reason }) => resolve(`${code} ${reason}`)),
  );
  const heard = () =>
    new Promise<ArrayBuffer>((resolve) => socket.addEventListener("message", ({ data }) => resolve(data)));
  return { socket, opened, closed, heard };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}

async function watched(): Promise<QuietWatch> {
  await until(() => watches.length > 0);
  return watches.at(-1)!;
}

test("frames come as they are; who says nothing gets the sums of all, and what is asked for counts from then on", async () => {
  const { socket, opened, heard } = listen();
  await opened;
  const watch = await watched();
  const frame = modeFrame("sums", "budget", 70_000);
  const arrival = heard();
  expect(watch.sink(frame)).toBe(0);
  expect(new Uint8Array(await arrival)).toEqual(frame);
  socket.send(JSON.stringify({ device: TV.toUpperCase(), packets: true }));
  socket.send(JSON.stringify({ device: null, packets: false }));
  await until(() => watch.selections.length === 3);
  expect(watch.selections).toEqual([{ packets: false }, { device: TV, packets: true }, { packets: false }]);
  socket.close();
  await until(() => !watch.isOpen);
});

test.each([
  "{}",
  "null",
  "true",
  "7",
  "",
  "[]",
  "{",
  "hello",
  '{"packets":true}',
  '{"device":null}',
  '{"device":null,"packets":1}',
  '{"device":"tv","packets":true}',
  '{"device":7,"packets":true}',
  '{"device":{},"packets":true}',
  '{"device":null,"packets":true,"more":1}',
  '{"__proto__":{"packets":true},"device":null}',
  Uint8Array.of(1, 2, 3),
])("whoever says %p is shown out", async (nonsense) => {
  const { socket, opened, closed } = listen();
  await opened;
  const watch = await watched();
  socket.send(nonsense);
  expect(await closed).toBe('1008 Expected {"device": a MAC or null, "packets": true or false}');
  await until(() => !watch.isOpen);
  expect(watch.selections).toEqual([{ packets: false }]);
});

test("a message longer than any that means something ends the connection", async () => {
  const { socket, opened, closed } = listen();
  await opened;
  const watch = await watched();
  socket.send(`{"device":null,"packets":true}${" ".repeat(2000)}`);
  expect(await closed).not.toStartWith("1000");
  await until(() => !watch.isOpen);
  expect(watch.selections).toEqual([{ packets: false }]);
});

test("one device has eight live connections at once, and a place is free again when one has closed", async () => {
  const clients = Array.from({ length: 9 }, listen);
  const refused = await Promise.race(clients.map(({ closed }) => closed));
  expect([refused, watches.length]).toEqual(["1013 Too many live connections", 8]);
  for (const { socket } of clients) socket.close();
  await until(() => watches.every(({ isOpen }) => !isOpen));
  const next = listen();
  await until(() => watches.length === 9);
  next.socket.close();
});

test("the connection ends with the right to watch", async () => {
  const { opened, closed } = listen();
  await opened;
  const watch = await watched();
  isOwner = false;
  guard.recheck();
  expect(await closed).toBe("1008 Not for whoever is signed out");
  await until(() => !watch.isOpen);
});

test("who does not read is told of by what is unsent; who loses a frame has to begin anew", async () => {
  const request = [
    "GET /api/traffic/live HTTP/1.1",
    "Host: localhost",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  ];
  const client = connect(port, "127.0.0.1", () => client.pause().write(`${request.join("\r\n")}\r\n\r\n`));
  const watch = await watched();
  const frame = new Uint8Array(50_000);
  const unsent: number[] = [];
  for (let sent = 0; watch.isOpen; sent += frame.length) {
    unsent.push(watch.sink(frame));
    // What the kernel takes in is bounded, too.
    if (sent > 1e9) throw new Error("a connection takes everything");
    await new Promise(setImmediate);
  }
  client.destroy();
  const most = Math.max(...unsent);
  expect(unsent[0]).toBe(0);
  expect(most).toBeGreaterThan(500_000);
  expect(most).toBeLessThan(1_200_000);
});
