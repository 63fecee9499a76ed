import { expect } from "bun:test";
import type { Home } from "@gatehouse/qemu/home.ts";
import type { Machine } from "@gatehouse/qemu/machine.ts";
import { topology } from "@gatehouse/qemu/topology.ts";
import { until } from "@gatehouse/qemu/wait.ts";
import { patience } from "./scenarios.ts";
import { wanAddress } from "./wan.ts";

const network = { name: "Gatehouse Lab", passphrase: "correct horse battery staple" };

/** The configuration with which the router opens a wireless network. */
export const wifiConfiguration = { version: 1, wifi: network };

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

const supplicant = `
cat >${tools}/run/wpa.conf <<END
network={
  ssid="${network.name}"
  psk="${network.passphrase}"
  key_mgmt=WPA-PSK SAE
  ieee80211w=1
}
END
${station} wpa_supplicant -B -i wlan1 -c /run/wpa.conf -f /run/wpa.log`;

const dhcp = `
cat >${tools}/run/lease <<'END'
#!/bin/bash
if [[ $1 == bound ]]; then
  ip addr add "$ip/$mask" dev "$interface"
  ip route add default via "$router"
fi
END
chmod +x ${tools}/run/lease
${station} busybox udhcpc -i wlan1 -n -q -t 30 -s /run/lease
ip -n station -4 -o addr show wlan1`;

/** A station joins the router's access point, gets a lease of the same LAN and reaches the internet through the NAT. */
export async function joinWifi(home: Home, { agent }: Machine): Promise<void> {
  const { tail } = home;
  await agent.started(patience, tail);
  await agent.sh(radios);
  await until({ what: "access point on wlan0", within: patience, tail }, async () => {
    const { stdout } = await agent.sh("iw dev wlan0 info");
    return stdout.includes("type AP") && stdout.includes(`ssid ${network.name}`);
  });
  await agent.sh(supplicant);
  await until({ what: "association of wlan1", within: patience, tail }, async () => {
    return (await agent.sh(`cat ${tools}/run/wpa.log`)).stdout.includes("CTRL-EVENT-CONNECTED");
  });
  const { router } = await home.client1.leased(1000);
  expect((await agent.sh(dhcp, patience)).stdout).toContain(` inet ${router.replace(/\d+$/, "")}`);
  const { web } = topology.internet;
  const { stdout } = await agent.sh(
    `${station} curl -sS --max-time 20 http://${web.address}/source`,
    patience,
  );
  expect(JSON.parse(stdout).address).toBe(await wanAddress(home));
}
