import { afterAll, expect, test } from "bun:test";
import { parseMac } from "../../runtime/src/addr/mac.ts";
import { openDhcpSocket } from "../../runtime/src/linux/packet/udp.ts";
import { Namespace } from "./linux-namespace.ts";

const SERVER_ADDRESS = 0xc0a80501;
const CLIENT_ADDRESS = 0xc0a80564;
const SERVER_MAC = parseMac("02:00:5e:00:05:01")!;
const CLIENT_MAC = parseMac("02:00:5e:00:05:64")!;

const server = Namespace.create();
const client = Namespace.create();
server.connect("gh-lan", client, "eth0");
server.ip("addr add 192.168.5.1/24 dev gh-lan");
server.ip(`link set gh-lan address ${SERVER_MAC}`);
client.ip(`link set eth0 address ${CLIENT_MAC}`);
client.ip("addr add 192.168.5.100/24 dev eth0");
// Without ARP requests of the client, the server never learns the client's MAC address.
client.ip(`neigh add 192.168.5.1 lladdr ${SERVER_MAC} dev eth0`);

afterAll(() => {
  server.close();
  client.close();
});

type Received = [text: string, from: string];

/** A client's port 68 and the messages that arrive there, one promise each. */
async function clientSocket() {
  const messages: Received[] = [];
  let wake = () => {};
  const opening = client.run(() =>
    Bun.udpSocket({
      hostname: "0.0.0.0",
      port: 68,
      socket: {
        data(_socket, bytes, port, address) {
          messages.push([bytes.toString(), `${address}:${port}`]);
          wake();
        },
      },
    }),
  );
  const socket = await opening;
  const next = async (): Promise<Received> => {
    while (messages.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return messages.shift()!;
  };
  return { socket, next };
}

test("a server hears a client and answers it by broadcast, by unicast and before it has its address", async () => {
  const { socket, next } = await clientSocket();
  const heard = Promise.withResolvers<unknown[]>();
  const dhcp = server.run(() =>
    openDhcpSocket(
      "gh-lan",
      (bytes, address, port) => heard.resolve([new TextDecoder().decode(bytes), address, port]),
      heard.reject,
    ),
  );
  socket.send("discover", 67, "192.168.5.1");
  expect(await heard.promise).toEqual(["discover", CLIENT_ADDRESS, 68]);

  dhcp.sendToNeighbour(CLIENT_MAC, SERVER_ADDRESS, CLIENT_ADDRESS, new TextEncoder().encode("offer"));
  expect(await next()).toEqual(["offer", "192.168.5.1:67"]);
  expect(server.ip("neigh show")).toBe("");

  dhcp.broadcast(new TextEncoder().encode("nak"));
  expect(await next()).toEqual(["nak", "192.168.5.1:67"]);

  server.ip(`neigh add 192.168.5.100 lladdr ${CLIENT_MAC} dev gh-lan`);
  dhcp.sendTo(CLIENT_ADDRESS, 68, new TextEncoder().encode("ack"));
  expect(await next()).toEqual(["ack", "192.168.5.1:67"]);
  dhcp.close();
  socket.close();
});
