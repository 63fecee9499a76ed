import { beforeEach, expect, test } from "bun:test";
import { DROP_REASONS, type DropReason } from "./drops.ts";
import { FakeFastPath } from "./fake-fast-path.ts";
import { translateOutboundError } from "./icmp-error.ts";
import { Nat } from "./nat.ts";
import { admit } from "./packet.ts";
import { icmp, ipv4, ports, segment } from "./packets.fixture.ts";

const HOST = "192.168.77.10";
const OTHER_HOST = "192.168.77.11";
const SERVER = "203.0.113.80";
const EXTERNAL = 0xc6336401;
const LANS = [{ address: 0xc0a84d01, length: 24 }];

let fastPath: FakeFastPath;
let nat: Nat;

beforeEach(() => {
  fastPath = new FakeFastPath();
  nat = new Nat({ fastPath, random: () => 0.5, policy: { hostLimit: 70000 } });
});

const send = (packet: DataView) => admit(nat, LANS, packet, 0, packet.byteLength, 1);

/** What makes one packet be dropped for each reason. */
const CAUSES: Record<DropReason, () => void> = {
  malformed: () => void send(ipv4(6, HOST, SERVER, ports(1, 2, 8))),
  "unsupported-protocol": () => void send(ipv4(89, HOST, SERVER, new Uint8Array(8))),
  "source-not-local": () => void send(segment(17, "10.9.9.9:1", `${SERVER}:2`)),
  "ports-exhausted": () => {
    for (let id = 0; id <= 65536; id++)
      send(ipv4(1, id < 65536 ? HOST : OTHER_HOST, SERVER, icmp(8, id & 0xffff)));
  },
  "host-limit": () => {
    nat = new Nat({ fastPath, random: () => 0.5, policy: { hostLimit: 1 } });
    for (const port of [1, 2]) send(segment(17, `${HOST}:${port}`, `${SERVER}:53`));
  },
  "fast-path-refused": () => {
    fastPath.refuses = true;
    send(segment(17, `${HOST}:1`, `${SERVER}:53`));
    expect(() => nat.settle(1)).toThrow("refused");
  },
  "error-without-binding": () => {
    const packet = ipv4(1, HOST, SERVER, icmp(3, 0, segment(17, `${SERVER}:53`, `${HOST}:1`)));
    nat.drops.count(translateOutboundError(nat, EXTERNAL, packet, 0, packet.byteLength));
  },
  "protocol-in-use": () => {
    for (const host of [HOST, OTHER_HOST]) send(ipv4(47, host, SERVER, new Uint8Array(8)));
  },
  "associations-exhausted": () => {
    for (let i = 0; i <= 4096; i++)
      send(ipv4(47, `192.168.77.${10 + (i >>> 10)}`, `203.0.${i >>> 8}.${i & 255}`, new Uint8Array(8)));
  },
};

for (const reason of DROP_REASONS) {
  test(`a drop for "${reason}" is counted as such`, () => {
    CAUSES[reason]();
    expect(nat.drops.report()).toEqual({ [reason]: 1 });
  });
}
