/** What a client does shows in the account of the traffic, through the real data plane, name server and API. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type {
  CaptureSummary,
  DnsQuestion,
  TrafficTop,
  TrafficTotal,
} from "../../runtime/src/service/traffic/source.ts";
import { UdpPeer } from "./peers.ts";
import { SERVER } from "./topology.ts";
import { API, NAMED_SERVER, SITE, TrafficHome } from "./traffic-home.ts";

setDefaultTimeout(60_000);

const PORT = 4433;
/** Ethernet, IPv4 and UDP. */
const HEADERS = 42;

let home: TrafficHome;
let server: UdpPeer;

beforeAll(async () => {
  home = await TrafficHome.open();
  server = await UdpPeer.open(home.tap.net.provider, PORT, SERVER, true);
});

afterAll(async () => {
  server?.close();
  await home?.close();
});

/** What the API has of the client's questions. */
function questions(): DnsQuestion[] {
  return home.get(`/traffic/devices/${home.tap.client1Mac}/questions`);
}

const texts = Array.from({ length: 50 }, (_, i) => `${i} `.padEnd(700 + i, "datagram "));

test("a client's datagrams are counted to the byte, with the name that it asked our name server for", async () => {
  home.tap.net.client1.command(["dig", "+short", "@192.168.77.1", SITE]);
  const client = await UdpPeer.open(home.tap.net.client1);
  let answers = 0;
  for (const text of texts) answers += (await client.ask(text, SERVER, PORT))!.text.length;
  client.close();
  const sent = texts.reduce((sum, { length }) => sum + length + HEADERS, 0);
  const sums = {
    up: sent,
    down: answers + texts.length * HEADERS,
    upPackets: texts.length,
    downPackets: texts.length,
  };
  const isCounted = ([first]: { upPackets: number }[]) => first?.upPackets === texts.length;
  const found = {
    remote: await home.totals("remote", isCounted),
    domain: await home.totals("domain", isCounted),
    device: await home.totals("device", isCounted),
    service: await home.totals("service", isCounted),
  };
  const key = { remote: SERVER, name: SITE, evidence: "asked", domain: "example.net" };
  expect(found as unknown).toEqual({
    remote: [{ key, ...sums }],
    domain: [{ key: { domain: "example.net" }, ...sums }],
    device: [{ key: { device: home.tap.client1Mac }, ...sums }],
    service: [{ key: { protocol: 17, port: PORT, service: `UDP ${PORT}` }, ...sums }],
  });
  const range = `from=${Date.now() - 60_000}&to=${Date.now()}`;
  const { groups } = home.get(`/traffic/series?${range}&step=100`);
  const { step, up, down } = home.get(`/traffic/statistics?${range}`);
  const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
  expect([groups.length, total(groups[0].up), total(groups[0].down)]).toEqual([1, sums.up, sums.down]);
  expect([up.total, down.total, up.peak >= up.percentile95, step]).toEqual([sums.up, sums.down, true, 100]);
});

test("the page of the device has what it asked our name server for", () => {
  home.tap.net.client1.command(["dig", "+short", "@192.168.77.1", "nowhere.invalid"]);
  expect(questions().map(({ at: _, ...question }) => question)).toEqual([
    { name: "nowhere.invalid", type: "A", outcome: "no such name", addresses: [] },
    { name: SITE, type: "A", outcome: "answered", addresses: [SERVER] },
  ]);
});

test("a remote that nobody has named is called what its owner calls it", async () => {
  const client = await UdpPeer.open(home.tap.net.client1);
  client.send("hello", NAMED_SERVER, PORT);
  client.close();
  const totals = await home.totals("remote", (all) => all.some(({ key }) => key.evidence === "reverse"));
  expect(totals.map(({ key }) => key).find(({ remote }) => remote === NAMED_SERVER)).toEqual({
    remote: NAMED_SERVER,
    name: "relay.example.org",
    evidence: "reverse",
    domain: "example.org",
  });
});

test.each(["pcapng", "pcap"])(
  "a %s download has the datagrams byte for byte, and tshark finds nothing wrong",
  (format) => {
    const file = home.download(
      `format=${format}&device=${home.tap.client1Mac}&remote=${SERVER}&port=${PORT}`,
    );
    expect(payloads(file, `udp.dstport == ${PORT}`)).toEqual(texts);
  },
);

test("a domain and a service limit sums and downloads, by the names that the device knows", () => {
  const range = `from=${Date.now() - 3_600_000}&to=${Date.now() + 60_000}`;
  const packets = (filter: string) =>
    home.get(`/traffic/totals?${range}&by=device&${filter}`).map((total: TrafficTotal) => total.upPackets);
  expect(
    ["domain=example.net", "domain=example.org", `service=udp/${PORT}`, "service=tcp/443"].map(packets),
  ).toEqual([[texts.length], [1], [texts.length + 1], []]);
  const datagrams = (filter: string) => payloads(home.download(filter), `udp.dstport == ${PORT} && !icmp`);
  expect([datagrams("domain=example.net"), datagrams("domain=example.org")]).toEqual([texts, ["hello"]]);
  expect(payloads(home.download(`domain=example.net&service=udp/${PORT}`), "udp").length).toBe(
    2 * texts.length,
  );
  expect(datagrams("domain=example.net&service=tcp/443")).toEqual([]);
});

test("a capture that goes on live has what is sent later, until its reader ends", async () => {
  const { client1 } = home.tap.net;
  const query = `format=pcapng&device=${home.tap.client1Mac}&from=${Date.now()}&port=${PORT}&follow=1`;
  const words = ["curl", "-sSN", `${API}/captures/file?${query}`];
  const reader = client1.run(() => Bun.spawn(words, { stdout: "pipe", stderr: "inherit" }));
  const stream = reader.stdout.getReader();
  // The header comes first: from here on the download is under way.
  let bytes = Buffer.from((await stream.read()).value!);
  const client = await UdpPeer.open(client1);
  await client.ask("sent later", SERVER, PORT);
  client.close();
  while (!bytes.includes("sent later")) bytes = Buffer.concat([bytes, (await stream.read()).value!]);
  reader.kill();
  await reader.exited;
  expect(bytes.subarray(0, 4).toString("hex")).toBe("0a0d0d0a");
});

test("a control plane that starts again knows what was, misses nothing that passed meanwhile, and goes on", async () => {
  // "hello" and "sent later" among them.
  const before = await home.totals("device", ([first]) => first?.upPackets === texts.length + 2);
  const frames = capturedFrames();
  const asked = questions();
  await home.stop();
  const client = await UdpPeer.open(home.tap.net.client1);
  for (const text of texts) await client.ask(text, SERVER, PORT);
  await home.start();
  for (const text of texts) await client.ask(text, SERVER, PORT);
  client.close();
  const sent = texts.reduce((sum, { length }) => sum + length + HEADERS, 0);
  const packets = before[0]!.upPackets + 2 * texts.length;
  const after = await home.totals("device", ([first]) => first?.upPackets === packets);
  expect([after[0]!.up, after.length]).toEqual([before[0]!.up + 2 * sent, 1]);
  const remotes = await home.totals("remote", () => true);
  expect(remotes.map(({ key }) => key.name)).toEqual([SITE, "relay.example.org"]);
  expect(questions()).toEqual(asked);
  const file = home.download(`format=pcapng&device=${home.tap.client1Mac}&remote=${SERVER}&port=${PORT}`);
  expect(payloads(file, `udp.dstport == ${PORT}`)).toEqual([...texts, "sent later", ...texts, ...texts]);
  expect(capturedFrames()).toBeGreaterThanOrEqual(frames + 4 * texts.length);
});

test("a control plane that is killed reads on from where it last wrote, and nothing is missing or there twice", async () => {
  const client = await UdpPeer.open(home.tap.net.client1);
  const [before] = await home.totals("device", () => true);
  for (const text of texts) await client.ask(text, SERVER, PORT);
  client.close();
  const packets = before!.upPackets + texts.length;
  const isCounted = ([first]: TrafficTotal[]) => first?.upPackets === packets;
  const counted = await home.totals("remote", ([first]) => (first?.upPackets ?? 0) >= packets - 1);
  await home.kill();
  await home.start();
  await home.totals("device", isCounted);
  const sums = (totals: TrafficTotal[]) =>
    totals.map(({ key, ...sums }) => ({ remote: key.remote, ...sums }));
  expect(sums(await home.totals("remote", () => true))).toEqual(sums(counted));
});

test("a device that is forgotten leaves nothing behind: no sums, names, questions and frames", async () => {
  home.remove(`/traffic/devices/${home.tap.client1Mac}`);
  const mac = home.tap.client1Mac;
  const left = {
    totals: await home.totals("remote", () => true),
    questions: questions(),
    frames: payloads(home.download(`format=pcap&device=${mac}`), "udp"),
  };
  expect(left).toEqual({ totals: [], questions: [], frames: [] });
});

test("who talks most is told within two seconds, by name, to the byte", async () => {
  home.tap.net.client1.command(["dig", "+short", "@192.168.77.1", SITE]);
  const client = await UdpPeer.open(home.tap.net.client1);
  const began = performance.now();
  let answers = 0;
  for (const text of texts) answers += (await client.ask(text, SERVER, PORT))!.text.length;
  client.close();
  const { groups } = await home.until<TrafficTop>(
    () => "/traffic/now?by=remote&seconds=10&top=1",
    ({ groups: [first] }) => first?.upPackets === texts.length && first.downPackets === texts.length,
  );
  const took = performance.now() - began;
  const protocols: TrafficTop = home.get("/traffic/now?by=protocol&seconds=60");
  const sums = {
    up: texts.reduce((sum, { length }) => sum + length + HEADERS, 0),
    down: answers + texts.length * HEADERS,
    upPackets: texts.length,
    downPackets: texts.length,
  };
  const key = { remote: SERVER, name: SITE, evidence: "asked", domain: "example.net" };
  expect([groups, protocols.groups] as unknown[]).toEqual([
    [{ key, ...sums }],
    [{ key: { protocol: 17 }, ...sums }],
  ]);
  expect(took).toBeLessThan(2000);
});

/** How many of the client's frames there are. */
function capturedFrames(): number {
  const captures: CaptureSummary[] = home.get("/captures");
  return captures.find(({ device }) => device === home.tap.client1Mac)!.frames;
}

/** The payloads of a file's datagrams that tshark finds with a display filter. Throws what it complains of. */
function payloads(file: string, filter: string): string[] {
  const words = ["tshark", "-r", file, "-Y", filter, "-T", "fields", "-e", "udp.payload"];
  const { stdout, stderr } = Bun.spawnSync(words);
  const complaints = stderr.toString().replace(/^Running as user.*\n/m, "");
  if (complaints !== "") throw new Error(complaints);
  const lines = stdout
    .toString()
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => Buffer.from(line, "hex").toString());
}
