/**
 * Watches the live traffic as a page does: `live-watcher.ts <host> <port> <options as JSON>`. With `stalls` it reads nothing after the
 * first mode until SIGUSR1. Its report is what it has heard.
 */
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { decodeLiveFrame } from "../../runtime/src/wire/live/decode.ts";
import type { LiveFrame } from "../../runtime/src/wire/live/frame.ts";
import { serve, wallClock } from "./program.ts";

export interface WatcherOptions {
  stalls: boolean;
}

export interface WatcherReport {
  /** Of all that came since the stall, or the beginning. */
  bytes: number;
  /** What each mode frame said, the same one after the other once. */
  modes: string[];
  packets: number;
  /** Bytes up of all sums. */
  up: number;
  /** Milliseconds from the kernel's time stamp to here, ascending. */
  latencies: number[];
}

const OPCODE = 0x0f;
const BINARY = 2;
const PING = 9;
const PONG = 10;
const TEXT = 1;

const [host = "", port = "", json = ""] = process.argv.slice(2);
const options: WatcherOptions = JSON.parse(json);
const report: WatcherReport = { bytes: 0, modes: [], packets: 0, up: 0, latencies: [] };
let buffer = Buffer.alloc(0);
let isOpen = false;
let hasStalled = false;

const socket = connect(Number(port), host);
socket.write(
  [
    "GET /api/traffic/live HTTP/1.1",
    `Host: ${host}:${port}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
    "\r\n",
  ].join("\r\n"),
);
socket.on("data", (chunk: Buffer) => {
  report.bytes += chunk.length;
  buffer = Buffer.concat([buffer, chunk]);
  if (!isOpen) open();
  if (isOpen) for (let message = take(); message !== undefined; message = take()) hear(message);
});
socket.on("close", () => console.log("closed"));
process.on("SIGUSR1", () => socket.resume());
serve(() => ({ ...report, latencies: report.latencies.sort((a, b) => a - b) }));

function open(): void {
  const end = buffer.indexOf("\r\n\r\n");
  if (end < 0) return;
  if (!buffer.toString().startsWith("HTTP/1.1 101")) throw new Error(buffer.toString());
  buffer = buffer.subarray(end + 4);
  isOpen = true;
  send(TEXT, Buffer.from(JSON.stringify({ device: null, packets: true })));
}

/** A client masks what it sends (RFC 6455 section 5.3); a mask of zeros will do. */
function send(opcode: number, payload: Buffer): void {
  socket.write(Buffer.concat([Uint8Array.of(0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0), payload]));
}

/** The next whole message of the server, which sends none in parts. */
function take(): { opcode: number; payload: Buffer } | undefined {
  if (buffer.length < 2) return undefined;
  const short = buffer[1]! & 0x7f;
  const header = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (buffer.length < header) return undefined;
  const long =
    short === 126 ? buffer.readUInt16BE(2) : short === 127 ? Number(buffer.readBigUInt64BE(2)) : short;
  if (buffer.length < header + long) return undefined;
  const message = { opcode: buffer[0]! & OPCODE, payload: buffer.subarray(header, header + long) };
  buffer = buffer.subarray(header + long);
  return message;
}

function hear({ opcode, payload }: { opcode: number; payload: Buffer }): void {
  if (opcode === PING) send(PONG, payload);
  if (opcode !== BINARY) return;
  const frame = decodeLiveFrame(payload);
  if (frame === undefined) throw new Error(`no frame: ${payload.toString("hex")}`);
  note(frame);
}

function note(frame: LiveFrame): void {
  if (frame.kind === "mode") {
    const mode = `${frame.mode} ${frame.why}`;
    if (report.modes.at(-1) !== mode) report.modes.push(mode);
    console.log(`mode ${mode}`);
    if (options.stalls && !hasStalled && frame.mode === "packets") stall();
  } else if (frame.kind === "packets") {
    const now = wallClock();
    report.packets += frame.records.length;
    for (const { seconds, nanoseconds } of frame.records)
      report.latencies.push(now - seconds * 1000 - nanoseconds / 1e6);
  } else if (frame.kind === "sums") for (const { up } of frame.records) report.up += up;
}

function stall(): void {
  hasStalled = true;
  socket.pause();
  report.bytes = 0;
  console.log("stalled");
}
