import { close } from "../../runtime/src/linux/ffi/libc.ts";
import { SERVER } from "../netns/topology.ts";
import type { Course } from "./carriers.ts";
import {
  accept,
  addHosts,
  beginConnection,
  DatagramReceiver,
  FIRST_PORT,
  hostOf,
  listen,
  PORTS,
} from "./endpoints.ts";
import { PacketSender, smallestDatagram } from "./packet-sender.ts";

const PORT = 7000;
/** First packets on their way at once: enough to keep the engine busy, far from its queue's limit. */
const WINDOW = 1024;
const BATCH = 64;
/** Room for every connection of a batch, whichever step it is at. */
const BACKLOG = 4 * BATCH;
/** Milliseconds without an arrival after which what is on its way counts as lost. */
const PATIENCE = 100;

/** Flows a second, each of one datagram, that get through; and the part of the first packets that is lost on the way. */
export function newUdpFlows({ net }: Course, seconds: number): number[] {
  const packets = Array.from({ length: PORTS }, (_, i) =>
    smallestDatagram({
      source: hostOf(i),
      sourcePort: FIRST_PORT + i,
      destination: SERVER,
      destinationPort: PORT,
    }),
  );
  const receiver = net.provider.run(() => new DatagramReceiver(PORT));
  const sender = net.client1.run(() => new PacketSender(SERVER, packets));
  const flight = fly(sender, receiver, seconds * 1000);
  sender.close();
  receiver.close();
  return [flight.received / flight.elapsed, 1 - flight.received / flight.sent];
}

/** Keeps `WINDOW` packets on their way until time or packets run out, then waits for what is still on its way. */
function fly(sender: PacketSender, receiver: DatagramReceiver, duration: number) {
  const start = performance.now();
  let sent = 0;
  let received = 0;
  let givenUp = 0;
  let lastArrival = start;
  for (let now = start; sent > received || now < start + duration; now = performance.now()) {
    const isOver = now >= start + duration || sent === sender.count;
    if (!isOver && sent - received - givenUp <= WINDOW - BATCH) {
      sent += sender.send(sent, Math.min(BATCH, sender.count - sent));
    }
    const arrived = receiver.receive();
    received += arrived;
    if (arrived > 0) lastArrival = now;
    else if (now > lastArrival + PATIENCE) {
      if (isOver) break;
      givenUp = sent - received;
      lastArrival = now;
    }
  }
  return { sent, received, elapsed: lastArrival - start };
}

/** TCP connections a second, 64 at once: opened, accepted, reset. */
export function newConnections({ net }: Course, seconds: number): number[] {
  addHosts(net.client1);
  const listener = net.provider.run(() => listen(PORT, BACKLOG));
  const leave = net.client1.enter();
  const start = performance.now();
  let made = 0;
  try {
    for (; performance.now() < start + seconds * 1000 && made + BATCH <= PORTS; made += BATCH) {
      const clients = Array.from({ length: BATCH }, (_, i) =>
        beginConnection(hostOf(made + i), FIRST_PORT + made + i, PORT),
      );
      const servers = acceptAll(listener, BATCH);
      for (const fd of [...clients, ...servers]) close(fd);
    }
    return [made / (performance.now() - start)];
  } finally {
    leave();
    close(listener);
  }
}

function acceptAll(listener: number, count: number): number[] {
  const servers: number[] = [];
  const deadline = performance.now() + 10_000;
  while (servers.length < count) {
    const fd = accept(listener);
    if (fd >= 0) servers.push(fd);
    else if (performance.now() > deadline) throw new Error("connections do not come through");
  }
  return servers;
}
