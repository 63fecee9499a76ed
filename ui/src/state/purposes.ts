import { serviceOf } from "@gatehouse/runtime/traffic/names/service.ts";
import type { Connection } from "./openings.svelte.ts";

/** IP protocol numbers by the names that connections have. */
const PROTOCOLS: Record<string, number> = {
  tcp: 6,
  udp: 17,
  gre: 47,
  esp: 50,
  sctp: 132,
  "6in4": 41,
  ipip: 4,
};

/** What each address is used for, in plain words, as the open connections tell. */
export function purposesOf(connections: readonly Connection[]): Map<string, string> {
  const purposes = new Map<string, string>();
  for (const connection of connections) {
    const isTunnel = !("transport" in connection);
    const protocol = PROTOCOLS[isTunnel ? connection.protocol : connection.transport];
    if (protocol === undefined) continue;
    const [remotePort, devicePort] = isTunnel ? [0, 0] : [connection.remotePort, connection.internalPort];
    purposes.set(connection.remoteAddress, serviceOf(protocol, remotePort, devicePort).words);
  }
  return purposes;
}
