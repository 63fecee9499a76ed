import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectDataplane, type DataplaneClient } from "./client.ts";
import { JsonLines, jsonLine } from "./lines.ts";
import type { Report } from "./protocol.ts";

const folder = mkdtempSync(join(tmpdir(), "gatehouse-client-"));
const socketPath = join(folder, "dataplane.sock");
let client: DataplaneClient | undefined;

afterEach(() => {
  client?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A data plane that answers each configuration and then hangs up. */
function listen(onConfigure: () => void): { stop(): void } {
  const server = Bun.listen({
    unix: socketPath,
    socket: {
      data(peer, bytes) {
        new JsonLines().push(bytes, () => {
          onConfigure();
          peer.write(jsonLine({ type: "configured" }));
          peer.end();
        });
      },
    },
  });
  return { stop: () => server.stop(true) };
}

test("a data plane that went away gets the configuration again when it is back", async () => {
  const twice = Promise.withResolvers<void>();
  let count = 0;
  const reports: Report[] = [];
  const server = listen(() => {
    if (++count === 2) twice.resolve();
  });
  client = connectDataplane({ socketPath, onMessage: (report) => reports.push(report) });
  client.configure({ wan: null, lans: [], path: "offload" });
  await twice.promise;
  expect(reports[0]).toEqual({ type: "configured" });
  server.stop();
});
