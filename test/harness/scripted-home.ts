import type { Device, Status } from "@gatehouse/runtime/api/model.ts";

/** When the scripted router's clock starts: 2026-11-22 18:30 UTC. */
export const START = Date.UTC(2026, 10, 22, 18, 30);
const HOUR = 3_600_000;

/** How a device uses the Internet: mean bit/s down and up, and whether it comes in bursts. */
export interface Habit {
  down: number;
  up: number;
  bursts: boolean;
}

type Person = [name: string, hostName: string | null, vendor: string | null, port: string, habit: Habit];

const IDLE: Habit = { down: 2_500, up: 1_200, bursts: true };

const HOUSEHOLD: Person[] = [
  [
    "Living room TV",
    "lr-tv",
    "Samsung Electronics",
    "enp3s0",
    { down: 18_400_000, up: 240_000, bursts: true },
  ],
  [
    "Mara's laptop",
    "maras-mbp",
    "Private address",
    "wlp5s0",
    { down: 6_200_000, up: 1_900_000, bursts: false },
  ],
  ["Backup NAS", "nas", "Synology", "enp2s0", { down: 310_000, up: 8_700_000, bursts: false }],
  ["Jonas' phone", "pixel-9", "Private address", "wlp5s0", { down: 2_100_000, up: 160_000, bursts: true }],
  [
    "Game console",
    "ps5-3f",
    "Sony Interactive Entertainment",
    "enp4s0",
    { down: 890_000, up: 410_000, bursts: false },
  ],
  ["Kitchen speaker", "kitchen", "Sonos", "wlp5s0", { down: 328_000, up: 9_000, bursts: false }],
  ["Doorbell", "doorbell-cam", "Axis Communications", "enp2s0", { down: 12_000, up: 620_000, bursts: false }],
  ["Heat pump", "heatpump", "Espressif", "wlp5s0", IDLE],
  ["Printer", "brw-2c", "Brother Industries", "enp2s0", { down: 0, up: 0, bursts: false }],
  ["Thermostat", "thermostat-hall", "tado", "wlp5s0", IDLE],
];

/** Two names a layout must survive. */
const STRANGERS: Person[] = [
  ["الحاسوب المحمول لِليلى", "leila-laptop", "Lenovo", "wlp5s0", { down: 540_000, up: 80_000, bursts: true }],
  [`Tablet ${"of the one who likes long names ".repeat(7)}`.slice(0, 200), null, null, "wlp5s0", IDLE],
];

export interface Resident {
  device: Device;
  habit: Habit;
}

/** `count` devices: ten of a household, two with difficult names, then sensors. */
export function residents(count: number): Resident[] {
  const people = [...HOUSEHOLD, ...STRANGERS];
  return Array.from({ length: count }, (_, i) => {
    const person = people[i] ?? [`Sensor ${i - 11}`, `sensor-${i - 11}`, "Espressif", "wlp5s0", IDLE];
    return resident(i, person as Person);
  });
}

function resident(i: number, [name, hostName, vendor, port, habit]: Person): Resident {
  const private_ = vendor === "Private address";
  const octets = [private_ ? 0x5a : 0x00, 0x11, (i * 37) % 256, (i * 91) % 256, (i * 13) % 256, i % 256];
  const connected = name !== "Printer";
  return {
    habit: connected ? habit : { down: 0, up: 0, bursts: false },
    device: {
      mac: octets.map((octet) => octet.toString(16).padStart(2, "0")).join(":"),
      name,
      hostName,
      address: `192.168.40.${10 + (i % 240)}`,
      ipv6: connected ? [`2001:db8:40::${(i + 10).toString(16)}`, `fd40:7:3::${(i + 10).toString(16)}`] : [],
      vendor,
      connected,
      port,
      network: "home",
      firstSeen: START - (i + 3) * 26 * HOUR,
      lastSeen: connected ? START : START - 5 * HOUR,
      leaseExpires: connected ? START + 9 * HOUR : null,
      upBytes: Math.round(habit.up * 900),
      downBytes: Math.round(habit.down * 900),
    },
  };
}

const PORTS = [
  { name: "enp2s0", carrier: true, speedMbit: 1000 },
  { name: "enp3s0", carrier: true, speedMbit: 2500 },
  { name: "enp4s0", carrier: true, speedMbit: 1000 },
  { name: "enp6s0", carrier: false, speedMbit: null },
];

/** A router on which everything works. */
export function healthy(): Status {
  return {
    version: "0.1.0",
    hostName: "gatehouse",
    routerAddress: "192.168.40.1",
    uptimeSeconds: 283_412,
    time: START,
    wan: {
      state: "online",
      interface: "enp1s0",
      mac: "00:11:32:8a:02:01",
      address: "203.0.113.24/22",
      gateway: "203.0.112.1",
      dns: ["198.51.100.53", "198.51.100.54"],
      since: START - 283_390_000,
    },
    lan: { interface: "br-lan", address: "192.168.40.1/24", ports: PORTS, clash: null },
    wifi: {
      state: "on",
      name: "Villa Kunterbunt",
      radio: "wlp5s0",
      explanation: "Phones and laptops can join with the passphrase (WPA2 and WPA3).",
    },
    nat: { state: "running", path: "offload", bindings: 412, drops: 3 },
    trial: null,
    notices: [],
  };
}

/** The same router after someone pulled the Internet's cable. */
export function unplugged(): Status {
  const status = healthy();
  return {
    ...status,
    wan: { ...status.wan, state: "no-cable", address: null, gateway: null, dns: [], since: START - 42_000 },
    lan: {
      ...status.lan,
      clash: "Your provider uses 192.168.1.0/24, so the home network moved to 192.168.40.0/24.",
    },
    wifi: {
      state: "no-radio",
      name: null,
      radio: null,
      explanation: "This machine has no Wi-Fi hardware. Plug in an access point by cable to add Wi-Fi.",
    },
    nat: { ...status.nat, bindings: 0 },
    notices: [
      {
        id: "configuration-unreadable",
        severity: "warning",
        text: "The settings file could not be read",
        hint: "The last good settings, of 21 November, are used. Nothing is lost.",
      },
      {
        id: "lan-moved",
        severity: "info",
        text: "The home network moved to 192.168.40.0/24",
        hint: "Your provider already uses the network it had. Devices find the new one by themselves.",
      },
    ],
  };
}
