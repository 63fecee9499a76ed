/**
 * Sends UDP datagrams that fill 64-byte Ethernet frames, so many a second:
 * `paced-flood.ts <source> <destination> <source port> <destination port> <flows> <rate> <count>`. Flows differ in the source port. Its
 * last line is how many the interface took, and in what time.
 */
import { PacketSender, smallestDatagram } from "./packet-sender.ts";

export interface PacedReport {
  sent: number;
  seconds: number;
}

/** Flows, of which each has its turn. */
const BATCH = 64;
/** Milliseconds of rest where nothing is due. */
const REST = 0.1;

const [source = "", destination = "", ...numbers] = process.argv.slice(2);
const [sourcePort = 0, destinationPort = 0, flows = 1, rate = 1, count = 0] = numbers.map(Number);

const packets = Array.from({ length: Math.max(flows, BATCH) }, (_, i) =>
  smallestDatagram({ source, sourcePort: sourcePort + (i % flows), destination, destinationPort }),
);
const sender = new PacketSender(destination, packets);
const start = performance.now();
let offered = 0;
let sent = 0;
while (offered < count) {
  const due = Math.floor(((performance.now() - start) * rate) / 1000);
  const next = offered % packets.length;
  const size = Math.min(BATCH, packets.length - next, Math.min(due, count) - offered);
  if (size <= 0) {
    Bun.sleepSync(REST);
    continue;
  }
  sent += sender.send(next, size);
  offered += size;
}
const report: PacedReport = { sent, seconds: (performance.now() - start) / 1000 };
console.log(JSON.stringify(report));
