/** Two ways to the Internet, one of which signs in by PPPoE on a VLAN: a real pppd against a real server, and what happens when it fails. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Home } from "@gatehouse/qemu/home.ts";
import { Machine } from "@gatehouse/qemu/machine.ts";
import { printStep } from "@gatehouse/qemu/step.ts";
import { until } from "@gatehouse/qemu/wait.ts";
import { border, patience } from "./scenarios.ts";
import { line, SignInProvider } from "./sign-in-provider.ts";
import { wanAddress } from "./wan.ts";

setDefaultTimeout(900_000);

const MAC = "02:00:5e:10:00:77";
const configuration = {
  version: 2,
  wans: [
    {
      name: "fibre",
      port: line.port,
      vlan: line.vlan,
      mac: MAC,
      mode: "pppoe",
      pppoe: { user: line.user, password: line.password },
      mtu: 1500,
      check: [line.web],
    },
    { name: "cable" },
  ],
};

let home: Home;
let machine: Machine;
let provider: SignInProvider;

beforeAll(async () => {
  const credentials = { "gatehouse.config": JSON.stringify(configuration) };
  home = await Home.build((namespaces) => {
    machine = new Machine(namespaces, { credentials });
    return machine;
  }, printStep);
  await home.router.start();
  for (const client of home.clients) client.powerOn();
  await machine.agent.started(3 * patience, home.tail);
  provider = await SignInProvider.open(machine.agent);
  await home.client1.leased(3 * patience, home.tail);
});

afterAll(() => home?.close());

/** What the client gets from `url`, empty when nothing comes within some seconds. */
async function fetched(url: string): Promise<string> {
  const { stdout } = await home.client1.place.run(["curl", "-s", "--max-time", "4", url], { mayFail: true });
  return stdout.trim();
}

interface Status {
  wan: { state: string; interface: string; address: string; dns: string[] };
  notices: { text: string }[];
}

async function status(): Promise<Status> {
  const { router } = await home.client1.leased(1000);
  return JSON.parse(await fetched(`http://${router}/api/status`));
}

/** Waits until clients come out by the way on `port`; how long that took, in milliseconds. */
async function cameOutBy(port: string): Promise<number> {
  const begin = performance.now();
  await until({ what: `the Internet by ${port}`, within: patience, tail: home.tail }, async () => {
    return (await status().catch(() => undefined))?.wan.interface === port;
  });
  return performance.now() - begin;
}

const bySignIn = () =>
  until({ what: "a page over the line", within: patience, tail: home.tail }, () =>
    fetched(`http://${line.web}/cgi-bin/source`),
  );

test("the router signs in on the VLAN with a cloned address, and clients come out with what it got", async () => {
  await cameOutBy("ppp-fibre");
  const source = await bySignIn();
  const { wan } = await status();
  expect([source, wan.dns]).toEqual([wan.address.replace("/32", ""), [line.dns]]);
  expect(source).toStartWith(line.network);
  const { stdout } = await machine.agent.sh(
    `cat /sys/class/net/wan-fibre/address /sys/class/net/ppp-fibre/mtu; stat -c %a /run/gatehouse/ppp/fibre.conf
     ip -n isp neigh show dev access; ip -n isp -o link show ppp0`,
  );
  expect(stdout).toStartWith(`${MAC}\n1500\n600\n`);
});

test("packets of 1500 bytes cross it whole (RFC 4638)", async () => {
  const { stdout } = await home.client1.place.run(["ping", "-c", "3", "-M", "do", "-s", "1472", line.web], {
    mayFail: true,
  });
  expect(stdout).toMatch(/[123] received/);
});

test("while nobody answers over it, with cable and sign-in as they were, the other way is used; then it is again", async () => {
  await provider.answers(false);
  const away = await cameOutBy((await machine.agent.sh("ls /sys/class/net")).stdout.match(/enp\w+/)![0]);
  const { notices } = await status();
  expect(notices.map(({ text }) => text)).toContain(
    "fibre is connected, but nobody answers over it, so another way to the Internet is used.",
  );
  const { address } = await home.client1.source();
  expect(address).toBe(await wanAddress(home));
  await provider.answers(true);
  const back = await cameOutBy("ppp-fibre");
  expect(await bySignIn()).toStartWith(line.network);
  console.log(`to the other way after ${Math.round(away)} ms, back after ${Math.round(back)} ms`);
});

test("a wrong password is told in words, while the other way is used", async () => {
  await provider.expect("another one");
  await until({ what: "the refusal in words", within: patience, tail: home.tail }, async () => {
    const { notices } = await status();
    return notices.some(
      ({ text }) => text === "fibre: the provider refused the user name or the password; correct them.",
    );
  });
  expect((await home.client1.source()).address).toBe(await wanAddress(home));
  await provider.expect(line.password);
  await cameOutBy("ppp-fibre");
  expect(await bySignIn()).toStartWith(line.network);
});

test(border.name, () => border.check(home));
