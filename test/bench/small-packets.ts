import { join } from "node:path";
import { CLIENT1, SERVER } from "../netns/topology.ts";
import { type Course, SINK_PORT } from "./carriers.ts";
import { busyTime, cpuTime } from "./cpu.ts";

const FIRST_PORT = 20_000;
/** Packets after which every flow has its binding. */
const WARM_UP = 20_000;

/**
 * 64-byte UDP packets from one core: thousands that arrive in a second, and in a second of the sender's CPU time (what sends
 * and forwards runs in one thread), and microseconds of both cores' time for each.
 */
export async function smallPackets(
  course: Course,
  seconds: number,
  flows: number,
  isDown: boolean,
): Promise<number[]> {
  // Outside, a client's port is the same: nothing else is bound here.
  const up = flood(course, "client1", [CLIENT1, SERVER, FIRST_PORT, SINK_PORT, flows]);
  try {
    await arrival(course, "provider", WARM_UP);
    await course.withoutEngine();
    if (!isDown) return await rates(course, "provider", up.pid, seconds);
    up.kill();
    await up.exited;
    const down = flood(course, "provider", [SERVER, course.clientFromOutside, SINK_PORT, FIRST_PORT, 1]);
    try {
      await arrival(course, "client1", WARM_UP);
      return await rates(course, "client1", down.pid, seconds);
    } finally {
      down.kill();
      await down.exited;
    }
  } finally {
    up.kill();
    await up.exited;
    await course.restoreEngine();
  }
}

function flood({ net }: Course, from: "client1" | "provider", parameters: (string | number)[]) {
  const words = [process.execPath, join(import.meta.dir, "flood.ts"), ...parameters.map(String)];
  return net[from].run(() => Bun.spawn(words, { stdio: ["ignore", "inherit", "inherit"] }));
}

async function arrival(course: Course, at: "client1" | "provider", packets: number): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (const before = course.arrived(at); course.arrived(at) < before + packets; ) {
    if (performance.now() > deadline) throw new Error(`${course.carrier}: the flood does not arrive`);
    await Bun.sleep(10);
  }
}

async function rates(course: Course, at: "client1" | "provider", sender: number, seconds: number) {
  const sample = () => ({
    packets: course.arrived(at),
    at: performance.now(),
    cpu: cpuTime(sender),
    busy: busyTime(),
  });
  const before = sample();
  await Bun.sleep(seconds * 1000);
  const after = sample();
  const packets = after.packets - before.packets;
  return [
    packets / (after.at - before.at),
    packets / (after.cpu - before.cpu),
    ((after.busy - before.busy) * 1000) / packets,
  ];
}
