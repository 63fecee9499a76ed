/**
 * Sends UDP datagrams that fill 64-byte Ethernet frames, as fast as one core can, until it is killed:
 * `flood.ts <source> <destination> <source port> <destination port> <flows>`. Flows differ in the source port.
 */
import { PacketSender, smallestDatagram } from "./packet-sender.ts";

const BATCH = 64;

const [source = "", destination = "", ...numbers] = process.argv.slice(2);
const [sourcePort = 0, destinationPort = 0, flows = 1] = numbers.map(Number);

const packets = Array.from({ length: Math.max(flows, BATCH) }, (_, i) =>
  smallestDatagram({ source, sourcePort: sourcePort + (i % flows), destination, destinationPort }),
);
const sender = new PacketSender(destination, packets);
for (let next = 0; ; next = (next + BATCH) % packets.length) {
  sender.send(next, Math.min(BATCH, packets.length - next));
}
