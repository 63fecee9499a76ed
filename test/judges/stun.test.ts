/** Programs that ask a STUN server what kind of NAT they are behind (RFC 5780, RFC 3489). */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Border } from "./border.ts";
import { run } from "./run.ts";
import { CLIENT1, OTHER_SERVER, SERVER, Street } from "./street.ts";
import { StunServer } from "./stun-server.ts";

let street: Street;
let border: Border;
let stun: StunServer;

beforeAll(async () => {
  street = await Street.open();
  border = await Border.open(street);
  stun = await StunServer.open(street.provider, SERVER, OTHER_SERVER);
});

afterAll(async () => {
  await stun.close();
  await street.close();
});

describe.each([0, 1] as const)("house %d", (number) => {
  const ask = async (...options: string[]) => {
    const { client1 } = street.houses[number];
    return (await run(client1, ["turnutils_natdiscovery", ...options, SERVER])).text;
  };

  test("natdiscovery: endpoint-independent mapping and filtering, and hairpin", async () => {
    const text = await ask("-m", "-f", "-H");
    expect(text.match(/NAT with .*!|successful hairpinning/g)).toEqual([
      "successful hairpinning",
      "NAT with Endpoint Independent Mapping!",
      "NAT with Endpoint Independent Filtering!",
    ]);
  });

  test("natdiscovery: the binding is there a second later", async () => {
    // Its second answer comes to its first socket, which has been silent meanwhile (RFC 5780 section 4.6).
    expect((await ask("-t", "-T", "1")).match(/RFC 5780 response \d/g)).toHaveLength(2);
  });

  test("natdiscovery: two addresses with one port do not collide", async () => {
    const { client1 } = street.houses[number];
    client1.ip("address add 192.168.77.21/24 dev eth0");
    const text = await ask("-c", "-L", CLIENT1, "-l", "4000", "-A", "192.168.77.21");
    const endpoints = [...text.matchAll(/UDP reflexive addr: (\S+)/g)].map(([, endpoint]) => endpoint);
    const { address } = street.houses[number];
    expect([endpoints[0], endpoints[1]?.split(":")[0]]).toEqual([`${address}:4000`, address]);
    expect(endpoints[1]).not.toBe(endpoints[0]);
  });

  test("stun: full cone, with hairpin", async () => {
    const { client1 } = street.houses[number];
    expect((await run(client1, ["stun", SERVER])).text).toContain(
      "Primary: Independent Mapping, Independent Filter, preserves ports, will hairpin",
    );
  });
});

test("no address of the homes was seen outside", async () => {
  expect(await border.close()).toEqual([{}, {}]);
});
