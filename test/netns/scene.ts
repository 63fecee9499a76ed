import type { Scene } from "./busy-home.ts";
import type { Namespace } from "./linux-namespace.ts";
import { launchIn } from "./program.ts";
import { SERVER, type Topology } from "./topology.ts";

/** An address of the home that no machine has. */
const NOBODY = "192.168.77.100";

/** The topology as a busy home needs it. */
export function sceneOf({ client1, client2, router, provider }: Topology): Scene {
  return {
    client1: launchIn(client1),
    client2: launchIn(client2),
    router: launchIn(router),
    provider: launchIn(provider),
    server: SERVER,
    access: { interface: "eth0", mac: macOf(provider, "eth0") },
    wan: "wan0",
    home: {
      interface: "eth0",
      mac: macOf(client1, "eth0"),
      routerMac: macOf(router, "br-lan"),
      nobody: NOBODY,
    },
  };
}

export function macOf(namespace: Namespace, interfaceName: string): string {
  return JSON.parse(namespace.ip(`-json link show ${interfaceName}`))[0].address;
}
