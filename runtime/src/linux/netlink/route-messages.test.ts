import { expect, test } from "bun:test";
import { MessageCursor } from "./message.ts";
import { readAddress, readBridgePort, readDefaultRoute, readLink, readNeighbour } from "./route-messages.ts";

/** A message of `type` with `payload`, as a cursor that stands on it. */
function message(type: number, payload: string): MessageCursor {
  const bytes = new Uint8Array(16 + payload.length / 2);
  bytes.set(Uint8Array.fromHex(payload), 16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, type, true);
  const cursor = new MessageCursor(view).over(0, bytes.length);
  cursor.next();
  return cursor;
}

const never = () => false;

// ip link show dev gh-port: a veth that is up, with carrier, in bridge 7
const VETH =
  "00000100" +
  "09000000" +
  "43100100" +
  "00000000" + // ifinfomsg: ARPHRD_ETHER, index 9, IFF_UP and IFF_LOWER_UP
  "0c000300" +
  "67682d706f727400" + // IFLA_IFNAME "gh-port"
  "08000a00" +
  "07000000" + // IFLA_MASTER
  "08000400" +
  "dc050000" + // IFLA_MTU
  "0a000100" +
  "02005e0007020000" + // IFLA_ADDRESS
  "10001280" +
  "09000100" +
  "7665746800000000"; // IFLA_LINKINFO { IFLA_INFO_KIND "veth" }
// a virtio port without a cable
const PORT =
  "00000100" +
  "02000000" +
  "03100000" +
  "00000000" +
  "09000300" +
  "6574683000000000" + // IFLA_IFNAME "eth0"
  "08000400" +
  "dc050000" + // IFLA_MTU
  "0a000100" +
  "02005e0001020000" + // IFLA_ADDRESS, as it was cloned
  "0a003600" +
  "02005e0001990000" + // IFLA_PERM_ADDRESS
  "0c003800" +
  "76697274696f3000"; // IFLA_PARENT_DEV_NAME "virtio0"

test("links are virtual, Ethernet ports or radios", () => {
  const port = {
    index: 2,
    name: "eth0",
    kind: "",
    mac: "02:00:5e:00:01:02",
    permanentMac: "02:00:5e:00:01:99",
    up: true,
    carrier: false,
    master: 0,
    mtu: 1500,
  };
  expect([
    readLink(message(16, VETH), never),
    readLink(message(16, PORT), never),
    readLink(message(16, PORT), (name) => name === "eth0"),
  ] as unknown[]).toEqual([
    {
      index: 9,
      name: "gh-port",
      kind: "veth",
      medium: "virtual",
      mac: "02:00:5e:00:07:02",
      permanentMac: undefined,
      up: true,
      carrier: true,
      master: 7,
      mtu: 1500,
    },
    { ...port, medium: "ethernet" },
    { ...port, medium: "radio" },
  ]);
});

test("an address is the link's own, not its peer's", () => {
  const shared = "02182000" + "02000000";
  expect([
    readAddress(message(20, `${shared}08000100c633640708000200c6336407`)),
    readAddress(message(20, `${shared}08000100c633640108000200c6336407`)),
    readAddress(message(20, `0a402000${"02000000"}14000100${"00".repeat(16)}`)),
  ]).toEqual([
    { link: 2, prefix: { address: 0xc6336407, length: 24 } },
    { link: 2, prefix: { address: 0xc6336407, length: 24 } },
    undefined,
  ]);
});

test("of the routes only a unicast default of the main table counts", () => {
  // ip route show default: via 198.51.100.1 dev 2 metric 1024
  const attributes = "08000400" + "02000000" + "08000500" + "c6336401" + "08000600" + "00040000";
  const route = (header: string) => readDefaultRoute(message(24, `${header}00000000${attributes}`));
  expect([
    route("02000000" + "fe100001"),
    route("02180000" + "fe100001"), // not a default
    route("02000000" + "ff100001"), // table local
    route("02000000" + "fe100006"), // blackhole
    readDefaultRoute(message(24, "02000000" + "fe10fd01" + "00000000" + "08000400" + "05000000")),
  ]).toEqual([
    { link: 2, gateway: 0xc6336401, metric: 1024 },
    undefined,
    undefined,
    undefined,
    { link: 5, gateway: 0, metric: 0 },
  ]);
});

test("a neighbour counts once it has answered", () => {
  const neighbour = (state: string) =>
    readNeighbour(message(28, `0200000003000000${state}000108000100c0a84d640a00020002005e0000090000`));
  const known = { link: 3, address: 0xc0a84d64, mac: "02:00:5e:00:00:09" };
  expect(["0200", "0400", "8000", "0100", "2000", "4000"].map(neighbour) as unknown[]).toEqual([
    { ...known, confirmed: true }, // REACHABLE
    { ...known, confirmed: false }, // STALE
    { ...known, confirmed: true }, // PERMANENT
    undefined, // INCOMPLETE
    undefined, // FAILED
    undefined, // NOARP
  ]);
});

test("a bridge's port is known by what was learnt there", () => {
  const entry = (state: string) =>
    readBridgePort(message(28, `0700000009000000${state}00000a00020002005e00000900000800090007000000`));
  expect([entry("0200"), entry("8000")] as unknown[]).toEqual([
    { bridge: 7, port: 9, mac: "02:00:5e:00:00:09" },
    undefined, // the bridge's own
  ]);
});

test("a message too short for its fixed part is nothing", () => {
  const readers = [
    (cursor: MessageCursor) => readLink(cursor, never),
    readAddress,
    readDefaultRoute,
    readNeighbour,
    readBridgePort,
  ];
  expect(readers.map((read, i) => read(message([16, 20, 24, 28, 28][i]!, "02000000")))).toEqual(
    Array(5).fill(undefined),
  );
});
