import { carries, uniqueText } from "./exchanges.ts";
import { icmpError, UNREACHABLE, udp } from "./packet.ts";
import { FAR_ROUTER, type Router, SERVER } from "./router.ts";

const SERVICE = `${SERVER}:4001`;
/** A port that no test uses. */
const PORT = 40_001;

/**
 * Sends packets on every way through the router, each after the other has arrived: out by way of the engine, which answers
 * in turn, in by a binding, and an ICMP error each way. Whatever was sent before these has met its fate by then.
 * `address` is a host on carol's wire that has sent nothing yet.
 */
export async function sweep(router: Router, address: string): Promise<void> {
  const [out, back] = [uniqueText(), uniqueText()];
  const internal = `${address}:${PORT}`;
  router.send("carol", udp(internal, SERVICE, out));
  const seenOutside = await router.received("outside", carries(out));
  router.send("outside", udp(SERVICE, seenOutside.from, back));
  const seenInside = await router.received("carol", carries(back));
  const isError = (text: string) => (packet: Parameters<ReturnType<typeof carries>>[0]) =>
    packet.quoted !== undefined && carries(text)(packet);
  router.send("outside", icmpError(FAR_ROUTER, router.external, UNREACHABLE, 1, seenOutside.bytes));
  await router.received("carol", isError(out));
  router.send("carol", icmpError(address, SERVER, UNREACHABLE, 3, seenInside.bytes));
  await router.received("outside", isError(back));
}
