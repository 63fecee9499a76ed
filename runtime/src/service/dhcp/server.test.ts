import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseIPv4 } from "../../addr/ipv4.ts";
import type { Mac } from "../../addr/mac.ts";
import { clientMessage } from "../../dhcp/client.fixture.ts";
import { type DhcpMessage, emitDhcp, parseDhcp } from "../../wire/dhcp/message.ts";
import { MessageType, Option, octetOption, text, words } from "../../wire/dhcp/options.ts";
import { createLog } from "../log.ts";
import { type DhcpOptions, startDhcpServer } from "./server.ts";

const ip = (dotted: string) => parseIPv4(dotted)!;
const CLIENT = "02:00:5e:10:00:01" as Mac;
const OPTIONS: DhcpOptions = {
  interface: "br-lan",
  server: { address: ip("192.168.77.1"), length: 24 },
  first: ip("192.168.77.10"),
  last: ip("192.168.77.19"),
  leaseSeconds: 3600,
  domain: "lan",
  dns: [ip("192.168.77.1")],
  reservations: [],
};

const folders: string[] = [];
function folder(): string {
  folders.push(mkdtempSync(join(tmpdir(), "gatehouse-dhcp-")));
  return folders.at(-1)!;
}
afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true });
});

/** The service on a link made of function calls. */
function serve(stateDirectory: string, options = OPTIONS, now = () => 1000) {
  const lines: string[] = [];
  const waiting: ((reply: [string, DhcpMessage]) => void)[] = [];
  let receive: (bytes: Uint8Array) => void = () => {};
  let changes = 0;
  const answer = (to: string) => (bytes: Uint8Array) =>
    waiting.shift()!([to, parseDhcp(bytes) as DhcpMessage]);
  const service = startDhcpServer(options, {
    leases: join(stateDirectory, "leases.json"),
    log: createLog("dhcp", (line) => lines.push(line)),
    onChange: () => changes++,
    now,
    openSocket: (_name, onMessage) => {
      receive = (bytes) => onMessage(bytes, 0, 68);
      return {
        broadcast: answer("link"),
        sendTo: (_address, port, bytes) => answer(`port ${port}`)(bytes),
        sendToNeighbour: (mac, _source, _address, bytes) => answer(mac)(bytes),
        close: () => {},
      };
    },
  });
  const ask = (type: number, fields: Partial<DhcpMessage> = {}, options: [number, Uint8Array][] = []) =>
    new Promise<[string, DhcpMessage]>((resolve) => {
      waiting.push(resolve);
      const all = new Map([[Option.messageType as number, Uint8Array.of(type)], ...options]);
      receive(emitDhcp(clientMessage(CLIENT, { ...fields, options: all })));
    });
  return { service, ask, lines, receive: (bytes: Uint8Array) => receive(bytes), changes: () => changes };
}

const requestFor = (offer: DhcpMessage): [number, Uint8Array][] => [
  [Option.requestedAddress, words(offer.yiaddr)],
  [Option.serverIdentifier, words(OPTIONS.server.address)],
  [Option.hostName, text("laptop")],
];

test("an acknowledged lease is on the disk before the client hears of it, and survives a restart", async () => {
  const state = folder();
  const { ask, service, changes, lines } = serve(state);
  const [offeredTo, offer] = await ask(MessageType.discover);
  const [acknowledgedTo, ack] = await ask(MessageType.request, {}, requestFor(offer));
  const stored = JSON.parse(readFileSync(join(state, "leases.json"), "utf8"));
  expect([offeredTo, acknowledgedTo, octetOption(ack.options, Option.messageType)]).toEqual([
    CLIENT,
    CLIENT,
    5,
  ]);
  expect(stored).toEqual({ version: 1, leases: service.leases() });
  expect([changes(), lines.length]).toEqual([1, 2]);
  service.stop();

  const restarted = serve(state);
  expect(restarted.service.leases()).toEqual(stored.leases);
  const [to, renewed] = await restarted.ask(MessageType.request, { ciaddr: ack.yiaddr });
  expect([to, octetOption(renewed.options, Option.messageType), renewed.yiaddr]).toEqual([
    "port 68",
    5,
    ack.yiaddr,
  ]);
});

test("a lease goes on when the clock, wrong since the boot, is set", async () => {
  let now = 1000;
  const { ask, service } = serve(folder(), OPTIONS, () => now);
  const [, offer] = await ask(MessageType.discover);
  await ask(MessageType.request, {}, requestFor(offer));
  now += 100 * 86_400_000;
  expect(service.leases().map(({ address }) => address)).toEqual([offer.yiaddr]);
  service.stop();
});

test("many requests at once share few writes and all are answered", async () => {
  const { ask, service } = serve(folder());
  const asked = Array.from({ length: 8 }, (_, i) =>
    ask(MessageType.request, {}, [
      [Option.clientIdentifier, Uint8Array.of(1, i)],
      [Option.requestedAddress, words(OPTIONS.first + i)],
    ]),
  );
  const addresses = (await Promise.all(asked)).map(([, ack]) => ack.yiaddr);
  expect(addresses).toEqual(Array.from({ length: 8 }, (_, i) => OPTIONS.first + i));
  expect([service.leases().length, service.counters()]).toEqual([8, { acknowledged: 8 }]);
});

test("a disk that takes nothing is reported and clients are served all the same", async () => {
  const state = join(folder(), "a file");
  writeFileSync(state, "");
  const { ask, service, lines } = serve(state);
  const [, ack] = await ask(MessageType.request, {}, [[Option.requestedAddress, words(OPTIONS.first)]]);
  expect([octetOption(ack.options, Option.messageType), service.counters()]).toEqual([
    5,
    { acknowledged: 1, "not stored": 1 },
  ]);
  expect(lines.filter((line) => line.includes("cannot be stored")).length).toBe(1);
});

const ENTRY = {
  client: "id:01",
  mac: CLIENT,
  address: OPTIONS.first,
  hostName: "laptop",
  vendorClass: "",
  expires: 9e12,
};

test.each<[string, string, number]>([
  ["nothing", "", 0],
  ["half a document", '{"version":1,"leases":[{"client":', 0],
  ["another document", '{"leases":{}}', 0],
  ["a newer document", '{"version":2,"leases":[]}', 0],
  [
    "one good entry of three",
    JSON.stringify({ version: 1, leases: [ENTRY, null, { ...ENTRY, address: -1 }] }),
    1,
  ],
  ["a forged name", JSON.stringify({ version: 1, leases: [{ ...ENTRY, hostName: "a\nb" }] }), 0],
])("a lease file holding %s is read as far as it can be, and said", (_what, content, kept) => {
  const state = folder();
  writeFileSync(join(state, "leases.json"), content);
  const { service, lines } = serve(state);
  expect([service.leases().length, lines.filter((line) => line.startsWith("<3>")).length]).toEqual([kept, 1]);
});

test("malformed messages are counted and logged once a minute", () => {
  const { service, receive, lines } = serve(folder());
  for (let i = 0; i < 100; i++) receive(new Uint8Array(i));
  expect([service.counters(), lines.length]).toEqual([{ short: 100 }, 2]);
});

test("an interface that is not there is waited for", () => {
  const lines: string[] = [];
  const service = startDhcpServer(
    { ...OPTIONS, interface: "gh-none" },
    {
      leases: join(folder(), "leases.json"),
      log: createLog("dhcp", (line) => lines.push(line)),
      onChange: () => {},
    },
  );
  service.stop();
  expect(lines).toEqual([expect.stringMatching(/^<4>dhcp: cannot serve gh-none yet: .*ENODEV/)]);
});
