import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { macAt } from "../../runtime/src/addr/mac.ts";
import { interfaceIndex } from "../../runtime/src/linux/ffi/libc.ts";
import { NetlinkSocket } from "../../runtime/src/linux/netlink/socket.ts";
import { openQueue, type PacketQueue, type QueueOptions } from "../../runtime/src/linux/nfqueue/queue.ts";
import {
  installQueueTargets,
  type QueueRule,
  queueStatement,
} from "../../runtime/src/linux/nftables/queue-rule.ts";
import { applyRuleset, hasQueueStatement } from "../../runtime/src/linux/nftables/ruleset.ts";
import { Namespace, until } from "./linux-namespace.ts";

const QUEUE = 21;
const HEAD: QueueOptions = {
  number: QUEUE,
  copy: "head",
  headLength: 64,
  maxLength: 1024,
  gso: true,
};
const FULL: QueueOptions = { ...HEAD, copy: "full", gso: false };

const client = Namespace.create();
const router = Namespace.create();
let sender: Bun.udp.Socket<"buffer">;
let receiver: Bun.udp.Socket<"buffer">;
let queue: PacketQueue | undefined;
const received: string[] = [];

beforeAll(async () => {
  client.connect("eth0", router, "gh-lan");
  client.ip("link set eth0 address 02:00:5e:00:06:02");
  client.ip("addr add 192.168.6.2/24 dev eth0");
  router.ip("addr add 192.168.6.1/24 dev gh-lan");
  router.run(() => {
    const rule = { chain: "upcall", queue: QUEUE, bypass: false };
    const hasStatement = hasQueueStatement();
    applyRuleset(`table ip home {
      chain upcall { ${hasStatement ? queueStatement(rule) : ""}; }
      chain unmarked { type filter hook prerouting priority -150; meta mark 0 goto upcall; }
      chain input { type filter hook input priority 0; meta mark 0x77 counter name marked; }
      counter marked { }
    }\n`);
    if (!hasStatement) installRule(rule);
  });
  sender = await client.run(() => Bun.udpSocket({ hostname: "192.168.6.2", port: 4000 }));
  const data = (_socket: unknown, bytes: Buffer) => void received.push(bytes.toString());
  receiver = await router.run(() => Bun.udpSocket({ hostname: "192.168.6.1", port: 5000, socket: { data } }));
});

beforeEach(() => {
  received.length = 0;
});

afterEach(() => {
  queue?.close();
  queue = undefined;
});

afterAll(() => {
  sender.close();
  receiver.close();
  client.close();
  router.close();
});

function installRule(rule: QueueRule): void {
  const socket = NetlinkSocket.open("netfilter");
  installQueueTargets(socket, "home", [rule]);
  socket.close();
}

function open(options: QueueOptions): PacketQueue {
  queue = router.run(() => openQueue(options));
  return queue;
}

function sendText(text: string): void {
  sender.send(text, 5000, "192.168.6.1");
}

/** Reads until `count` packets were handed over. */
async function readPackets(queue: PacketQueue, count: number, onPacket: Parameters<PacketQueue["read"]>[0]) {
  let seen = 0;
  await until(`${count} queued packets`, () => {
    queue.read((packet) => {
      seen++;
      onPacket(packet);
    });
    return seen >= count;
  });
}

test("a head tells where a packet came from and how long it is; repeated with a mark it is not queued again", async () => {
  const queue = open(HEAD);
  const text = "x".repeat(500);
  sendText(text);
  const seen: unknown[] = [];
  await readPackets(queue, 1, (packet) => {
    seen.push({
      version: packet.view.getUint8(packet.offset),
      source: packet.view.getUint32(packet.offset + 12),
      length: packet.length,
      originalLength: packet.originalLength,
      inInterface: packet.inInterface,
      outInterface: packet.outInterface,
      hook: packet.hook,
      mark: packet.mark,
      mac: macAt(packet.bytes, packet.macOffset),
    });
    queue.repeat(packet.id, 0x77);
  });
  queue.flush();
  await until("delivery", () => received.length === 1);
  expect(seen).toEqual([
    {
      version: 0x45,
      source: 0xc0a80602,
      length: 64,
      originalLength: 528,
      inInterface: router.run(() => interfaceIndex("gh-lan")),
      outInterface: 0,
      hook: 0,
      mark: 0,
      mac: "02:00:5e:00:06:02",
    },
  ]);
  expect(received).toEqual([text]);
  expect(router.command(["nft", "list", "counter", "ip", "home", "marked"])).toContain("packets 1");
});

test("an accepted payload replaces the packet, longer or shorter", async () => {
  const queue = open(FULL);
  const replacements: Record<string, string> = { short: "a longer text", "a long text": "short" };
  for (const text of Object.keys(replacements)) sendText(text);
  await readPackets(queue, 2, (packet) => {
    const text = packet.bytes.subarray(packet.offset + 28, packet.offset + packet.length);
    const payload = new TextEncoder().encode(replacements[new TextDecoder().decode(text)]!);
    const bytes = new Uint8Array(28 + payload.length);
    bytes.set(packet.bytes.subarray(packet.offset, packet.offset + 28));
    bytes.set(payload, 28);
    const view = new DataView(bytes.buffer);
    view.setUint16(2, bytes.length);
    // The header checksum counts the total length; the difference is small enough for no carry.
    view.setUint16(10, view.getUint16(10) - (bytes.length - packet.length));
    view.setUint16(24, 8 + payload.length);
    view.setUint16(26, 0);
    queue.accept(packet.id, bytes);
  });
  queue.flush();
  await until("delivery", () => received.length === 2);
  expect(received).toEqual(["a longer text", "short"]);
});

test("a dropped packet does not arrive, and one after it does", async () => {
  const queue = open(HEAD);
  sendText("dropped");
  sendText("accepted");
  let first = true;
  await readPackets(queue, 2, ({ id }) => {
    if (first) queue.drop(id);
    else queue.accept(id);
    first = false;
  });
  queue.flush();
  await until("delivery", () => received.length > 0);
  expect(received).toEqual(["accepted"]);
});

test("what the queue cannot hold is counted, and so is a verdict on no packet", async () => {
  const queue = open({ ...HEAD, maxLength: 3 });
  for (let i = 0; i < 10; i++) sendText(`${i}`);
  const ids: number[] = [];
  await readPackets(queue, 3, ({ id }) => ids.push(id));
  queue.accept(999);
  queue.flush();
  await until("the refusal", () => queue.read(() => {}) > 0);
  expect(router.run(() => queue.stats())).toEqual({
    waiting: 3,
    queueDropped: 7,
    userDropped: 0,
    refusedVerdicts: 1,
  });
  for (const id of ids) queue.accept(id);
  queue.flush();
  await until("delivery", () => received.length === 3);
});

test("a queue that another program reads cannot be opened", () => {
  open(HEAD);
  expect(() => router.run(() => openQueue(HEAD))).toThrow(
    /^NFQUEUE 21: EPERM.*another program reads this queue/,
  );
});
