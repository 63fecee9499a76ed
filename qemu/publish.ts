import type { Server } from "node:net";
import { join } from "node:path";
import type { Client } from "./client/client.ts";
import type { Namespaces } from "./namespaces.ts";
import { relay } from "./relay.ts";

const firstPort = 8080;
const lastPort = 8179;

/**
 * Makes the router's page reachable on this machine's loopback, the way `client` sees it: a relay in the client's
 * namespace listens on a Unix socket, another one outside passes TCP connections on to it. Returns the page's address.
 */
export async function publishPage(namespaces: Namespaces, client: Client, router: string): Promise<string> {
  const path = `/run/hosts/${client.name}/page`;
  const program = join(import.meta.dir, "relay.ts");
  const inner = client.place.start([process.execPath, program, path, router, "80"], "page");
  await inner.line(/^ready$/, 10_000);
  const outer = relay({ path: `/proc/${namespaces.pid}/root${path}` });
  return `http://localhost:${await listen(outer)}/`;
}

/** Listens on the first free port from 8080 on. */
async function listen(server: Server): Promise<number> {
  for (let port = firstPort; port <= lastPort; port++) {
    const free = await new Promise<boolean>((resolve, reject) => {
      const refused = (error: NodeJS.ErrnoException) =>
        error.code === "EADDRINUSE" ? resolve(false) : reject(error);
      server.once("error", refused);
      server.listen({ host: "127.0.0.1", port }, () => {
        server.off("error", refused);
        resolve(true);
      });
    });
    server.removeAllListeners("error");
    if (free) return port;
  }
  throw new Error(`lab: ports ${firstPort} to ${lastPort} are all taken`);
}
