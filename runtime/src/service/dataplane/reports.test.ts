import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectDataplane } from "./client.ts";
import type { Report } from "./protocol.ts";
import { runDataplane } from "./server.ts";

type Traffic = Extract<Report, { type: "traffic" }>;

test("traffic is reported for every interval, also a quiet one, and the intervals add up to the time that passed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "dataplane-"));
  const dataplane = runDataplane({ socketPath: join(folder, "socket") });
  const { promise, resolve } = Promise.withResolvers<Traffic[]>();
  const reports: Traffic[] = [];
  const client = connectDataplane({
    socketPath: join(folder, "socket"),
    onMessage(report) {
      if (report.type === "traffic") reports.push(report);
      if (reports.length === 7) resolve(reports);
    },
  });
  // The first says what was so far, the second is the rest of an interval.
  const [, second, ...rest] = await promise;
  client.close();
  dataplane.stop();
  rmSync(folder, { recursive: true });
  const spans = rest.reduce((sum, { intervalMs }) => sum + intervalMs, 0);
  expect(rest.flatMap(({ devices }) => devices)).toEqual([]);
  expect(Math.abs(rest.at(-1)!.at - second!.at - spans)).toBeLessThanOrEqual(rest.length + 1);
});
