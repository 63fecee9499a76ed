/** Programs that ask a STUN server what kind of NAT they are behind (RFC 5780, RFC 3489). */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Namespace } from "../netns/linux-namespace.ts";
import { Border } from "./border.ts";
import { run } from "./run.ts";
import { CLIENT1, CLIENT2, OTHER_SERVER, SERVER, Street } from "./street.ts";
import { StunServer } from "./stun-server.ts";

setDefaultTimeout(60_000);

/** Of client1, as well as its own. */
const SECOND_ADDRESS = "192.168.77.21";

let street: Street;
let border: Border;
let stun: StunServer;

beforeAll(async () => {
  street = await Street.open();
  border = await Border.open(street);
  stun = await StunServer.open(street.provider, SERVER, OTHER_SERVER);
  for (const { client1 } of street.houses) client1.ip(`address add ${SECOND_ADDRESS}/24 dev eth0`);
});

afterAll(async () => {
  await stun.close();
  await street.close();
});

/** What coturn's client writes; each of its verdicts begins "NAT with" and ends in an exclamation mark. */
async function natdiscovery(place: Namespace, ...options: string[]): Promise<string> {
  return (await run(place, ["turnutils_natdiscovery", ...options, SERVER])).text;
}

const VERDICT = /NAT with .*!|successful hairpinning/g;
/** Of a lifetime test the second comes to the first socket, which has been silent meanwhile (RFC 5780 section 4.6). */
const ANSWER = /RFC 5780 response \d/g;

test("natdiscovery: endpoint-independent mapping and filtering, and hairpin", async () => {
  const verdicts = await street.atBoth(async ({ client1 }) => {
    return [...((await natdiscovery(client1, "-m", "-f", "-H")).match(VERDICT) ?? [])];
  });
  const fullCone = [
    "successful hairpinning",
    "NAT with Endpoint Independent Mapping!",
    "NAT with Endpoint Independent Filtering!",
  ];
  expect(verdicts).toEqual([fullCone, fullCone]);
});

test("stun: full cone, with hairpin", async () => {
  const verdicts = await street.atBoth(async ({ client1 }) => {
    return (await run(client1, ["stun", SERVER])).text.match(/Primary: (.*\S)/)?.[1];
  });
  const fullCone = "Independent Mapping, Independent Filter, preserves ports, will hairpin";
  expect(verdicts).toEqual([fullCone, fullCone]);
});

test("natdiscovery: two addresses with one port do not collide", async () => {
  await street.atBoth(async ({ client1, address }) => {
    const text = await natdiscovery(client1, "-c", "-L", CLIENT1, "-l", "4000", "-A", SECOND_ADDRESS);
    const endpoints = [...text.matchAll(/UDP reflexive addr: (\S+)/g)].map(([, endpoint]) => endpoint);
    expect([endpoints[0], endpoints[1]?.split(":")[0]]).toEqual([`${address}:4000`, address]);
    expect(endpoints[1]).not.toBe(endpoints[0]);
  });
});

test("natdiscovery: a binding is there a second later", async () => {
  const answers = await street.atBoth(async ({ client1 }) => {
    return (await natdiscovery(client1, "-t", "-T", "1")).match(ANSWER)?.length;
  });
  expect(answers).toEqual([2, 2]);
});

test("both: a device's own filtering is what they find, and a binding's end", async () => {
  const found = await street.atBoth(async ({ client1, client2, dataplane, config }) => {
    const hosts = [
      { address: CLIENT1, filtering: "address" as const },
      { address: CLIENT2, filtering: "address-and-port" as const },
    ];
    await dataplane.configure({ ...config, timers: { udp: 1 }, filtering: { default: "open", hosts } });
    const judged = [client1, client2].map(async (client) => {
      const [newer, older] = await Promise.all([
        natdiscovery(client, "-m", "-f"),
        run(client, ["stun", SERVER]),
      ]);
      return [...(newer.match(VERDICT) ?? []), older.text.match(/Mapping, (.*), preserves/)?.[1]];
    });
    const late = natdiscovery(client1, "-t", "-T", "3", "-L", SECOND_ADDRESS, "-l", "4001");
    const verdicts = await Promise.all(judged);
    const answers = (await late).match(ANSWER)?.length;
    await dataplane.configure(config);
    return { verdicts, answers };
  });
  const mapping = "NAT with Endpoint Independent Mapping!";
  const asSet = {
    verdicts: [
      [mapping, "NAT with Address Dependent Filtering!", "Address Dependent Filter"],
      [mapping, "NAT with Address and Port Dependent Filtering!", "Port Dependent Filter"],
    ],
    // Only the one to its second socket: the binding of the first is gone.
    answers: 1,
  };
  expect(found).toEqual([asSet, asSet]);
});

test("no address of the homes was seen outside", async () => {
  expect(await border.close()).toEqual([{}, {}]);
});
