/** The DNS service as a process of its own, for a namespace: it opens sockets whenever it is asked something. */
import { parseIPv4 } from "../../runtime/src/addr/ipv4.ts";
import { parsePrefix } from "../../runtime/src/addr/prefix.ts";
import { startDnsServer } from "../../runtime/src/service/dns/server.ts";
import { createLog } from "../../runtime/src/service/log.ts";

const ip = (dotted: string) => parseIPv4(dotted)!;
const listen = [ip("192.168.77.1"), ip("198.51.100.2")];
const service = startDnsServer(
  {
    listen,
    domain: "lan",
    routerName: "router",
    routerAddress: ip("192.168.77.1"),
    upstreams: [ip("198.51.100.9"), ip("198.51.100.1")],
    lan: [parsePrefix("192.168.77.1/24")!],
  },
  { log: createLog("dns") },
);
service.setHosts([{ name: "laptop", address: ip("192.168.77.20") }]);
while (service.listening().length < listen.length) await Bun.sleep(5);
console.log("listening");
