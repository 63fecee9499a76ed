/** Begins a UDP flow every few milliseconds and notes when it was answered: `probe-process.ts <address> <port> <first port>`. */
import { PROBE_INTERVAL, PROBE_PATIENCE, type ProbedFlow } from "./probe.ts";
import { serve, wallClock } from "./program.ts";

const [address = "", port = "", firstPort = ""] = process.argv.slice(2);
const flows: ProbedFlow[] = [];
let nextPort = Number(firstPort);
let open = 0;

async function begin(): Promise<void> {
  const flow: ProbedFlow = { at: 0, latency: null };
  const socket = await Bun.udpSocket({
    port: nextPort++,
    socket: {
      data() {
        flow.latency ??= wallClock() - flow.at;
        console.log(`answered ${flow.at}`);
        end();
      },
      error() {},
    },
  });
  const patience = setTimeout(() => end(), PROBE_PATIENCE);
  open++;
  const end = () => {
    if (socket.closed) return;
    clearTimeout(patience);
    socket.close();
    open--;
  };
  flow.at = wallClock();
  flows.push(flow);
  socket.send("?", Number(port), address);
}

const beginning = setInterval(begin, PROBE_INTERVAL);
serve(async () => {
  clearInterval(beginning);
  while (open > 0) await Bun.sleep(PROBE_INTERVAL);
  return flows;
});
