/** Two browsers, a STUN server, no relay: a data channel opens, as it does between two players or two callers. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Namespace } from "../netns/linux-namespace.ts";
import { Border } from "./border.ts";
import { BrowserPeer } from "./browser-peer.ts";
import { OTHER_SERVER, SERVER, Street } from "./street.ts";
import { StunServer } from "./stun-server.ts";

setDefaultTimeout(60_000);

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

/**
 * Connects browsers in two namespaces by what the STUN server told them, says something both ways, and gives how it went.
 * Candidates of the homes' own addresses are held back: where both homes have the same they lead astray, and where both
 * peers are in one home the NAT would not be in the way.
 */
async function talk(places: [Namespace, Namespace]) {
  const [caller, callee] = await Promise.all([
    BrowserPeer.open(places[0], SERVER),
    BrowserPeer.open(places[1], SERVER),
  ]);
  try {
    await callee.accept(await caller.describe());
    await caller.accept(await callee.describe());
    const peers = [caller, callee];
    const [fromCaller, fromCallee] = await Promise.all(peers.map((peer) => peer.candidates("srflx")));
    await Promise.all([callee.add(fromCaller!), caller.add(fromCallee!)]);
    await Promise.all(peers.map((peer) => peer.opened()));
    await Promise.all([caller.say("from caller"), callee.say("from callee")]);
    const heard = await Promise.all(peers.map((peer) => peer.heard(1)));
    return { heard, paths: await Promise.all(peers.map((peer) => peer.path())) };
  } finally {
    await Promise.all([caller.close(), callee.close()]);
  }
}

/** An end as STUN or the other peer sees it, at an external address. */
const external = (address: string) => new RegExp(`^(srflx|prflx) ${address.replaceAll(".", "\\.")}:\\d+$`);

function expectExternal({ heard, paths }: Awaited<ReturnType<typeof talk>>, near: string, far: string): void {
  expect(heard).toEqual([["from callee"], ["from caller"]]);
  const [caller, callee] = paths;
  expect(caller).toEqual({
    local: expect.stringMatching(external(near)),
    remote: expect.stringMatching(external(far)),
  });
  expect(callee).toEqual({ local: caller!.remote, remote: caller!.local });
}

test("between two houses of one street", async () => {
  const [first, second] = street.houses;
  expectExternal(await talk([first.client1, second.client1]), first.address, second.address);
});

test("within each house, by its external address", async () => {
  const calls = await street.atBoth(({ client1, client2 }) => talk([client1, client2]));
  street.houses.forEach(({ address }, i) => {
    expectExternal(calls[i]!, address, address);
  });
});

test("no address of the homes was seen outside", async () => {
  expect(await border.close()).toEqual([{}, {}]);
});
