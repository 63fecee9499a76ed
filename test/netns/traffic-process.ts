/** The control plane's account of the traffic with its name server and its API, as a process of its own in the router's namespace. */

import { parseIPv4 } from "../../runtime/src/addr/ipv4.ts";
import type { Mac } from "../../runtime/src/addr/mac.ts";
import { parsePrefix } from "../../runtime/src/addr/prefix.ts";
import { AccessGuard } from "../../runtime/src/api/access-guard.ts";
import { createApi } from "../../runtime/src/api/api.ts";
import { QuietRouter } from "../../runtime/src/api/fixture.ts";
import { defaultConfig } from "../../runtime/src/config/parse.ts";
import { Access } from "../../runtime/src/service/access/access.ts";
import { connectDataplane } from "../../runtime/src/service/dataplane/client.ts";
import { startDnsServer } from "../../runtime/src/service/dns/server.ts";
import { createLog } from "../../runtime/src/service/log.ts";
import { TrafficService } from "../../runtime/src/service/traffic/service.ts";
import { serve } from "./program.ts";
import type { TrafficProcessOptions } from "./traffic-home.ts";

const options: TrafficProcessOptions = JSON.parse(process.argv[2] ?? "");
const address = parseIPv4(options.address)!;
const dataplane = connectDataplane({ socketPath: `${options.run}/dataplane.sock`, onMessage() {} });

const dns = startDnsServer(
  {
    listen: [address],
    domain: "lan",
    routerName: "router",
    routerAddress: address,
    upstreams: [parseIPv4(options.upstream)!],
    lan: [parsePrefix(`${options.address}/24`)!],
  },
  { log: createLog("dns"), onReply: (client, bytes) => traffic.told(client, bytes) },
);

const traffic: TrafficService = new TrafficService({
  version: "1.2.3",
  state: options.state,
  run: options.run,
  settings: { ...defaultConfig.traffic, historyMegabytes: 64 },
  nameOf: (mac) => mac,
  resolve: (query, onReply) => dns.ask(query, onReply),
  forgetCaptures: (device) => dataplane.forget(device),
  onFaults() {},
  onNotices() {},
});
traffic.updateDevices(new Map(Object.entries(options.devices) as [Mac, string][]), Date.now());

const router = Object.assign(new QuietRouter(), { traffic });
const [status, devices] = [router.status(), router.devices()];
router.status = () => ({ ...status, routerAddress: options.address });
Object.assign(router.lan, { pageAddresses: () => [options.address] });
router.devices = () => Object.keys(options.devices).map((mac) => ({ ...devices[0]!, mac }));
const guard = new AccessGuard(new Access({ state: options.state, visibleTo: () => "household" }));
// Changes are the owner's, who needs no password on the router itself.
for (const hostname of [options.address, "127.0.0.1"])
  createApi(router, new Map(), { domain: "lan", guard }).listen({ hostname, port: options.port });
while (dns.listening().length === 0) await Bun.sleep(5);

serve(async () => {
  await traffic.remember();
  return { memory: process.memoryUsage.rss() };
});
