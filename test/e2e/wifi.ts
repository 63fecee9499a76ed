import { expect } from "bun:test";
import type { Agent } from "@gatehouse/qemu/agent.ts";
import type { Home } from "@gatehouse/qemu/home.ts";
import type { Machine } from "@gatehouse/qemu/machine.ts";
import { topology } from "@gatehouse/qemu/topology.ts";
import { until } from "@gatehouse/qemu/wait.ts";
import { Visitor } from "./owner.ts";
import { patience } from "./scenarios.ts";
import { wanAddress } from "./wan.ts";

const passphrase = "correct horse battery staple";

/** One network of each kind of security, the WPA3 one hidden, the guests' in a network of its own. */
const networks = [
  { name: "Gatehouse Lab", passphrase },
  { name: "Lab, old", passphrase, security: "wpa2" },
  { name: "Lab, new", passphrase, security: "wpa3", hidden: true },
  { name: "Lab, guests", passphrase: " for | guests ", lan: "guest", isolated: true },
];

/** The configuration with which the router opens wireless networks, on the fastest band of the first radio. */
export const wifiConfiguration = {
  version: 2,
  lans: [{}, { name: "guest", ports: [] }],
  wifi: { country: "DE", radios: [{ interface: "wlan0" }], networks },
};

/** Where the guest mounts the lab's tools; its writable folders are in memory. */
const tools = "/run/lab-tools";
const station = `ip netns exec station chroot ${tools}`;

/** Two simulated radios: the router finds the first, the second goes into a namespace of its own inside the guest. */
const radios = `
modprobe mac80211_hwsim radios=2
udevadm settle
mkdir -p ${tools}
mount -t erofs -o ro /dev/disk/by-id/virtio-tools ${tools}
mount -t tmpfs tmpfs ${tools}/run
mount -t proc proc ${tools}/proc
mount --bind /dev ${tools}/dev
ip netns add station
iw phy "$(cat /sys/class/net/wlan1/phy80211/name)" set netns name station`;

/** Each way to join: what the station does, and how its supplicant says that it came in or why it did not. */
const JOINED = /CTRL-EVENT-CONNECTED/;
const REFUSED = /reason=(WRONG_KEY|CONN_FAILED|AUTH_FAILED)|status_code=15|4-Way Handshake failed/;
const ATTEMPTS: [what: string, block: string, outcome: RegExp][] = [
  ["WPA2 in transition", block(0, "key_mgmt=WPA-PSK"), JOINED],
  ["WPA3 in transition", block(0, "key_mgmt=SAE", "ieee80211w=2"), JOINED],
  ["WPA2", block(1, "key_mgmt=WPA-PSK"), JOINED],
  ["WPA2 with a wrong passphrase", block(1, "key_mgmt=WPA-PSK").replace("horse", "mouse"), REFUSED],
  ["WPA3, hidden", block(2, "key_mgmt=SAE", "ieee80211w=2", "scan_ssid=1"), JOINED],
  [
    "WPA3 with a wrong passphrase",
    block(2, "key_mgmt=SAE", "ieee80211w=2", "scan_ssid=1").replace("horse", "mouse"),
    REFUSED,
  ],
  ["guests", block(3, "key_mgmt=SAE", "ieee80211w=2"), JOINED],
];

function block(network: number, ...lines: string[]): string {
  const { name, passphrase } = networks[network]!;
  return [`ssid="${name}"`, `psk="${passphrase}"`, ...lines].join("\n");
}

/** Starts a supplicant that knows that one network; `sae_pwe=2` lets it do both ways of WPA3. */
const supplicant = (network: string) => `
if [ -e ${tools}/run/wpa.pid ]; then kill "$(cat ${tools}/run/wpa.pid)"; while [ -e ${tools}/run/wpa.pid ]; do sleep 0.1; done; fi
rm -f ${tools}/run/wpa.log
cat >${tools}/run/wpa.conf <<'END'
sae_pwe=2
network={
${network}
}
END
${station} wpa_supplicant -B -P /run/wpa.pid -i wlan1 -c /run/wpa.conf -f /run/wpa.log`;

const dhcp = `
cat >${tools}/run/lease <<'END'
#!/bin/bash
if [[ $1 == bound ]]; then
  ip addr flush dev "$interface"
  ip addr add "$ip/$mask" dev "$interface"
  ip route add default via "$router"
fi
END
chmod +x ${tools}/run/lease
${station} busybox udhcpc -i wlan1 -n -q -t 30 -s /run/lease
ip -n station -4 -o addr show wlan1`;

async function attempt(agent: Agent, tail: () => string, what: string, network: string, outcome: RegExp) {
  await agent.sh(supplicant(network));
  const log = async () => (await agent.sh(`cat ${tools}/run/wpa.log`)).stdout;
  await until({ what: `${outcome} of ${what}`, within: patience, tail }, async () =>
    outcome.test(await log()),
  );
  if (outcome === REFUSED) expect(await log()).not.toMatch(JOINED);
}

/** How often each access point was started, and since when it runs. */
const STARTS = "systemctl show -p ActiveEnterTimestampMonotonic -p NRestarts gatehouse-hostapd@wlan0.service";

/** A radio is plugged in: all networks are sent on its fastest band, and stations join each by its kind of security. */
export async function joinWifi(home: Home, { agent }: Machine): Promise<void> {
  const { tail } = home;
  await agent.started(patience, tail);
  const { router } = await home.client1.leased(patience, tail);
  await agent.sh(radios);
  await until({ what: "access point on wlan0", within: patience, tail }, async () => {
    const { stdout } = await agent.sh("iw dev");
    return networks.every(({ name }) => stdout.includes(`ssid ${name}`)) && stdout;
  });
  expect((await agent.sh("iw dev wlan0 info")).stdout).toMatch(/channel \d+ \(5\d{3} MHz\), width: 80 MHz/);
  const started = await agent.sh(STARTS);
  for (const [what, network, outcome] of ATTEMPTS) {
    await attempt(agent, tail, what, network, outcome);
    if (what === "WPA2 in transition") await reachInternet(home, agent, router.replace(/\d+$/, ""));
  }
  const { stdout } = await agent.sh(dhcp, patience);
  expect(stdout).toContain(" inet ");
  expect(stdout).not.toContain(` inet ${router.replace(/\d+$/, "")}`);
  expect(await agent.sh(STARTS)).toEqual(started);
}

const NEW = "another for guests";

/** The owner changes one network's passphrase, which touches no other, and lets another one sleep. */
export async function changeWifi(home: Home, { agent }: Machine): Promise<void> {
  const { tail } = home;
  const owner = await Visitor.at(home.client1, tail);
  await owner.signIn();
  const { body } = await owner.ask("wifi");
  expect(body.stations).toEqual([expect.objectContaining({ network: "Lab, guests", band: "5" })]);
  const started = await agent.sh(STARTS);
  await change(owner, tail, (networks) => {
    networks[3]!.passphrase = NEW;
  });
  const log = async () => (await agent.sh(`cat ${tools}/run/wpa.log`)).stdout;
  await until({ what: "guests being sent away", within: patience, tail }, async () =>
    /CTRL-EVENT-DISCONNECTED|WRONG_KEY|CONN_FAILED/.test(await log()),
  );
  const guests = block(3, "key_mgmt=SAE", "ieee80211w=2");
  await attempt(agent, tail, "guests with the former passphrase", guests, REFUSED);
  await attempt(agent, tail, "guests", guests.replace(networks[3]!.passphrase, NEW), JOINED);
  expect(await agent.sh(STARTS)).toEqual(started);
  await change(owner, tail, (networks) => {
    networks[1]!.off = [
      { from: "00:00", to: "23:59" },
      { from: "23:59", to: "00:00" },
    ];
  });
  await until({ what: "the end of a network at its hour", within: patience, tail }, async () => {
    const { stdout } = await agent.sh("iw dev");
    return stdout.includes("ssid Lab, guests") && !stdout.includes("ssid Lab, old");
  });
  const { body: asleep } = await owner.ask("wifi");
  expect(asleep.networks[1]).toMatchObject({ name: "Lab, old", state: "hours", bands: [] });
}

/** Makes a change of the wireless networks and confirms it. */
async function change(
  owner: Visitor,
  tail: () => string,
  edit: (networks: Record<string, unknown>[]) => void,
): Promise<void> {
  const { body } = await owner.ask("configuration");
  edit(body.document.wifi.networks);
  const { status, body: made } = await owner.tell("PUT", "configuration", {
    document: body.document,
    revision: body.revision,
  });
  expect(status).toBe(200);
  if (made.trial === null) return;
  const kept = { id: made.trial.id, decision: "keep" };
  await until({ what: "confirmation of the change", within: 60_000, tail }, async () => {
    return (await owner.tell("POST", "configuration/trial", kept)).status === 200;
  });
}

/** The station gets a lease of the home's network and reaches the internet through the NAT. */
async function reachInternet(home: Home, agent: Agent, network: string): Promise<void> {
  expect((await agent.sh(dhcp, patience)).stdout).toContain(` inet ${network}`);
  const { web } = topology.internet;
  const { stdout } = await agent.sh(
    `${station} curl -sS --max-time 20 http://${web.address}/source`,
    patience,
  );
  expect(JSON.parse(stdout).address).toBe(await wanAddress(home));
}
