import { afterAll, beforeAll, expect, test } from "bun:test";
import { createApi } from "./api.ts";
import { QuietRouter, quietGuard } from "./fixture.ts";

let address: string;
let stop: () => Promise<unknown>;

beforeAll(() => {
  const options = { domain: "lan", guard: quietGuard() };
  const app = createApi(new QuietRouter(), new Map(), options).listen({ hostname: "127.0.0.1", port: 0 });
  address = `http://127.0.0.1:${app.server?.port}/api/wan`;
  stop = () => app.stop(true);
});
afterAll(() => stop());

const get = async (path: string) => (await fetch(`${address}${path}`)).json();

test("the ways to the Internet are told, the preferred one first", async () => {
  expect(await get("")).toMatchObject([{ name: "internet", state: "no-cable", isUsed: true, fault: null }]);
});

test("what a probe found is told by it, and from then on", async () => {
  const before = await get("/probe");
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${address}/probe`, { method: "POST", headers, body: "{}" });
  const probed = await response.json();
  expect([before, response.status, probed.suggestion, await get("/probe")]).toEqual([
    { probed: null },
    200,
    { port: "eth0", mode: "pppoe" },
    { probed },
  ]);
});
