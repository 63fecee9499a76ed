import { expect, test } from "bun:test";
import { parseIPv4 } from "../../addr/ipv4.ts";
import { type Mac, macBytes } from "../../addr/mac.ts";
import { clientMessage } from "../../dhcp/client.fixture.ts";
import { udpPacket } from "../../linux/packet/datagram.ts";
import { emitDhcp, Op } from "../../wire/dhcp/message.ts";
import { MessageType, Option, words } from "../../wire/dhcp/options.ts";
import { Code, emitDiscovery, Tag } from "../../wire/pppoe/discovery.ts";
import { questions, readOffer } from "./offers.ts";
import { type PortProbe, suggest } from "./probe.ts";

const mac = "02:00:5e:10:00:01" as Mac;
const PROVIDER = "00:00:5e:00:53:01" as Mac;
const question = { mac, id: 0xc0ffee01 };
const server = parseIPv4("198.51.100.1")!;
const address = parseIPv4("198.51.100.7")!;

function frame(type: string, payload: Uint8Array): Uint8Array {
  return Uint8Array.from([...macBytes(mac), ...macBytes(PROVIDER), ...Uint8Array.fromHex(type), ...payload]);
}

function dhcp(xid: number, type: number = MessageType.offer): Uint8Array {
  const options = new Map([
    [Option.messageType, Uint8Array.of(type)],
    [Option.serverIdentifier, words(server)],
  ]);
  const message = emitDhcp({ ...clientMessage(mac, { xid, yiaddr: address, options }), op: Op.reply });
  return frame("0800", udpPacket({ address: server, port: 67 }, { address, port: 68 }, message));
}

function pado(tag: string, code: number = Code.offer): Uint8Array {
  return frame(
    "8863",
    emitDiscovery({
      code,
      session: 0,
      tags: [
        [Tag.acName, new TextEncoder().encode("ac1.example")],
        [Tag.hostUniq, Uint8Array.fromHex(tag)],
      ],
    }),
  );
}

test("two questions go to everybody on the wire: for an address, and for a PPPoE server", () => {
  const [discover, initiation] = questions(question).map((bytes) => bytes.toHex());
  expect([discover!.slice(0, 28), discover!.length / 2]).toEqual([
    "ffffffffffff02005e1000010800",
    14 + 28 + 300,
  ]);
  expect(initiation).toBe("ffffffffffff02005e1000018863" + "11090000000c" + "01010000" + "01030004c0ffee01");
});

test("answers to them are offers; others' answers, and other messages, are none", () => {
  expect([
    readOffer(dhcp(question.id), question),
    readOffer(pado("c0ffee01"), question),
    readOffer(dhcp(7), question),
    readOffer(dhcp(question.id, MessageType.ack), question),
    readOffer(pado("c0ffee02"), question),
    readOffer(pado("c0ffee01", Code.confirmation), question),
  ]).toEqual([
    { kind: "dhcp", from: PROVIDER, server, address },
    { kind: "pppoe", from: PROVIDER, concentrator: "ac1.example" },
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("an offer cut at any length is none, or still the same", () => {
  for (const whole of [dhcp(question.id), pado("c0ffee01")]) {
    const offer = readOffer(whole, question);
    for (let length = 0; length < whole.length; length++)
      expect([undefined, offer]).toContainEqual(readOffer(whole.subarray(0, length), question));
  }
});

test("a provider to sign in with is suggested before a DHCP server, and the Internet's port before the home's", () => {
  const port = (name: string, use: PortProbe["use"], ...offers: string[]): PortProbe => ({
    port: name,
    carrier: true,
    use,
    dhcp: offers.includes("dhcp") ? { server: "198.51.100.1", address: "198.51.100.7" } : null,
    pppoe: offers.includes("pppoe") ? { concentrator: "" } : null,
  });
  expect([
    suggest([port("a", "home", "dhcp"), port("b", "internet", "dhcp")]),
    suggest([port("a", "home", "pppoe"), port("b", "internet", "dhcp")]),
    suggest([port("a", "home", "dhcp"), port("b", "internet")]),
    suggest([port("a", "home"), port("b", "internet")]),
  ]).toEqual([{ port: "b", mode: "dhcp" }, { port: "a", mode: "pppoe" }, { port: "a", mode: "dhcp" }, null]);
});
