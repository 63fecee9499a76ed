/**
 * The provider's DHCPv6 server as a program: it delegates one prefix on one link, and routes it to who asked. Its words are the
 * link's name, and a `Delegation` as JSON.
 */
import { answer, clientOf, type Delegation } from "./dhcpv6.ts";

const ALL_SERVERS = "ff02::1:2";
const SERVER_PORT = 547;

const [link = "", words = ""] = process.argv.slice(2);
const delegation: Delegation = JSON.parse(words);

const socket = await Bun.udpSocket({
  hostname: "::",
  port: SERVER_PORT,
  binaryType: "uint8array",
  socket: {
    data(socket, bytes, port, address) {
      const reply = answer(bytes, delegation);
      if (reply === undefined) return;
      const prefix = `${delegation.prefix}/${delegation.length}`;
      Bun.spawnSync(["ip", "-6", "route", "replace", prefix, "via", address.replace(/%.*/, ""), "dev", link]);
      console.log(`message ${bytes[0]} of client ${clientOf(bytes)}: ${prefix}`);
      try {
        socket.send(reply, port, address.includes("%") ? address : `${address}%${link}`);
      } catch {
        // The link's own address is still being looked for twice; the client asks again.
      }
    },
  },
});
socket.addMembership(ALL_SERVERS, `::%${link}`);
console.log(`ready: delegating ${delegation.prefix}/${delegation.length} on ${link}`);
