/**
 * A device that speaks multicast DNS on eth0: prints "heard: TEXT" for what it hears, and "said: TEXT" for its argument, if it has one,
 * which it says again and again, as devices do. Run as a client.
 */
import { DISCOVERY } from "../../runtime/src/dns/discovery-relay.ts";
import { openMulticast } from "../../runtime/src/linux/packet/multicast.ts";

const [text] = process.argv.slice(2);
const REPEAT_MS = 500;

const socket = openMulticast({
  interface: "eth0",
  ...DISCOVERY,
  maxLength: 9000,
  onMessage: (bytes) => console.log(`heard: ${new TextDecoder().decode(bytes)}`),
  onError: (error) => {
    throw error;
  },
});
let count = 0;
if (text !== undefined)
  setInterval(() => {
    const announcement = `${text}, announcement ${count++}`;
    socket.send(new TextEncoder().encode(announcement));
    console.log(`said: ${announcement}`);
  }, REPEAT_MS);
