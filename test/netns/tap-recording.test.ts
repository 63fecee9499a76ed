/** What is recorded: frames byte for byte, for those who may be recorded, across deaths of the data plane and its reader. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseIPv4 } from "../../runtime/src/addr/ipv4.ts";
import { type Mac, macAt, macBytes } from "../../runtime/src/addr/mac.ts";
import { bind, close, interfaceIndex, send, socket } from "../../runtime/src/linux/ffi/libc.ts";
import { udpPacket } from "../../runtime/src/linux/packet/datagram.ts";
import { openCapturesFile, openFeedFile } from "../../runtime/src/service/dataplane/recording-files.ts";
import { deviceOf } from "../../runtime/src/traffic/capture/device-index.ts";
import { INBOUND } from "../../runtime/src/wire/capture/frame.ts";
import { CaptureOutput } from "../../runtime/src/wire/capture/output.ts";
import { writePcapFrame, writePcapHeader } from "../../runtime/src/wire/capture/pcap.ts";
import { type Namespace, until } from "./linux-namespace.ts";
import { type CapturedBytes, TapHome } from "./tap-home.ts";
import { CLIENT1, SERVER } from "./topology.ts";

setDefaultTimeout(60_000);

const AF_PACKET = 17;
const SOCK_RAW = 3;
const PORT = 9;
const RECORDING = { notRecorded: [], captureBytes: 1_000_000, captureTotalBytes: 10_000_000 };

let home: TapHome;

beforeAll(async () => {
  home = await TapHome.open(RECORDING);
});

afterAll(() => home.close());

/** A datagram from client1 in a frame, its payload as long as is said and unlike others; tagged with the TCI given. */
function frameOf(number: number, length: number, tci?: number): Uint8Array {
  const payload = Uint8Array.from({ length }, (_, i) => Math.imul(number + 1, i + 7) >>> 3);
  const [from, to] = [parseIPv4(CLIENT1)!, parseIPv4(SERVER)!];
  const packet = udpPacket({ address: from, port: 20_000 + number }, { address: to, port: PORT }, payload);
  const tag = tci === undefined ? [] : [0x81, 0x00, tci >> 8, tci & 255];
  const addresses = [...macBytes(home.routerMac), ...macBytes(home.client1Mac)];
  return Uint8Array.from([...addresses, ...tag, 0x08, 0x00, ...packet]);
}

/** Sends the frames from client1 just as they are. */
function sendFrames(at: Namespace, frames: readonly Uint8Array[]): void {
  at.run(() => {
    const fd = socket(AF_PACKET, SOCK_RAW, 0);
    const address = new DataView(new ArrayBuffer(20));
    address.setUint16(0, AF_PACKET, true);
    address.setInt32(4, interfaceIndex("eth0"), true);
    bind(fd, new Uint8Array(address.buffer));
    for (const frame of frames) send(fd, frame);
    close(fd);
  });
}

const hex = (frames: readonly { bytes: Uint8Array }[]) => frames.map(({ bytes }) => bytes.toHex());

/** The frames to the test's port that are captured of client1, once there are `count`. */
async function captured(count: number): Promise<CapturedBytes[]> {
  const isSent = ({ bytes, direction }: CapturedBytes) =>
    direction === INBOUND && bytes.toHex().includes("cb007150");
  let frames: CapturedBytes[] = [];
  await until(`${count} frames`, () => {
    frames = home.captured(home.client1Mac).filter(isSent);
    return frames.length >= count;
  });
  return frames;
}

/** What tcpdump and tshark find in a file with these frames. */
function judged(frames: readonly CapturedBytes[]): { hex: string[]; vlans: string[] } {
  const out = new CaptureOutput(new Uint8Array(4 << 20));
  writePcapHeader(out);
  for (const { bytes, originalLength } of frames) {
    const capturedLength = bytes.length;
    writePcapFrame(out, {
      bytes,
      offset: 0,
      capturedLength,
      originalLength,
      seconds: 1,
      nanoseconds: 2,
      direction: INBOUND,
    });
  }
  const run = (...words: string[]) =>
    Bun.spawnSync(words, { stdin: out.written, timeout: 30_000 }).stdout.toString();
  const dump = run("tcpdump", "-nexx", "-t", "-r", "-");
  const found = dump.split(/\n(?=\S)/).map((frame) => {
    const lines = [...frame.matchAll(/^\s+0x[0-9a-f]+: (.*)$/gm)];
    return lines.map(([, words = ""]) => words.replaceAll(" ", "")).join("");
  });
  const vlans = run("tshark", "-r", "-", "-T", "fields", "-e", "vlan.id", "-e", "udp.dstport");
  return { hex: found, vlans: [...new Set(vlans.trimEnd().split("\n"))] };
}

test("captures hold the frames that were sent byte for byte, with and without a tag", async () => {
  const frames = Array.from({ length: 200 }, (_, i) =>
    frameOf(i, (i * 37) % 1400, i % 2 === 0 ? undefined : 0x6000),
  );
  const watch = await home.watch();
  sendFrames(home.net.client1, frames);
  const found = await captured(frames.length);
  await watch.finish();
  const sent = frames.map((frame) => frame.toHex());
  const judgement = judged(found);
  expect([hex(found), judgement.hex, judgement.vlans.sort()]).toEqual([sent, sent, ["\t9", "0\t9"].sort()]);
  const bytes = frames.reduce((sum, { length }) => sum + length, 0);
  expect(watch.sumsOf(17, PORT)).toMatchObject({ upBytes: bytes, upPackets: frames.length });
});

/** Sends that much from client1 over TCP with iperf3. */
async function transfer(...amount: string[]): Promise<void> {
  const { client1, provider } = home.net;
  const quiet = ["ignore", "ignore", "ignore"] as ["ignore", "ignore", "ignore"];
  const listening = "timeout 20 iperf3 --server --one-off --forceflush".split(" ");
  const server = provider.run(() => Bun.spawn(listening, { stdio: ["ignore", "pipe", "ignore"] }));
  // What it says first is that it listens.
  await server.stdout.getReader().read();
  const words = ["timeout", "20", "iperf3", "--client", SERVER, ...amount];
  await client1.run(() => Bun.spawn(words, { stdio: quiet })).exited;
  await server.exited;
}

test("super-packets are captured whole, and where there are very many their heads, with their true length", async () => {
  const { client1Mac } = home;
  const long = () =>
    home
      .captured(client1Mac)
      .filter(({ originalLength }) => originalLength > 2048)
      .map(({ bytes, originalLength }) => ({ captured: bytes.length, originalLength }));
  await home.dataplane.forget(client1Mac);
  await transfer("--bytes", "300K");
  await until("whole frames", () => long().length > 0);
  const few = long();
  await transfer("--time", "1");
  await until("cut frames", () => long().some(({ captured }) => captured === 256));
  const isCut = ({ captured, originalLength }: { captured: number; originalLength: number }) =>
    captured === 256 && originalLength > captured;
  const isWhole = ({ captured, originalLength }: { captured: number; originalLength: number }) =>
    captured === originalLength;
  expect([few.every(isWhole), long().every((frame) => isCut(frame) || isWhole(frame))]).toEqual([true, true]);
});

test("a death of the data plane takes neither captures nor what is in the feed", async () => {
  await home.dataplane.forget(home.client1Mac);
  const { position } = home.reader();
  sendFrames(home.net.client1, [frameOf(300, 100)]);
  await captured(1);
  let last = 0;
  const sums: number[] = [];
  const reader = home.reader(position);
  const read = () => {
    reader.readTicks(
      ({ upPackets, port }) => void (port === PORT && sums.push(upPackets)),
      (tick) => {
        last = tick;
      },
    );
    return sums.length;
  };
  await until("the tick", () => read() === 1);
  await home.restart();
  sendFrames(home.net.client1, [frameOf(301, 100)]);
  const found = await captured(2);
  const killedAt = last;
  await until("the next tick with it", () => read() === 2);
  expect([hex(found), sums, last > killedAt, reader.lostTicks]).toEqual([
    [frameOf(300, 100).toHex(), frameOf(301, 100).toHex()],
    [1, 1],
    true,
    0,
  ]);
});

test("a reader that is away for ten seconds misses no tick", async () => {
  const { position } = home.reader();
  const other = home.reader();
  const start = Math.ceil(Date.now() / 100);
  const seen: number[] = [];
  let packets = 0;
  let sent = 0;
  // The other reader is there to see the time pass.
  await until(
    "a hundred ticks",
    () => {
      other.readTicks(
        () => {},
        (tick) => seen.push(tick),
      );
      sendFrames(home.net.client1, [frameOf(sent++, 50)]);
      return (seen.at(-1) ?? 0) >= start + 101;
    },
    30_000,
  );
  const { client1 } = home.net;
  sendFrames(client1, [frameOf(sent++, 50)]);
  const reader = home.reader(position);
  const ticks: number[] = [];
  await until("all that was sent", () => {
    reader.readTicks(
      ({ upPackets, port }) => {
        if (port === PORT) packets += upPackets;
      },
      (tick) => ticks.push(tick),
    );
    return packets >= sent;
  });
  const expected = Array.from({ length: ticks.length }, (_, i) => ticks[0]! + i);
  expect([ticks.length > 100, ticks, reader.lostTicks, packets]).toEqual([true, expected, 0, sent]);
});

test("who is not to be recorded leaves no trace, from that moment on and from before", async () => {
  const { dataplane, net, client1Mac } = home;
  const file = join(dataplane.folder, "captures");
  const trace = macBytes(client1Mac).toHex();
  const hasTrace = async (name: string) =>
    new Uint8Array(await Bun.file(join(dataplane.folder, name)).arrayBuffer()).toHex().includes(trace);
  const before = [await hasTrace("captures"), home.captured(client1Mac).length > 0];
  await home.configure({ ...RECORDING, notRecorded: [client1Mac] });
  sendFrames(net.client1, [frameOf(1, 300)]);
  const watch = await home.watch();
  const counted = dataplane.next(["traffic"], ({ devices }) => devices.some(({ mac }) => mac === client1Mac));
  sendFrames(net.client1, [frameOf(2, 300)]);
  // Its own sums go on.
  await counted;
  await watch.finish();
  const after = [
    await hasTrace("captures"),
    home.captured(client1Mac).length,
    watch.devices,
    watch.handled.packets,
  ];
  expect([before, after, statSync(file).mode & 0o777]).toEqual([[true, true], [false, 0, [], 0], 0o600]);
  await home.configure(RECORDING);
  sendFrames(net.client1, [frameOf(3, 300)]);
  expect(hex(await captured(1))).toEqual([frameOf(3, 300).toHex()]);
});

test("what is forgotten is gone from captures and feed", async () => {
  const { dataplane, net, client1Mac } = home;
  const other: Mac = macAt(Uint8Array.of(2, 0, 0x5e, 0, 0, 0x99), 0);
  const foreign = frameOf(5, 200);
  foreign.set(macBytes(other), 6);
  const position = home.reader().position;
  sendFrames(net.client1, [frameOf(4, 200), foreign]);
  await captured(2);
  await until("the other's frame", () => home.captured(other).length === 1);
  await dataplane.forget(client1Mac);
  const afterOne = [home.captured(client1Mac).length, home.captured(other).length];
  const devices: number[] = [];
  home.reader(position).readTicks(
    ({ device }) => devices.push(device),
    () => {},
  );
  await dataplane.forget();
  expect([afterOne, devices.includes(deviceOf(client1Mac)), home.captured(other).length]).toEqual([
    [0, 1],
    false,
    0,
  ]);
});

test("a full /run is refused before anything is mapped, and what has room is not taken back", () => {
  const folder = mkdtempSync("/dev/shm/gatehouse-full-");
  const mounted = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder]);
  try {
    expect(mounted.exitCode).toBe(0);
    // An eighth of 96 MB: 4 MB for the feed.
    const memory = 96e6;
    const feed = openFeedFile(folder, memory);
    expect(() => openCapturesFile(folder, 1_000_000, 8_000_000, memory)).toThrow("ENOSPC");
    const files = readdirSync(folder);
    expect(() => writeFileSync(join(folder, "rest"), new Uint8Array(8 << 20))).toThrow("ENOSPC");
    // Every page of it is there.
    new Uint8Array(feed.file.buffer).fill(1);
    expect(files).toEqual(["traffic"]);
    feed.file.unmap();
  } finally {
    Bun.spawnSync(["umount", folder]);
    rmSync(folder, { recursive: true });
  }
});
