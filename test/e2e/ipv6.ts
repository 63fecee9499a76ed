import { expect } from "bun:test";
import type { Home } from "@gatehouse/qemu/home.ts";
import { topology } from "@gatehouse/qemu/topology.ts";
import { until } from "@gatehouse/qemu/wait.ts";
import { patience, type Scenario } from "./scenarios.ts";

const { web, web6 } = topology.internet;
/** What each address of the home begins with: the delegated prefix without its last eight bits, and any network's number. */
const DELEGATED = /^2001:db8:a:1[0-9a-f]{2}:/;

/** Asks the name server at `server`, and prints what address the web has. */
const question = (server: string) => `
const { Resolver } = require("node:dns/promises");
const resolver = new Resolver();
resolver.setServers(["[${server}]:53"]);
console.log(...(await resolver.resolve4("${web.name}")));`;

/** The provider delegates a prefix; the devices make addresses of it by themselves. */
export const ipv6: Scenario = {
  name: "a client reaches a server that has IPv6 only, by its name, with an address of the delegated prefix",
  async check({ client1, provider, tail }: Home) {
    await client1.leased(patience, tail);
    const source = await until(
      { what: "the server's answer over IPv6", within: patience, tail },
      async () => {
        const { stdout } = await client1.place.run(["curl", "-s", "-m", "5", `http://${web6.name}/source`], {
          mayFail: true,
        });
        return stdout === "" ? undefined : (JSON.parse(stdout).address as string);
      },
    );
    expect(source).toMatch(DELEGATED);
    const echo = ["ping", "-c", "1", "-W", "2", source];
    const page = ["curl", "-s", "-m", "2", `http://[${source.replace(/:[^:]+:[^:]+:[^:]+:[^:]+$/, "::1")}]/`];
    expect([
      (await provider.place.run(echo, { mayFail: true })).status,
      (await provider.place.run(page, { mayFail: true })).stdout,
    ]).toEqual([0, ""]);
  },
};

/** The router's own address of the home's prefix, by its name. */
export const atHome: Scenario = {
  name: "over IPv6 the router answers names and opens its page at home, and knows its devices' addresses",
  async check({ client1, tail }: Home) {
    const named = await until({ what: "the router's IPv6 address", within: patience, tail }, async () => {
      const { stdout } = await client1.place.run(["getent", "ahostsv6", "gatehouse.lan"], { mayFail: true });
      return /^fd\S+/.exec(stdout)?.[0];
    });
    const answer = await client1.place.run([process.execPath, "-e", question(named)]);
    expect(answer.stdout.trim()).toBe(web.address);
    const devices = JSON.parse(await client1.fetch(`http://[${named}]/api/devices`));
    const own = devices.find(({ mac }: { mac: string }) => mac === client1.station.mac);
    expect(
      own.ipv6.filter((address: string) => DELEGATED.test(address) || address.startsWith("fd")),
    ).not.toBeEmpty();
  },
};
