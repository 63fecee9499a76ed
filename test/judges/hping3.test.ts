/** hping3 sends TCP packets that belong to no connection, and tells what comes back. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Namespace } from "../netns/linux-namespace.ts";
import { TcpPeer, tcpServer } from "../netns/peers.ts";
import { Border } from "./border.ts";
import { run } from "./run.ts";
import { CLIENT1, OTHER_SERVER, SERVER, Street } from "./street.ts";

setDefaultTimeout(60_000);

const OPEN_PORT = 80;
const CLOSED_PORT = 81;

let street: Street;
let border: Border;
let web: { stop(): void };

beforeAll(async () => {
  street = await Street.open();
  border = await Border.open(street);
  web = tcpServer(street.provider, SERVER, OPEN_PORT);
});

afterAll(async () => {
  web.stop();
  await street.close();
});

/** Sends one packet: the flags of TCP's answer, the words of ICMP's, or "nothing". */
async function hping3(place: Namespace, device: string, target: string, options: string): Promise<string> {
  const { text } = await run(place, ["hping3", "-n", "-I", device, "-c", "1", ...options.split(" "), target]);
  if (!text.includes("1 packets transmitted")) throw new Error(`hping3 ${options}: ${text}`);
  const tcp = /flags=(\w+)/.exec(text)?.[1];
  const icmp = /(ICMP .*) from ip=(\S+)/.exec(text);
  if (icmp !== null) return `${icmp[1]} from ${icmp[2]}`;
  const query = /icmp_seq=\d/.test(text) ? "ICMP reply" : undefined;
  return tcp ?? query ?? "nothing";
}

/** What a host next to the server would be answered: RFC 9293 section 3.10.7, and Linux. */
const fromInside: Record<string, string> = {
  [`-S -p ${OPEN_PORT}`]: "SA",
  [`-S -f -p ${OPEN_PORT}`]: "SA",
  [`-S -p ${CLOSED_PORT}`]: "RA",
  [`-A -p ${OPEN_PORT}`]: "R",
  [`-S -A -p ${OPEN_PORT}`]: "R",
  [`-F -p ${OPEN_PORT}`]: "nothing",
  [`-F -p ${CLOSED_PORT}`]: "RA",
  [`-R -p ${OPEN_PORT}`]: "nothing",
  [`-F -P -U -p ${CLOSED_PORT}`]: "RA",
  [`-p ${CLOSED_PORT}`]: "RA",
  [`-2 -p ${CLOSED_PORT}`]: `ICMP Port Unreachable from ${SERVER}`,
  "-1": "ICMP reply",
  "-1 -C 13": "ICMP reply",
};

test("from inside, with and without a connection: the server's own answer comes back", async () => {
  const answers = await street.atBoth(async ({ client1 }) => {
    // One after the other: two that run at once take each other's answers.
    const answered: Record<string, string> = {};
    for (const [i, options] of Object.keys(fromInside).entries()) {
      answered[options] = await hping3(client1, "eth0", SERVER, `${options} -s ${4000 + i}`);
    }
    return answered;
  });
  expect(answers).toEqual([fromInside, fromInside]);
});

test("from outside, towards a port without a binding: nothing is answered, whatever the flags", async () => {
  const kinds = ["-S", "-S -A", "-A", "-F", "-R", "-F -P -U", "-Y", "-2"];
  const answers = await street.atBoth(({ address, access }) => {
    return Promise.all(kinds.map((flags) => hping3(street.provider, access, address, `${flags} -p 5555`)));
  });
  const silence = kinds.map(() => "nothing");
  expect(answers).toEqual([silence, silence]);
});

test("from outside, by a host never contacted, through a binding: the client itself answers", async () => {
  const answers = await street.atBoth(async ({ client1, address, access }) => {
    const service = tcpServer(client1, CLIENT1, 4101);
    const answered: string[] = [];
    for (const port of [4100, 4101]) {
      await hping3(client1, "eth0", SERVER, `-S -s ${port} -p ${OPEN_PORT}`);
      const stranger = `-a ${OTHER_SERVER} -s 4200 -p ${port}`;
      answered.push(await hping3(street.provider, access, address, `-S ${stranger}`));
    }
    service.stop();
    return answered;
  });
  expect(answers).toEqual([
    ["RA", "SA"],
    ["RA", "SA"],
  ]);
});

test("what strangers throw at a connection's port does not end it", async () => {
  const answers = await street.atBoth(async ({ client1, address, access }) => {
    const connection = await TcpPeer.connect(client1, SERVER, OPEN_PORT, 4300);
    const kinds = ["-R", "-F", "-S", "-S -A", "-R -A", "-F -P -U"];
    const thrown = [SERVER, OTHER_SERVER].flatMap((source) =>
      kinds.map((flags) => {
        const options = `${flags} -a ${source} -k -s ${OPEN_PORT} -p 4300`;
        return hping3(street.provider, access, address, options);
      }),
    );
    await Promise.all(thrown);
    const answer = await connection.ask("still there?");
    connection.close();
    return answer;
  });
  expect(answers).toEqual(street.houses.map(({ address }) => `${address}:4300`));
});

test("no address of the homes was seen outside", async () => {
  expect(await border.close()).toEqual([{}, {}]);
});
