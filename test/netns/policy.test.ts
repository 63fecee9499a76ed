import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Running } from "@gatehouse/qemu/process.ts";
import { type Mac, parseMac } from "../../runtime/src/addr/mac.ts";
import { parseConfig } from "../../runtime/src/config/parse.ts";
import type { Config } from "../../runtime/src/config/schema.ts";
import { PolicyService } from "../../runtime/src/service/policy/policy.ts";
import type { Namespace } from "./linux-namespace.ts";
import { until } from "./linux-namespace.ts";
import { ECHO_PORT, NatHome, PATHS, WEB_PORT } from "./nat/nat-home.ts";
import { TcpPeer, UdpPeer } from "./peers.ts";
import { launchIn } from "./program.ts";
import { macOf } from "./scene.ts";
import { CLIENT1, CLIENT2, LAN_ADDRESS, SERVER, WAN_ADDRESS } from "./topology.ts";

setDefaultTimeout(30_000);

const CLIENT1_IPV6 = "fd00:77::11";
const SERVER_IPV6 = "fd00:99::80";
/** Within this time whoever uses a device notices. */
const AT_ONCE_MS = 1000;

describe.each(PATHS)("what a device may, %s path", (path) => {
  let home: NatHome;
  let policy: PolicyService;
  let iperf: Running;
  let device: Mac;
  let config: Config;
  let now = Date.parse("2026-11-22T21:00:00Z");
  let wake = () => {};
  let due = 0;

  beforeAll(async () => {
    config = parsed({});
    home = await NatHome.open(path);
    const { client1, client2, router, provider } = home.net;
    giveIpv6(router, client1, provider);
    iperf = launchIn(provider)(["iperf3", "-s", "-B", SERVER]);
    await until("iperf3", () => provider.command(["ss", "-tln"]).includes(`${SERVER}:5201`));
    device = parseMac(macOf(client1, "eth0"))!;
    const addresses = new Map([
      [device, [CLIENT1, CLIENT1_IPV6]],
      [parseMac(macOf(client2, "eth0"))!, [CLIENT2]],
    ]);
    policy = new PolicyService({
      config: () => config,
      addresses: () => addresses,
      onDue: () => void due++,
      now: () => now,
      after: (_, callback) => {
        wake = callback;
        return () => {};
      },
      load: (text) => router.command(["nft", "-f", "-"], text),
    });
  });

  afterEach(() => rule({}));
  afterAll(async () => {
    await iperf.stop();
    await home.close();
  });

  /** As the control loop does: the rules first, then what has to pass them. */
  async function enforce(): Promise<void> {
    policy.enforce(["br-lan"]);
    await home.configure({ byRules: policy.byRules() });
  }

  /** Puts rules for the first client into effect. */
  async function rule(rules: object): Promise<void> {
    config = parsed({ devices: [{ mac: device, ...rules }] });
    await enforce();
  }

  /** Milliseconds that `program` goes on from now. */
  async function endsAfter(program: Running): Promise<number> {
    const begin = performance.now();
    await until("its end", () => program.exited, 10_000);
    return performance.now() - begin;
  }

  /** "pong" where the server answers over UDP. */
  async function echoes(peer: UdpPeer): Promise<string | undefined> {
    return (await peer.ask("?", SERVER, ECHO_PORT))?.text;
  }

  /** What a new connection of the device comes to. */
  function connects(target: string): string {
    const script = `import socket
try: socket.create_connection(("${target}", ${WEB_PORT}), 2); print("open")
except ConnectionRefusedError: print("refused")
except OSError as error: print(type(error).__name__)`;
    return home.net.client1.command(["python3", "-c", script]).trim();
  }

  function pings(target: string): string {
    const ping = home.net.client1.run(() => Bun.spawnSync(["ping", "-n", "-c1", "-W2", target]));
    return ping.exitCode === 0 ? "answered" : (/From .*/.exec(ping.stdout.toString())?.[0] ?? "silence");
  }

  /** Mbit/s of TCP that arrive. */
  function rate(...options: string[]): number {
    const words = ["iperf3", "-c", SERVER, "-J", "-t", "2", "-O", "1", ...options];
    const { end } = JSON.parse(home.net.client1.command(words));
    return end.sum_received.bits_per_second / 1e6;
  }

  test("a pause ends a download at once, is said to programs, and spares the other device and the router", async () => {
    const { client1, client2 } = home.net;
    const download = launchIn(client1)([
      "iperf3",
      "-c",
      SERVER,
      "-R",
      "-t",
      "60",
      "-i",
      "0.1",
      "--forceflush",
    ]);
    await download.line(/Mbits|Gbits/, 10_000);
    const udp = await UdpPeer.open(client1, 5000);
    const other = await TcpPeer.connect(client2, SERVER, WEB_PORT, 6000);
    expect(await echoes(udp)).toBe(`${WAN_ADDRESS}:5000`);
    const begin = performance.now();
    await rule({ paused: true });
    await endsAfter(download);
    const took = performance.now() - begin;
    expect([
      took < AT_ONCE_MS,
      await other.ask("?"),
      connects(SERVER),
      pings(SERVER),
      pings(SERVER_IPV6),
      pings(LAN_ADDRESS),
    ]).toEqual([
      true,
      `${WAN_ADDRESS}:6000`,
      "refused",
      `From ${LAN_ADDRESS} icmp_seq=1 Packet filtered`,
      "From fd00:77::1 icmp_seq=1 Destination unreachable: Administratively prohibited",
      "answered",
    ]);
    expect(await udpAfterRefusal(udp)).toBeUndefined();
    await rule({ paused: false });
    expect([await echoes(udp), connects(SERVER), pings(SERVER_IPV6)]).toEqual([
      `${WAN_ADDRESS}:5000`,
      "open",
      "answered",
    ]);
    expect(rate("-R") > 100).toBe(true);
    for (const each of [udp, other]) each.close();
  });

  test("nothing arrives at a device that is paused, whoever sends", async () => {
    const receiver = await UdpPeer.open(home.net.client1, 5001);
    const far = await UdpPeer.open(home.net.provider, 5002, SERVER);
    receiver.send("?", SERVER, 5002);
    await far.receive();
    far.send("before", WAN_ADDRESS, 5001);
    expect((await receiver.receive())?.text).toBe("before");
    await rule({ paused: true });
    far.send("meanwhile", WAN_ADDRESS, 5001);
    // Comes after it on the same wires.
    expect(pings(LAN_ADDRESS)).toBe("answered");
    await rule({});
    far.send("after", WAN_ADDRESS, 5001);
    expect((await receiver.receive())?.text).toBe("after");
    for (const each of [receiver, far]) each.close();
  });

  test.if(path === "offload")(
    "what must pass the rules is not carried past them; afterwards it is again",
    async () => {
      const udp = await UdpPeer.open(home.net.client1, 5003);
      const carried = async () => {
        const { accelerator } = await home.dataplane.next(["counters"]);
        return accelerator!.outPackets + accelerator!.inPackets;
      };
      const carriedOfTen = async () => {
        const before = await carried();
        for (let i = 0; i < 10; i++) expect(await echoes(udp)).toBe(`${WAN_ADDRESS}:5003`);
        return (await carried()) - before;
      };
      await echoes(udp);
      const free = await carriedOfTen();
      await rule({ download: 100 });
      const limited = await carriedOfTen();
      await rule({});
      expect([free, limited, await carriedOfTen()]).toEqual([20, 0, 20]);
      udp.close();
    },
  );

  test("hours begin and end when the clock says so", async () => {
    const everyDay = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    await rule({ offline: [{ days: everyDay, from: "21:30", to: "06:30" }] });
    const seen: [string, boolean][] = [];
    for (const instant of ["22T21:29:59", "22T21:30:00", "23T06:29:59", "23T06:30:00"]) {
      now = Date.parse(`2026-11-${instant}Z`);
      const before = due;
      wake();
      const isDue = due > before;
      if (isDue) await enforce();
      seen.push([connects(SERVER), isDue]);
    }
    expect(seen).toEqual([
      ["open", false],
      ["refused", true],
      ["refused", false],
      ["open", true],
    ]);
  });

  test.each([
    [5, 20],
    [50, 10],
  ])("%i Mbit/s down and %i Mbit/s up are what arrives, within a tenth", async (download, upload) => {
    await rule({ download, upload });
    const rates = { download: rate("-R") / download, upload: rate() / upload };
    const several = rate("-R", "-P", "4") / download;
    for (const share of [rates.download, rates.upload, several]) {
      expect(share).toBeGreaterThan(0.9);
      expect(share).toBeLessThan(1.1);
    }
  });
});

function parsed(document: object): Config {
  const result = parseConfig({ version: 2, ...document });
  if ("faults" in result) throw new Error(JSON.stringify(result.faults));
  return result.config;
}

/** Nothing but the policy stands between these. */
function giveIpv6(router: Namespace, client: Namespace, provider: Namespace): void {
  router.command(["sysctl", "-qw", "net.ipv6.conf.all.forwarding=1"]);
  for (const [place, address, link] of [
    [router, "fd00:77::1", "br-lan"],
    [router, "fd00:99::1", "wan0"],
    [client, CLIENT1_IPV6, "eth0"],
    [provider, SERVER_IPV6, "eth0"],
  ] as const)
    place.ip(`address add ${address}/64 dev ${link} nodad`);
  client.ip("-6 route add default via fd00:77::1");
  provider.ip("-6 route add default via fd00:99::1");
}

/** What a socket sends that has heard a refusal. */
async function udpAfterRefusal(peer: UdpPeer): Promise<string | undefined> {
  peer.send("?", SERVER, ECHO_PORT);
  return (await peer.receive(300))?.text;
}
