import { afterAll, beforeAll, expect, test } from "bun:test";
import { macAt } from "../../runtime/src/addr/mac.ts";
import { cutLongPackets } from "../../runtime/src/linux/ffi/packet-filter.ts";
import { ReadySet } from "../../runtime/src/linux/ffi/ready-set.ts";
import { type CapturedFrame, openRing, type PacketRing } from "../../runtime/src/linux/packet/ring.ts";
import { Namespace, until } from "./linux-namespace.ts";

const RING = { interface: "br-lan", snapLength: 128, blockSize: 65536, blockCount: 8, blockTimeout: 5 };

const client = Namespace.create();
const router = Namespace.create();
let sender: Bun.udp.Socket<"buffer">;
let echo: Bun.udp.Socket<"buffer">;

beforeAll(async () => {
  router.ip("link add br-lan address 02:00:5e:00:07:01 type bridge");
  client.connect("eth0", router, "gh-port");
  client.ip("link set eth0 address 02:00:5e:00:07:02");
  router.ip("link set gh-port master br-lan");
  router.ip("link set br-lan up");
  client.ip("addr add 192.168.7.2/24 dev eth0");
  router.ip("addr add 192.168.7.1/24 dev br-lan");
  sender = await client.run(() => Bun.udpSocket({ hostname: "192.168.7.2", port: 4000 }));
  echo = await router.run(() =>
    Bun.udpSocket({
      hostname: "192.168.7.1",
      port: 7,
      socket: {
        data: (socket, bytes, port, address) => void socket.send(bytes, port, address),
      },
    }),
  );
});

afterAll(() => {
  sender.close();
  echo.close();
  client.close();
  router.close();
});

/** What the outside knows of the frames of UDP datagrams and TCP segments with data that the ring captured. */
async function capture<T>(
  ring: PacketRing,
  count: number,
  describe: (frame: CapturedFrame) => T | undefined,
) {
  const frames: T[] = [];
  await until(`${count} frames`, () => {
    ring.read((frame) => {
      const description = describe(frame);
      if (description !== undefined) frames.push(description);
    });
    return frames.length >= count;
  });
  return frames;
}

const PROTOCOL = 14 + 9;
const isUdp = ({ view, offset }: CapturedFrame) =>
  view.getUint16(offset + 12) === 0x0800 && view.getUint8(offset + PROTOCOL) === 17;

test("both directions of a bridge are captured, cut, with their true length and time", async () => {
  const ring = router.run(() => openRing(RING));
  const start = Math.floor(Date.now() / 1000);
  sender.send("x".repeat(500), 7, "192.168.7.1");
  const frames = await capture(ring, 2, (frame) => {
    if (!isUdp(frame)) return undefined;
    const { bytes, offset, capturedLength, originalLength, segments, segmentSize, outgoing, wireLength } =
      frame;
    const isTimely = frame.seconds >= start && frame.seconds <= start + 5 && frame.nanoseconds < 1e9;
    const macs = [macAt(bytes, offset), macAt(bytes, offset + 6)];
    return { macs, capturedLength, originalLength, segments, segmentSize, outgoing, wireLength, isTimely };
  });
  const common = {
    capturedLength: 128,
    originalLength: 542,
    segments: 1,
    segmentSize: 0,
    wireLength: 542,
    isTimely: true,
  };
  expect(frames as unknown[]).toEqual([
    { ...common, macs: ["02:00:5e:00:07:01", "02:00:5e:00:07:02"], outgoing: false },
    { ...common, macs: ["02:00:5e:00:07:02", "02:00:5e:00:07:01"], outgoing: true },
  ]);
  ring.close();
});

test("long packets alone are cut to their heads where that is asked for", async () => {
  const ring = router.run(() => openRing({ ...RING, snapLength: 2048 }));
  cutLongPackets(ring.fd, 300, 60, 2048);
  for (const length of [258, 259]) sender.send("x".repeat(length), 7, "192.168.7.1");
  const frames = await capture(ring, 2, (frame) =>
    isUdp(frame) && !frame.outgoing ? [frame.originalLength, frame.capturedLength] : undefined,
  );
  expect(frames).toEqual([
    [300, 300],
    [301, 60],
  ]);
  ring.close();
});

test("a reading ends after as many frames as were asked for, and the next one goes on", async () => {
  const ring = router.run(() => openRing(RING));
  for (let i = 0; i < 10; i++) sender.send(`${i}`, 7, "192.168.7.1");
  const turns: number[] = [];
  const seen: number[] = [];
  await until("ten frames", () => {
    const frames = ring.read((frame) => {
      if (isUdp(frame) && !frame.outgoing) seen.push(frame.view.getUint8(frame.offset + 42) - 48);
    }, 3);
    if (frames > 0) turns.push(frames);
    return seen.length === 10;
  });
  expect([seen, Math.max(...turns)]).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 3]);
  ring.close();
});

test("a super-packet tells how many segments it stands for", async () => {
  const ring = router.run(() => openRing(RING));
  const payload = 200_000;
  const server = router.run(() => Bun.listen({ hostname: "192.168.7.1", port: 80, socket: { data() {} } }));
  const script = `
    const socket = await Bun.connect({ hostname: "192.168.7.1", port: 80, socket: { data() {} } });
    const bytes = new Uint8Array(${payload});
    for (let sent = 0; sent < bytes.length; ) sent += socket.write(bytes.subarray(sent)) || (await Bun.sleep(1), 0);
    socket.end();`;
  const peer = client.run(() => Bun.spawn([process.execPath, "-e", script]));
  let seen = 0;
  let superPackets = 0;
  let isExact = true;
  await until("all of the payload in the ring", () => {
    ring.read(({ view, offset, originalLength, segments, segmentSize, outgoing }) => {
      if (outgoing || view.getUint8(offset + PROTOCOL) !== 6) return;
      const length = originalLength - 14 - 20 - (view.getUint8(offset + 46) >>> 4) * 4;
      seen += length;
      if (segments > 1) superPackets++;
      if (segments !== Math.max(1, Math.ceil(length / (segmentSize || 1448)))) isExact = false;
    });
    return seen >= payload;
  });
  expect([seen, superPackets > 0, isExact]).toEqual([payload, true, true]);
  expect(await peer.exited).toBe(0);
  server.stop(true);
  ring.close();
});

test("frames that find no room are counted", async () => {
  const ring = router.run(() => openRing({ ...RING, snapLength: 2048, blockCount: 2, blockTimeout: 1000 }));
  for (let i = 0; i < 300; i++) sender.send(new Uint8Array(1400), 7, "192.168.7.1");
  await until("a full ring", () => ring.stats().dropped > 0);
  const before = ring.stats();
  const frames = ring.read(() => {});
  expect(before.dropped).toBeGreaterThan(0);
  expect(frames).toBeGreaterThan(50);
  expect(before.received).toBeGreaterThanOrEqual(frames);
  ring.close();
});

test("a ring outlives its interface going down, and follows it to a new one of its name", async () => {
  const create = () => router.ip("link add gh-tap type veth peer name gh-far");
  create();
  const up = () => {
    router.ip("link set gh-far up");
    router.ip("link set gh-tap up");
    router.ip("addr replace 192.0.2.1/24 dev gh-tap");
    router.ip("neigh replace 192.0.2.2 lladdr 02:00:5e:00:07:09 dev gh-tap");
  };
  up();
  const ring = router.run(() => openRing({ ...RING, interface: "gh-tap" }));
  const poll = new ReadySet([ring.fd]);
  const isSeen = async () => {
    echo.send("frame", 9, "192.0.2.2");
    const [address] = await capture(ring, 1, (frame) =>
      isUdp(frame) ? frame.view.getUint32(frame.offset + 30) : undefined,
    );
    return address === 0xc0000202;
  };
  expect(await isSeen()).toBe(true);
  router.ip("link set gh-tap down");
  await until("a quiet ring", () => {
    ring.read(() => {});
    return !poll.wait(0);
  });
  up();
  expect(await isSeen()).toBe(true);
  router.ip("link del gh-tap");
  expect(() => router.run(() => ring.reattach())).toThrow(/ENODEV/);
  create();
  up();
  router.run(() => ring.reattach());
  expect(await isSeen()).toBe(true);
  ring.close();
});

test("an interface that is not there is named", () => {
  expect(() => router.run(() => openRing({ ...RING, interface: "gh-none" }))).toThrow(/ENODEV.*gh-none/);
});
