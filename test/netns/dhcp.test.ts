import { afterAll, afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatIPv4, parseIPv4 } from "../../runtime/src/addr/ipv4.ts";
import type { Mac } from "../../runtime/src/addr/mac.ts";
import {
  type DhcpOptions,
  type DhcpService,
  startDhcpServer,
} from "../../runtime/src/service/dhcp/server.ts";
import { createLog } from "../../runtime/src/service/log.ts";
import { DhcpClient } from "./dhcp-clients.ts";
import { Namespace, until } from "./linux-namespace.ts";

const ip = (dotted: string) => parseIPv4(dotted)!;
const OPTIONS: DhcpOptions = {
  interface: "br-lan",
  server: { address: ip("192.168.77.1"), length: 24 },
  first: ip("192.168.77.100"),
  last: ip("192.168.77.199"),
  leaseSeconds: 3600,
  domain: "lan",
  dns: [ip("192.168.77.1")],
  reservations: [],
};

const MACS = ["02:00:5e:00:77:01", "02:00:5e:00:77:02"] as Mac[];
const router = Namespace.create();
const rooms = [Namespace.create(), Namespace.create()] as const;
router.ip("link add br-lan type bridge");
router.ip("address add 192.168.77.1/24 dev br-lan");
router.ip("address add 10.9.0.1/24 dev br-lan");
router.ip("link set br-lan up");
rooms.forEach((room, i) => {
  router.connect(`lan${i}`, room, "eth0");
  router.ip(`link set lan${i} master br-lan`);
  room.ip(`link set eth0 address ${MACS[i]}`);
});
afterAll(() => {
  for (const namespace of [router, ...rooms]) namespace.close();
});

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function serve(options = OPTIONS, stateDirectory = folder()): DhcpService {
  const log = createLog("dhcp", () => {});
  const service = router.run(() =>
    startDhcpServer(options, { leases: join(stateDirectory, "leases.json"), log, onChange: () => {} }),
  );
  closing.push(() => service.stop());
  return service;
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "gatehouse-dhcp-"));
  closing.push(() => rmSync(path, { recursive: true }));
  return path;
}

function client(program: "udhcpc" | "dhclient" | "dhcpcd", room = rooms[0], probing = false): DhcpClient {
  const made = new DhcpClient(room, program, `${program}-host`, probing);
  closing.push(() => made.close());
  made.start();
  return made;
}

async function bound(client: DhcpClient, times = 1): Promise<string> {
  const leases = () =>
    client.events().filter(({ reason }) => /^(bound|BOUND|REBOOT|renew|RENEW)$/.test(reason));
  await until("a lease", () => leases().length >= times, 30_000);
  return leases().at(-1)!.address;
}

for (const program of ["udhcpc", "dhclient", "dhcpcd"] as const) {
  test.skipIf(!DhcpClient.isInstalled(program))(
    `${program} gets a lease and all that goes with it`,
    async () => {
      const service = serve();
      const asked = client(program);
      const address = await bound(asked);
      expect(asked.events().at(-1)).toMatchObject({
        address,
        router: "192.168.77.1",
        dns: "192.168.77.1",
        domain: "lan",
      });
      expect(service.leases().map((lease) => [formatIPv4(lease.address), lease.hostName])).toEqual([
        [address, `${program}-host`],
      ]);
    },
  );
}

test("two clients get two addresses", async () => {
  serve();
  const clients = [client("udhcpc", rooms[0]), client("udhcpc", rooms[1])];
  const addresses = await Promise.all(clients.map((client) => bound(client)));
  expect(new Set(addresses).size).toBe(2);
});

test("a lease is renewed by unicast and given back", async () => {
  const service = serve();
  const asked = client("udhcpc");
  const address = await bound(asked);
  asked.signal("SIGUSR1");
  expect(await bound(asked, 2)).toBe(address);
  asked.signal("SIGUSR2");
  await until("the release", () => service.leases().length === 0);
  expect(service.counters()).toEqual({ offered: 1, acknowledged: 2, released: 1 });
});

test.skipIf(!DhcpClient.isInstalled("dhclient"))(
  "a client that reboots gets the same address from a server that was restarted",
  async () => {
    const state = folder();
    const before = serve(OPTIONS, state);
    const asked = client("dhclient");
    const address = await bound(asked);
    await asked.crash();
    before.stop();
    const after = serve(OPTIONS, state);
    expect(after.leases().map((lease) => formatIPv4(lease.address))).toEqual([address]);
    asked.start();
    expect(await bound(asked, 2)).toBe(address);
    expect([asked.events().at(-1)!.reason, after.counters()]).toEqual(["REBOOT", { acknowledged: 1 }]);
  },
);

test.skipIf(!DhcpClient.isInstalled("dhclient"))(
  "a client that reboots after a change of subnet is refused its old address and gets a new one",
  async () => {
    const service = serve();
    const asked = client("dhclient");
    await bound(asked);
    await asked.crash();
    const server = { address: ip("10.9.0.1"), length: 24 };
    const pool = { first: ip("10.9.0.50"), last: ip("10.9.0.50") };
    router.run(() => service.reconfigure({ ...OPTIONS, ...pool, server, dns: [server.address] }));
    asked.start();
    expect(await bound(asked, 2)).toBe("10.9.0.50");
    expect(service.counters()).toEqual({ offered: 2, acknowledged: 2, refused: 1 });
  },
);

test.skipIf(!DhcpClient.isInstalled("dhcpcd"))(
  "a client that finds its reserved address in use gets another one",
  async () => {
    const squatted = ip("192.168.77.150");
    rooms[1].ip("address add 192.168.77.150/24 dev eth0");
    closing.push(() => rooms[1].ip("address flush dev eth0"));
    const service = serve({ ...OPTIONS, reservations: [{ mac: MACS[0]!, address: squatted }] });
    const address = await bound(client("dhcpcd", rooms[0], true));
    expect(address).not.toBe("192.168.77.150");
    expect(service.counters()).toMatchObject({ declined: 1 });
  },
  60_000,
);
