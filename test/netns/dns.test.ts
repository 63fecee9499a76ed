import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { Namespace } from "./linux-namespace.ts";

const home = Namespace.create();
const router = Namespace.create();
const provider = Namespace.create();
router.connect("lan", home, "eth0");
router.connect("wan", provider, "eth0");
router.ip("address add 192.168.77.1/24 dev lan");
router.ip("address add 198.51.100.2/24 dev wan");
home.ip("address add 192.168.77.20/24 dev eth0");
provider.ip("address add 198.51.100.1/24 dev eth0");

// The peers are real: dig asks, dnsmasq is the provider's resolver.
const RESOLVER = [
  "dnsmasq",
  ...[
    "--keep-in-foreground",
    "--no-resolv",
    "--no-hosts",
    "--conf-file=/dev/null",
    "--pid-file=",
    "--user=root",
  ],
  "--host-record=www.example.com,203.0.113.80",
  "--cname=alias.example.com,www.example.com",
  "--dns-rr=odd.example.com,65280,00ff80c00c",
  "--host-record=rebind.example.com,192.168.77.20",
  ...Array.from({ length: 100 }, (_, i) => `--host-record=many.example.com,203.0.113.${i + 1}`),
];
const processes: Bun.Subprocess[] = [];

beforeAll(async () => {
  processes.push(provider.run(() => Bun.spawn(RESOLVER, { stdio: ["ignore", "ignore", "inherit"] })));
  const command = [process.execPath, join(import.meta.dir, "dns-router.ts")];
  const service = router.run(() => Bun.spawn(command, { stdio: ["ignore", "pipe", "ignore"] }));
  processes.push(service);
  const { value } = await service.stdout.getReader().read();
  expect(new TextDecoder().decode(value)).toBe("listening\n");
});

afterAll(async () => {
  for (const child of processes) {
    child.kill();
    await child.exited;
  }
  for (const namespace of [home, router, provider]) namespace.close();
});

const dig = (words: string, from = home) =>
  from.command(["dig", "@192.168.77.1", "+time=4", "+tries=1", ...words.split(" ")]);
const short = (words: string) => dig(`+short ${words}`).trim().split("\n");
const status = (words: string) => /status: (\w+)/.exec(dig(words))?.[1];

test("names of the world come from the provider, though its first resolver does not answer", () => {
  expect([short("www.example.com"), short("alias.example.com")]).toEqual([
    ["203.0.113.80"],
    ["www.example.com.", "203.0.113.80"],
  ]);
});

test("an answer too long for UDP arrives over TCP", () => {
  const udp = dig("+ignore many.example.com");
  const tcp = dig("many.example.com");
  expect([/flags: qr tc /.test(udp), /ANSWER: (\d+)/.exec(udp)?.[1], /ANSWER: (\d+)/.exec(tcp)?.[1]]).toEqual(
    [true, "0", "100"],
  );
  expect([tcp.includes("Truncated, retrying in TCP mode"), /SERVER: .*\((TCP|UDP)\)/.exec(tcp)?.[1]]).toEqual(
    [true, "TCP"],
  );
});

test("a record of a type unknown here passes unchanged", () => {
  expect(short("odd.example.com TYPE65280")).toEqual(["\\# 5 00FF80C00C"]);
});

test("names of the home are answered here, both ways, and with EDNS or without", () => {
  expect([
    short("laptop.lan"),
    short("+noedns laptop.lan"),
    short("+tcp gatehouse.lan"),
    short("-x 192.168.77.20"),
    short("-x 192.168.77.1"),
  ]).toEqual([["192.168.77.20"], ["192.168.77.20"], ["192.168.77.1"], ["laptop.lan."], ["router.lan."]]);
});

test("what does not exist, or is not to be said, has the status it should", () => {
  expect([
    status("unknown.lan"),
    status("unknown"),
    status("-x 10.1.2.3"),
    status("laptop.lan AAAA"),
    status("rebind.example.com"),
    status("example.com AXFR"),
    status("version.bind TXT CH"),
    status("+edns=1 +noednsneg www.example.com"),
    status("+opcode=update www.example.com"),
    status("+norecurse other.example.com"),
  ]).toEqual([
    ...[
      "NXDOMAIN",
      "NXDOMAIN",
      "NXDOMAIN",
      "NOERROR",
      "REFUSED",
      undefined,
      "REFUSED",
      "BADVERS",
      "NOTIMP",
      "REFUSED",
    ],
  ]);
});

test("nobody outside the home is answered", () => {
  const ask = (words: string) =>
    provider.run(() => Bun.spawnSync(["dig", "@198.51.100.2", "+time=1", "+tries=1", ...words.split(" ")]));
  const outputs = [ask("www.example.com"), ask("+tcp www.example.com")].map(({ stdout }) =>
    stdout.toString(),
  );
  expect(outputs.map((output) => output.includes("status:"))).toEqual([false, false]);
});
