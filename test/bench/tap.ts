/**
 * What the tap costs and what it is fast enough for, in network namespaces on this machine's kernel: `tap.ts [--rounds 3] [--write]`.
 * `--write` puts the tables into README.md.
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { DEFAULT_BUDGET } from "../../runtime/src/traffic/history/history.ts";
import { recordDay } from "./home-day.ts";
import { homePairs, seededRandom } from "./home-traffic.ts";
import { writeReadme } from "./readme.ts";
import { plain, type Result, write } from "./series.ts";
import { accountCosts } from "./tap-account.ts";
import { type ForwardingRow, forwarding } from "./tap-forwarding.ts";
import { type Paced, TapHome } from "./tap-home.ts";
import { tapParts } from "./tap-parts.ts";
import { type TapFigures, tapText } from "./tap-report.ts";

const { values: options } = parseArgs({
  options: { rounds: { type: "string", default: "3" }, write: { type: "boolean", default: false } },
});
const rounds = Number(options.rounds);
const started = performance.now();
const [load = 0] = loadavg();

// Before anything else has made this process grow.
const memory = dayMemory();
const account = accountOf();
const parts = partsOf();
const home = await homeFigures();
const measured: TapFigures = {
  rounds,
  load,
  figures: [...home.paced, ...account, ...home.live, ...memory],
  forwarding: await forwardingOf(),
  parts,
};
const text = tapText(measured);
write("tap", resultsOf(measured));
console.log(text);
if (options.write) writeReadme("bench-tap", text);

function progress(what: string): void {
  console.error(`${Math.round((performance.now() - started) / 1000)} s  ${what}`);
}

/** The model that `make bench-history` has, too. */
function dayMemory(): Result[] {
  progress("memory of a day");
  const { history, resident } = recordDay(() => homePairs(seededRandom(1)), DEFAULT_BUDGET);
  const { bytesUsed, pairs } = history.stats();
  const name = "24 h of a home with 40 devices";
  return [
    plain(`${name}, pairs`, "pairs", [pairs]),
    plain(`${name}, memory of the history`, "MB", [bytesUsed / 2 ** 20]),
    plain(`${name}, the process has more than before`, "MB", [resident / 2 ** 20]),
  ];
}

function accountOf(): Result[] {
  progress("the account of the traffic");
  const { dayPacket, dayRow, packet, streamedPacket } = accountCosts();
  return [
    plain("recorder and history alone, 24 h of a home with 40 devices", "ns/packet", [dayPacket]),
    plain("recorder and history alone, for each pair and 100 ms of these", "ns", [dayRow]),
    plain("recorder and history alone, 1500 packets/s in 32 pairs", "ns/packet", [packet]),
    plain("live frames alone, for a client that watches these", "ns/packet", [streamedPacket]),
  ];
}

function partsOf(): TapFigures["parts"] {
  progress("the tap by part");
  return [64, 1514, 65_226].map((length) => ({ length, parts: tapParts(length) }));
}

function forwardingOf(): Promise<ForwardingRow[]> {
  progress("forwarding with and without a tap");
  return forwarding(rounds);
}

async function homeFigures(): Promise<{ paced: Result[]; live: Result[] }> {
  progress("a home with the data plane and the account of its traffic");
  const tapHome = await TapHome.open();
  const [paced, latencies, watched]: [Paced[], [number, number][], number[]] = [[], [], []];
  try {
    for (let round = 0; round < rounds; round++) {
      paced.push(await tapHome.paced());
      latencies.push(await tapHome.latency());
      watched.push(await tapHome.watched());
    }
  } finally {
    await tapHome.close();
  }
  return { paced: pacedResults(paced), live: liveResults(latencies, watched) };
}

function pacedResults(paced: readonly Paced[]): Result[] {
  const name = "64-byte frames at 200 kpps, 64 flows";
  const each = (key: keyof Paced) => paced.map((run) => run[key]);
  // Not one may be missing, in no round.
  const frames = (what: string, key: keyof Paced) =>
    plain(`${name}, ${what}`, "frames", [each(key).reduce((sum, count) => sum + count)]);
  return [
    plain(`${name}, offered`, "frames/s", each("rate").map(Math.round)),
    frames("offered", "offered"),
    frames("forwarded", "forwarded"),
    frames("seen and counted", "seen"),
    frames("dropped by the tap", "dropped"),
    plain(`${name}, the data plane's process`, "µs/packet", each("dataplane")),
    plain(`${name}, the control plane's process`, "µs/packet", each("controlPlane")),
  ];
}

function liveResults(latencies: readonly [median: number, p99: number][], watched: readonly number[]) {
  const name = "from the wire to the WebSocket's client";
  const client = "control plane's process, more with a client that watches 1500 packets/s";
  const at = (i: 0 | 1) => latencies.map((latency) => latency[i]);
  return [
    plain(client, "µs/packet", watched),
    plain(`${name}, median`, "ms", at(0)),
    plain(`${name}, p99`, "ms", at(1)),
  ];
}

/** For build/bench/tap.json. */
function resultsOf({ figures, forwarding, parts }: TapFigures): Result[] {
  const forwardings = forwarding.flatMap((row) =>
    row.forwardings.flatMap(({ speed, tap }) => (tap === undefined ? [speed] : [speed, tap.cpu, tap.lost])),
  );
  const frames = parts.flatMap(({ length, parts }) =>
    parts.map(([part, ns]) => plain(`${length} bytes, ${part}`, "ns/frame", [ns])),
  );
  return [...figures, ...forwardings, ...frames];
}
