import { expect } from "bun:test";
import type { Home } from "@gatehouse/qemu/home.ts";
import { topology } from "@gatehouse/qemu/topology.ts";
import { until } from "@gatehouse/qemu/wait.ts";
import { patience, type Scenario } from "./scenarios.ts";

const { web6 } = topology.internet;
/** What each address of the home begins with: the delegated prefix without its last eight bits, and any network's number. */
const DELEGATED = /^2001:db8:a:1[0-9a-f]{2}:/;

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
