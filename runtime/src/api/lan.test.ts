import { afterAll, beforeAll, expect, test } from "bun:test";
import { createApi } from "./api.ts";
import { QuietRouter, quietGuard } from "./fixture.ts";

const router = new QuietRouter();
let address: string;
let stop: () => Promise<unknown>;

beforeAll(() => {
  const options = { domain: "lan", guard: quietGuard() };
  const app = createApi(router, new Map(), options).listen({ hostname: "127.0.0.1", port: 0 });
  address = `http://127.0.0.1:${app.server?.port}/api`;
  stop = () => app.stop(true);
});
afterAll(() => stop());

async function wake(mac: string) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${address}/devices/${mac}/wake`, { method: "POST", headers, body: "{}" });
  return { status: response.status, body: await response.json() };
}

test("the networks are told with who may reach whom", async () => {
  expect(await (await fetch(`${address}/networks`)).json()).toEqual({ networks: [], reach: [] });
});

test("a known device is woken, however its address is written; a stranger is not", async () => {
  expect([
    await wake("02-00-5E-00-00-01"),
    (await wake("02:00:5e:00:00:99")).status,
    (await wake("tv")).status,
  ]).toEqual([{ status: 200, body: { networks: ["home"] } }, 404, 404]);
});

test("it is said when no network takes the packet", async () => {
  const { lan } = router;
  Object.assign(router, {
    lan: {
      ...lan,
      wake: () => {
        throw new Error("ENETDOWN");
      },
    },
  });
  const answer = await wake("02:00:5e:00:00:01");
  Object.assign(router, { lan });
  expect([answer.status, answer.body.error]).toEqual([503, "No network of the home took the packet"]);
});
