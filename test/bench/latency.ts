import { SERVER } from "../netns/topology.ts";
import type { Course } from "./carriers.ts";
import { DatagramReceiver, hostOf } from "./endpoints.ts";
import { PacketSender, smallestDatagram } from "./packet-sender.ts";
import { percentile } from "./series.ts";

const PORT = 7001;
/** Clear of the ports that other measurements on this course use. */
const FIRST_PORT = 2000;
/** Flows before those that count: a program that has just begun is not compiled yet, and a router runs for months. */
const WARM_UP = 1000;
const SAMPLES = 1000;
/** Milliseconds of rest before each packet, in which the engine falls asleep. */
const REST = 1;
/** Milliseconds after which a packet is lost. */
const PATIENCE = 1000;

/**
 * Microseconds from a client's `send` until the provider's socket has the datagram, on an idle router: median and 99th percentile
 * of flows' first packets, then of their second ones. Sender and receiver are one thread, so one clock tells.
 */
export function latency({ net }: Course): number[] {
  const packets = Array.from({ length: WARM_UP + SAMPLES }, (_, i) =>
    smallestDatagram({
      source: hostOf(0),
      sourcePort: FIRST_PORT + i,
      destination: SERVER,
      destinationPort: PORT,
    }),
  );
  const receiver = net.provider.run(() => new DatagramReceiver(PORT));
  const sender = net.client1.run(() => new PacketSender(SERVER, packets));
  const first: number[] = [];
  const later: number[] = [];
  for (let i = 0; i < WARM_UP; i++) delay(sender, receiver, i);
  for (let i = WARM_UP; i < WARM_UP + SAMPLES; i++) {
    first.push(delay(sender, receiver, i));
    later.push(delay(sender, receiver, i));
  }
  sender.close();
  receiver.close();
  return [first, later].flatMap((delays) => [percentile(delays, 0.5), percentile(delays, 0.99)]);
}

function delay(sender: PacketSender, receiver: DatagramReceiver, packet: number): number {
  Bun.sleepSync(REST);
  const start = Bun.nanoseconds();
  sender.send(packet, 1);
  // Where no engine is asked the packet is there already; where one is, it must not have to share a core with somebody who spins.
  while (receiver.receive() === 0) {
    if (!receiver.wait(PATIENCE)) throw new Error("a packet is lost on an idle router");
  }
  return (Bun.nanoseconds() - start) / 1000;
}
