/**
 * A network that reaches its devices by a VLAN's tag, in the image itself: the kernel that runs the lab may know no VLANs, so its port,
 * the cable and the device are inside the router's own machine.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Home } from "@gatehouse/qemu/home.ts";
import { Machine } from "@gatehouse/qemu/machine.ts";
import { printStep } from "@gatehouse/qemu/step.ts";
import { topology } from "@gatehouse/qemu/topology.ts";
import { until } from "@gatehouse/qemu/wait.ts";
import { border, patience } from "./scenarios.ts";
import { wanAddress } from "./wan.ts";

setDefaultTimeout(900_000);

const { web } = topology.internet;
const VLAN = 30;
const PORT = "trunk0";
const ROUTER = "192.168.90.1";
const configuration = {
  version: 2,
  lans: [
    {},
    {
      name: "things",
      address: `${ROUTER}/24`,
      ports: [],
      vlan: VLAN,
      tagged: [PORT],
      router: false,
    },
  ],
  rules: [{ from: "home", to: "things" }],
};

/** Where the guest mounts the lab's tools. */
const tools = "/run/lab-tools";
/** A device behind a switch that knows VLANs: `eth0` sends and hears frames with the tag, through the trunk's other end. */
const cables = `
mkdir -p ${tools}
mount -t erofs -o ro /dev/disk/by-id/virtio-tools ${tools}
mount -t proc proc ${tools}/proc
mount --rbind /dev ${tools}/dev
mount -t tmpfs tmpfs ${tools}/run
ip netns add thing
ip link add ${PORT} type veth peer name trunk1 netns thing
ip -n thing link set lo up
ip -n thing link set trunk1 up
ip -n thing link add link trunk1 name eth0 type vlan id ${VLAN}
ip -n thing link set eth0 up`;

let home: Home;
let machine: Machine;

beforeAll(async () => {
  const credentials = { "gatehouse.config": JSON.stringify(configuration) };
  home = await Home.build((namespaces) => {
    machine = new Machine(namespaces, { credentials });
    return machine;
  }, printStep);
  await home.router.start();
  for (const client of home.clients) client.powerOn();
  await machine.agent.started(4 * patience, home.tail);
  await machine.agent.sh(cables);
  await home.client1.leased(2 * patience, home.tail);
});

afterAll(() => home?.close());

/** What a program of the lab's tools says as the device, and how it ended. */
async function thing(command: string): Promise<string> {
  const { stdout } = await machine.agent.sh(
    `ip netns exec thing chroot ${tools} ${command} 2>&1 || echo failed`,
  );
  return stdout.trim();
}

test("a device gets a lease of its own network through the VLAN's tag", async () => {
  const lease = await until(
    { what: "a lease over the VLAN", within: patience, tail: home.tail },
    async () => {
      const said = await thing("busybox udhcpc -i eth0 -n -q -f -t 3 -T 2 -s /bin/true");
      return /lease of (192\.168\.90\.\d+) obtained from 192\.168\.90\.1/.exec(said)?.[1];
    },
  );
  await machine.agent.sh(`
    ip -n thing addr add ${lease}/24 dev eth0
    ip -n thing route add default via ${ROUTER}`);
  const { stdout } = await machine.agent.sh(`ip -d -o link show t-things-0; ip -o link show ${PORT}`);
  expect(stdout).toContain(`vlan protocol 802.1Q id ${VLAN}`);
  expect(stdout).toContain("master br-things");
});

test("it reaches the Internet by the router's address, and nothing of the home, which reaches it", async () => {
  const { router, address } = await home.client1.leased(1000);
  const page = JSON.parse(await thing(`curl -s --max-time 10 http://${web.address}/source`));
  expect(page.address).toBe(await wanAddress(home));
  const { stdout } = await machine.agent.sh("ip -n thing -4 -o addr show dev eth0");
  const own = /192\.168\.90\.\d+/.exec(stdout)?.[0] ?? "";
  expect([
    await home.client1.ping(own),
    await thing(`ping -c 1 -W 2 ${address}`).then((said) => said.endsWith("failed")),
    await thing(`curl -s --max-time 3 http://${ROUTER}/`),
    await thing(`curl -s --max-time 3 http://${router}/`),
  ]).toEqual([true, true, "failed", "failed"]);
});

test("untagged frames on the trunk are nobody's", async () => {
  const said = await thing("busybox udhcpc -i trunk1 -n -q -f -t 2 -T 2 -s /bin/true");
  expect(said).toContain("no lease");
});

test(border.name, () => border.check(home));
