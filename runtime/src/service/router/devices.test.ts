import { expect, test } from "bun:test";
import { parseIPv4 } from "../../addr/ipv4.ts";
import type { Mac } from "../../addr/mac.ts";
import { DeviceRegistry } from "./devices.ts";

const LAPTOP = "02:00:5e:10:00:01" as Mac;
const PRINTER = "02:00:5e:10:00:02" as Mac;
const registry = () =>
  new DeviceRegistry(
    () => "Maker",
    (mac) => (mac === PRINTER ? "printer" : undefined),
  );

test("a device is what its lease, its port and its traffic say together", () => {
  const devices = registry();
  devices.updateLeases(
    [{ mac: LAPTOP, address: parseIPv4("192.168.77.100")!, hostName: "laptop", expires: 9000 }],
    1000,
  );
  devices.updateSightings(
    [
      {
        mac: LAPTOP,
        address: parseIPv4("192.168.77.9")!,
        port: "eth1",
        network: "home",
        ipv6: ["2001:db8:a::9"],
      },
    ],
    2000,
  );
  const deltas = devices.updateTraffic([{ mac: LAPTOP, upBytes: 10, downBytes: 20 }], 3000);
  expect([deltas, devices.list()]).toEqual([
    [{ mac: LAPTOP, up: 10, down: 20 }],
    [
      {
        mac: LAPTOP,
        name: "laptop",
        hostName: "laptop",
        address: "192.168.77.100",
        ipv6: ["2001:db8:a::9"],
        vendor: "Maker",
        connected: true,
        port: "eth1",
        network: "home",
        firstSeen: 1000,
        lastSeen: 3000,
        leaseExpires: 9000,
        upBytes: 10,
        downBytes: 20,
      },
    ],
  ]);
});

test("times noted before the clock was set are put right, those from before the start are right", () => {
  const devices = registry();
  devices.restore([{ mac: PRINTER, hostName: null, firstSeen: 70_000, lastSeen: 80_000 }]);
  devices.updateSightings([{ mac: LAPTOP, address: undefined, port: "eth1", network: "home" }], 100);
  devices.clockSet(90_000, 0, 200);
  expect(devices.list().map(({ firstSeen, lastSeen }) => [firstSeen, lastSeen])).toEqual([
    [70_000, 80_000],
    [90_100, 90_100],
  ]);
});

test("volumes go on growing when the data plane starts counting anew", () => {
  const devices = registry();
  devices.updateTraffic([{ mac: LAPTOP, upBytes: 100, downBytes: 0 }], 1);
  devices.updateTraffic([{ mac: LAPTOP, upBytes: 150, downBytes: 0 }], 2);
  expect(devices.updateTraffic([{ mac: LAPTOP, upBytes: 30, downBytes: 5 }], 3)).toEqual([
    { mac: LAPTOP, up: 30, down: 5 },
  ]);
  expect(devices.list().map(({ upBytes, downBytes }) => [upBytes, downBytes])).toEqual([[180, 5]]);
});

test("a device that left stays known, by the name its owner chose, over a restart", () => {
  const before = registry();
  before.updateSightings([{ mac: PRINTER, address: undefined, port: "eth2", network: "home" }], 5);
  before.updateSightings([], 6);
  const after = registry();
  after.restore(before.acquaintances());
  expect(
    after
      .list()
      .map(({ name, connected, firstSeen, lastSeen }) => ({ name, connected, firstSeen, lastSeen })),
  ).toEqual([{ name: "printer", connected: false, firstSeen: 5, lastSeen: 5 }]);
});

const strangers = (count: number) =>
  Array.from({ length: count }, (_, i) => {
    const digits = i.toString(16).padStart(4, "0");
    return {
      mac: `02:00:00:00:${digits.slice(0, 2)}:${digits.slice(2)}` as Mac,
      address: undefined,
      port: undefined,
      network: "home",
    };
  });

test("a stranger inventing addresses cannot fill the memory", () => {
  const devices = registry();
  devices.updateSightings(strangers(5000), 1);
  expect(devices.list().length).toBe(1024);
});

test("the addresses a stranger invented give way to real devices, those of the home do not", () => {
  const devices = registry();
  devices.updateSightings([{ mac: PRINTER, address: undefined, port: "eth2", network: "home" }], 0);
  devices.updateSightings(strangers(1023), 1);
  devices.updateSightings([], 2);
  devices.updateSightings([{ mac: LAPTOP, address: undefined, port: "eth1", network: "home" }], 3);
  const known = devices.list().map(({ mac }) => mac);
  expect([known.length, known.includes(LAPTOP), known.includes(PRINTER)]).toEqual([1024, true, true]);
});

test("of devices that share an address, one after the other, the present one has it", () => {
  const registry = new DeviceRegistry(
    () => null,
    () => undefined,
  );
  const [gone, here] = ["02:00:5e:00:00:01", "02:00:5e:00:00:02"] as Mac[];
  const lease = { address: 0xc0a84d14, hostName: "", expires: 2000 };
  registry.updateLeases([{ ...lease, mac: gone! }], 1000);
  registry.updateLeases([{ ...lease, mac: here! }], 3000);
  expect([...registry.presentAddresses()]).toEqual([[here!, ["192.168.77.20"]]]);
});
