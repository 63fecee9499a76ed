/** Two clients with one source port towards one remote, at the same time: programs that check what they are answered. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Namespace } from "../netns/linux-namespace.ts";
import { Border } from "./border.ts";
import { run } from "./run.ts";
import { type House, SERVER, Street } from "./street.ts";

setDefaultTimeout(60_000);

const SOURCE_PORT = 40_000;
const WEB_PORT = 80;
const DNS_PORT = 53;
/** Two clients of two houses. */
const PARTIES = 4;

let street: Street;
let border: Border;

beforeAll(async () => {
  street = await Street.open();
  border = await Border.open(street);
});

afterAll(() => street.close());

/** Collects what `PARTIES` clients ask, and answers all of them when the last has come, the last first. */
class Rendezvous {
  readonly #answers: (() => void)[] = [];

  arrive(answer: () => void): void {
    this.#answers.unshift(answer);
    if (this.#answers.length < PARTIES) return;
    for (const each of this.#answers.splice(0)) each();
  }
}

/** Runs it at all clients at once: what each wrote, house by house. */
function atAllClients(words: (name: string) => string[]): Promise<string[][]> {
  const asked = async (place: Namespace, name: string) => (await run(place, words(name))).text.trim();
  return street.atBoth(({ client1, client2, path }) => {
    return Promise.all([asked(client1, `${path}-1`), asked(client2, `${path}-2`)]);
  });
}

/** Expects each client's own name before the external address of its house, and no external endpoint twice. */
function expectOwnAnswers(answers: string[][]): void {
  const named = ({ path, address }: House) => [`${path}-1 ${address}`, `${path}-2 ${address}`];
  expect(answers.map((house) => house.map((line) => line.split(":")[0]))).toEqual(street.houses.map(named));
  const endpoints = answers.flat().map((line) => line.split(" ")[1]);
  expect(new Set(endpoints).size).toBe(PARTIES);
  // One client of each house keeps its port, and the other cannot.
  expect(endpoints.filter((endpoint) => endpoint?.endsWith(`:${SOURCE_PORT}`))).toHaveLength(2);
}

test("TCP: curl gets the page that it asked for", async () => {
  const rendezvous = new Rendezvous();
  const web = street.provider.run(() =>
    Bun.serve({
      hostname: SERVER,
      port: WEB_PORT,
      idleTimeout: 30,
      fetch(request, server) {
        const source = server.requestIP(request);
        const { promise, resolve } = Promise.withResolvers<Response>();
        const name = new URL(request.url).pathname.slice(1);
        rendezvous.arrive(() => resolve(new Response(`${name} ${source?.address}:${source?.port}`)));
        return promise;
      },
    }),
  );
  const url = (name: string) => `http://${SERVER}/${name}`;
  const curl = ["curl", "--silent", "--show-error", "--max-time", "20", "--local-port", String(SOURCE_PORT)];
  expectOwnAnswers(await atAllClients((name) => [...curl, url(name)]));
  await web.stop(true);
});

test("UDP: dig gets the answer to its question", async () => {
  const rendezvous = new Rendezvous();
  const dns = await street.provider.run(() =>
    Bun.udpSocket({
      hostname: SERVER,
      port: DNS_PORT,
      socket: {
        data: (socket, query, port, address) => {
          rendezvous.arrive(() => socket.send(txtAnswer(query, `${address}:${port}`), port, address));
        },
      },
    }),
  );
  // One try: a second one could hide that the first answer went astray.
  const dig = ["dig", "-b", `0.0.0.0#${SOURCE_PORT}`, `@${SERVER}`, "+noedns", "+tries=1", "+timeout=20"];
  const answers = await atAllClients((name) => [...dig, "+noall", "+answer", name, "TXT"]);
  // offload-1. 0 IN TXT "198.51.100.1:40000"
  expectOwnAnswers(answers.map((house) => house.map((line) => line.replace(/^(\S+)\.\s.*"(.*)"$/, "$1 $2"))));
  dns.close();
});

/** The query turned into its answer: one TXT record of the name asked for (RFC 1035 section 4.1). */
function txtAnswer(query: Buffer, text: string): Buffer {
  const answer = Buffer.from(query);
  answer.writeUInt16BE(0x8400, 2);
  answer.writeUInt16BE(1, 6);
  const pointerToName = 0xc00c;
  const record = Buffer.alloc(12 + 1 + text.length);
  const TXT = 16;
  const IN = 1;
  [pointerToName, TXT, IN, 0, 0, 1 + text.length].forEach((word, i) => {
    record.writeUInt16BE(word, 2 * i);
  });
  record.write(text, record.writeUInt8(text.length, 12), "latin1");
  return Buffer.concat([answer, record]);
}

test("no address of the homes was seen outside", async () => {
  expect(await border.close()).toEqual([{}, {}]);
});
