import { SERVER } from "../netns/topology.ts";
import type { Course } from "./carriers.ts";

/** Time for the engine to bind all connections before it is ended. */
const SETTLED = 300;

/**
 * Gbit/s that arrive over `flows` TCP connections at once, down when `isDown`, else up; and the same for a second of both ends'
 * processor time, most of the forwarding's included, however busy the machine is.
 */
export async function bulk(
  course: Course,
  seconds: number,
  flows: number,
  isDown: boolean,
): Promise<number[]> {
  const { client1, provider } = course.net;
  const server = provider.run(() =>
    Bun.spawn(["iperf3", "--server", "--one-off", "--bind", SERVER], {
      stdio: ["ignore", "ignore", "ignore"],
    }),
  );
  const options = ["--time", `${seconds}`, "--parallel", `${flows}`, ...(isDown ? ["--reverse"] : [])];
  const words = ["iperf3", "--client", SERVER, "--json", ...options];
  for (let attempt = 0; ; attempt++) {
    const client = client1.run(() => Bun.spawn(words, { stdio: ["ignore", "pipe", "ignore"] }));
    const answer = new Response(client.stdout).json();
    await Promise.race([answer, Bun.sleep(SETTLED)]);
    await course.withoutEngine();
    const report = await answer;
    await course.restoreEngine();
    if (report.error === undefined) {
      await server.exited;
      const { sum_received, cpu_utilization_percent: used } = report.end;
      const speed = sum_received.bits_per_second / 1e9;
      return [speed, (speed * 100) / (used.host_total + used.remote_total)];
    }
    // The server may not listen yet.
    if (attempt === 50) throw new Error(`iperf3: ${report.error}`);
    await Bun.sleep(20);
  }
}
