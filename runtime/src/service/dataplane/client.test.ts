import { afterAll, afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectDataplane, type DataplaneClient } from "./client.ts";
import { JsonLines, jsonLine } from "./lines.ts";
import type { AssociationRow, ListRequest } from "./listing.ts";
import type { Report, Request } from "./protocol.ts";

const folder = mkdtempSync(join(tmpdir(), "gatehouse-client-"));
const socketPath = join(folder, "dataplane.sock");
let client: DataplaneClient | undefined;

afterEach(() => client?.close());
afterAll(() => rmSync(folder, { recursive: true }));

/** A data plane that answers each request, and then hangs up where it answers nothing. */
function listen(answer: (request: Request) => Report | undefined): { stop(): void } {
  const server = Bun.listen({
    unix: socketPath,
    socket: {
      data(peer, bytes) {
        new JsonLines().push(bytes, (value) => {
          const report = answer(value as Request);
          if (report === undefined) peer.end();
          else peer.write(jsonLine(report));
        });
      },
    },
  });
  return { stop: () => server.stop(true) };
}

/** A client that is connected, and what it hears. */
async function connect(): Promise<Report[]> {
  const connected = Promise.withResolvers<void>();
  const reports: Report[] = [];
  client = connectDataplane({
    socketPath,
    onMessage: (report) => reports.push(report),
    onConnection: () => connected.resolve(),
  });
  await connected.promise;
  return reports;
}

test("a data plane that went away gets the configuration again when it is back", async () => {
  const twice = Promise.withResolvers<void>();
  let count = 0;
  const server = listen(({ type }) => {
    if (type === "list") return undefined;
    if (++count === 2) twice.resolve();
    return { type: "configured" };
  });
  const reports = await connect();
  client?.configure({ wan: null, lans: [], path: "offload" });
  await expect(client?.list("bindings")).rejects.toThrow("gone");
  await twice.promise;
  expect(reports[0]).toEqual({ type: "configured" });
  server.stop();
});

const association: AssociationRow = {
  protocol: "gre",
  internalAddress: "192.168.77.11",
  remoteAddress: "203.0.113.80",
  ageMs: 2,
  idleMs: 1,
};

test("a listing is asked for page by page, to its end or as far as wanted", async () => {
  const asked: unknown[] = [];
  const sizes = [2, 0, 1];
  const server = listen((request) => {
    const { after = 0 } = request as ListRequest;
    asked.push(request);
    const rows = Array<AssociationRow>(sizes[after]!).fill(association);
    return { type: "listing", what: "associations", rows, next: after === 2 ? null : after + 1 };
  });
  await connect();
  const request = { type: "list", what: "associations", host: "192.168.77.11" };
  expect(await client?.list("associations", { host: "192.168.77.11" })).toEqual({
    rows: [association, association, association],
    next: null,
  });
  expect(asked.splice(0)).toEqual([0, 1, 2].map((after) => ({ ...request, after, limit: 1000 })));
  expect(await client?.list("associations", { limit: 2 })).toEqual({
    rows: [association, association],
    next: 1,
  });
  server.stop();
});

test("without a connection there is no listing", async () => {
  client = connectDataplane({ socketPath, onMessage: () => {} });
  await expect(client.list("sessions")).rejects.toThrow("not there");
});
