/**
 * What the NAT costs inside the very image, in QEMU: `guest.ts [rounds]`. Beside the kernel's masquerade also with a flowtable, which
 * the development kernel lacks. Emulated without hardware virtualisation: only the ratios say something.
 */
import { join } from "node:path";
import { Home } from "@gatehouse/qemu/home.ts";
import { Machine } from "@gatehouse/qemu/machine.ts";
import { printStep } from "@gatehouse/qemu/step.ts";
import { topology } from "@gatehouse/qemu/topology.ts";
import { until } from "@gatehouse/qemu/wait.ts";
import { SINK_PORT } from "./carriers.ts";
import { publish, summarise } from "./series.ts";

/** "untapped" is offload after the engine has ended: what it bound goes on, nothing new begins. */
const CARRIERS = ["masquerade", "flowtable", "offload", "untapped"] as const;
type Carrier = (typeof CARRIERS)[number];
const BASELINE: Carrier = "masquerade";
const METRICS = [
  { name: "bulk TCP up, 1 flow", unit: "Mbit/s", measure: () => bulk([]), carriers: CARRIERS.slice(0, 3) },
  {
    name: "bulk TCP down, 1 flow",
    unit: "Mbit/s",
    measure: () => bulk(["--reverse"]),
    carriers: CARRIERS.slice(0, 3),
  },
  { name: "64-byte UDP up, 1 flow", unit: "kpps", measure: flood, carriers: CARRIERS },
];

const UNITS = "gatehouse.service gatehouse-dataplane.service";
const SECONDS = 4;
const PATIENCE = 120_000;
const WARM_UPS = 3;
/** Clock ticks of idling in a second, of a hundred for each core: emulation makes even a resting router work. */
const RESTING = 60;
const { iperf, web } = topology.internet;

const rounds = Number(process.argv[2] ?? 3);
const values = new Map<string, number[]>();
const home = await Home.build((namespaces) => new Machine(namespaces), printStep);
try {
  const machine = home.router as Machine;
  home.client1.powerOn();
  await machine.start();
  const { address } = await home.client1.leased(PATIENCE * 2, home.tail);
  await machine.agent.started(PATIENCE, home.tail);
  for (let round = 1; round <= rounds; round++) {
    for (const carrier of CARRIERS) {
      await put(carrier, machine, address);
      console.error(`round ${round} of ${rounds}: ${carrier}`);
      for (const { name, measure, carriers } of METRICS) {
        if (!carriers.includes(carrier)) continue;
        values.set(`${name}, ${carrier}`, [...of(name, carrier), await measure(address)]);
      }
    }
  }
} finally {
  await home.close();
}
publish(
  "nat-guest",
  METRICS.flatMap(({ name, unit, carriers }) =>
    carriers.map((carrier) =>
      summarise(`${name}, ${carrier}`, unit, of(name, carrier), BASELINE, of(name, BASELINE)),
    ),
  ),
);
process.exit(0);

function of(metric: string, carrier: Carrier): number[] {
  return values.get(`${metric}, ${carrier}`) ?? [];
}

/** Gives the router's packets to one carrier, and waits until a client gets a page through it and the router rests. */
async function put(carrier: Carrier, { agent }: Machine, source: string): Promise<void> {
  if (carrier === "untapped") {
    await agent.sh(`systemctl stop ${UNITS}`, PATIENCE);
    return;
  }
  if (carrier === "offload") {
    await agent.sh(`nft delete table ip plain_nat 2>/dev/null || true\nsystemctl start ${UNITS}`, PATIENCE);
  } else {
    await agent.sh(`systemctl stop ${UNITS}\nnft flush ruleset\n${load(carrier)}`, PATIENCE);
  }
  await until({ what: `a page by ${carrier}`, within: PATIENCE, tail: home.tail }, () =>
    home.client1.fetch(`http://${web.address}/`, ["--max-time", "3"]).then(
      () => true,
      () => false,
    ),
  );
  // A program just started interprets its code first and compiles it meanwhile, which takes long where the processor is emulated.
  for (let i = 0; carrier === "offload" && i < WARM_UPS; i++) await flood(source);
  await until({ what: "rest inside the router", within: PATIENCE, tail: home.tail }, async () => {
    const before = await idleTime(agent);
    await Bun.sleep(1000);
    return (await idleTime(agent)) - before > RESTING;
  });
}

/** Clock ticks that the router's cores have been idle, together. */
async function idleTime(agent: Machine["agent"]): Promise<number> {
  const { stdout } = await agent.sh("head -n 1 /proc/stat");
  return Number(stdout.split(/\s+/)[4]);
}

/** Shell script. The WAN is known by its address on the provider's cable. */
function load(carrier: Carrier): string {
  const { port } = topology.links.find(({ name }) => name === "wan")!;
  const flowtable = `
  flowtable fast { hook ingress priority 0; devices = { $wan, br-lan }; }
  chain forward {
    type filter hook forward priority 0
    meta l4proto { tcp, udp } flow add @fast
  }`;
  return `wan=$(ip -o link | sed -n 's/^[0-9]*: \\([^:@]*\\).*${port}.*/\\1/p' | head -n 1)
nft -f - <<END
table ip plain_nat {${carrier === "flowtable" ? flowtable : ""}
  chain source {
    type nat hook postrouting priority srcnat
    oifname "$wan" masquerade
  }
}
END`;
}

async function bulk(options: string[]): Promise<number> {
  const words = ["iperf3", "--client", iperf.address, "--time", `${SECONDS}`, "--json", ...options];
  const { stdout } = await home.client1.place.run(words, { within: PATIENCE });
  const report = JSON.parse(stdout);
  if (report.error !== undefined) throw new Error(`iperf3: ${report.error}`);
  return report.end.sum_received.bits_per_second / 1e6;
}

async function flood(source: string): Promise<number> {
  const program = join(import.meta.dir, "flood.ts");
  const numbers = ["20000", `${SINK_PORT}`, "1"];
  const sender = home.client1.place.start([process.execPath, program, source, iperf.address, ...numbers]);
  await Bun.sleep(1000);
  const before = { packets: await arrived(), at: performance.now() };
  await Bun.sleep(SECONDS * 1000);
  const packets = (await arrived()) - before.packets;
  const rate = packets / (performance.now() - before.at);
  await sender.stop();
  return rate;
}

/** Packets that have arrived at the provider. */
async function arrived(): Promise<number> {
  const { place } = home.provider;
  const { stdout } = await place.run(["ip", "-stats", "-json", "link", "show", "wan"]);
  return JSON.parse(stdout)[0].stats64.rx.packets;
}
