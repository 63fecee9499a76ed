import { readFileSync } from "node:fs";
import { SERVER } from "../netns/topology.ts";
import { Course } from "./carriers.ts";
import { FIRST_PORT, hostOf } from "./endpoints.ts";
import { PacketSender, smallestDatagram } from "./packet-sender.ts";

/** Numbers of bindings at which memory is looked at. */
export const BINDINGS = [1, 1000, 60_000] as const;

const PORT = 7002;
const BATCH = 64;
/** Of one transport; both together hold the largest number of bindings. */
const PORTS_OF_TRANSPORT = 45_000;
/** Milliseconds to get all bindings. */
const PATIENCE = 30_000;

/** Megabytes that the data plane's process has in memory (RSS) at each of `BINDINGS`. */
export async function memory(): Promise<number[]> {
  const course = await Course.open("offload");
  const packets = Array.from({ length: BINDINGS.at(-1)! }, (_, i) => packetOf(i));
  const sender = course.net.client1.run(() => new PacketSender(SERVER, packets));
  const sizes: number[] = [];
  for (const wanted of BINDINGS) {
    await bindAll(course, sender, wanted);
    sizes.push(residentSize(course.enginePid ?? 0));
  }
  sender.close();
  await course.close();
  return sizes;
}

/** Sends slowly enough that none is lost, and what was lost once more. */
async function bindAll(course: Course, sender: PacketSender, wanted: number): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while ((await course.bindings()) < wanted) {
    if (performance.now() > deadline) throw new Error(`${wanted} bindings are not to be had`);
    for (let first = 0; first < wanted; first += BATCH) {
      sender.send(first, Math.min(BATCH, wanted - first));
      await Bun.sleep(1);
    }
  }
}

/** A datagram or, for what is past one transport's ports, the same with TCP's protocol number: ports stand at the same places. */
function packetOf(index: number): Uint8Array {
  const isTcp = index >= PORTS_OF_TRANSPORT;
  const sourcePort = FIRST_PORT + (index % PORTS_OF_TRANSPORT);
  const packet = smallestDatagram({
    source: hostOf(index),
    sourcePort,
    destination: SERVER,
    destinationPort: PORT,
  });
  if (isTcp) asSyn(packet);
  return packet;
}

function asSyn(packet: Uint8Array): void {
  const PROTOCOL = 9;
  const TCP = 6;
  const DATA_OFFSET = 20 + 12;
  packet[PROTOCOL] = TCP;
  packet.set([0x50, 0x02], DATA_OFFSET);
}

function residentSize(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
  return Number(kilobytes) / 1000;
}
