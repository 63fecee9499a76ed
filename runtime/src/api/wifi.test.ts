import { expect, test } from "bun:test";
import { Access } from "../service/access/access.ts";
import { AccessGuard } from "./access-guard.ts";
import { createApi } from "./api.ts";
import { QuietRouter, quietGuard } from "./fixture.ts";

const PATHS = ["/api/wifi", "/api/wifi/passphrases"];

/** What `guard` lets whoever asks see. */
async function answers(guard: AccessGuard): Promise<Response[]> {
  const app = createApi(new QuietRouter(), new Map(), { domain: "lan", guard });
  app.listen({ hostname: "127.0.0.1", port: 0 });
  const told = await Promise.all(PATHS.map((path) => fetch(`http://127.0.0.1:${app.server?.port}${path}`)));
  await app.stop(true);
  return told;
}

test("who has joined is told to everyone at home, and what opens a network to its owner alone", async () => {
  const access = new Access({ state: "/nonexistent", visibleTo: () => "household" });
  const stranger = await answers(new AccessGuard(access, () => false));
  const owner = await answers(quietGuard());
  expect([stranger, owner].map((told) => told.map(({ status }) => status))).toEqual([
    [200, 401],
    [200, 200],
  ]);
  expect([owner[1]!.headers.get("cache-control"), await owner[1]!.json()]).toEqual([
    "no-store",
    [{ name: "Gatehouse", passphrase: "correct horse" }],
  ]);
});
