import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { defaultConfig } from "../config/parse.ts";
import { createApi } from "./api.ts";
import { QuietRouter, quietGuard } from "./fixture.ts";

const router = new QuietRouter();
let address: string;
let stop: () => Promise<unknown>;

beforeAll(() => {
  const options = { domain: "lan", guard: quietGuard() };
  const app = createApi(router, new Map(), options).listen({ hostname: "127.0.0.1", port: 0 });
  address = `http://127.0.0.1:${app.server?.port}/api/traffic/settings`;
  stop = () => app.stop(true);
});
afterAll(() => stop());
beforeEach(async () => {
  await router.settings.change(defaultConfig.traffic);
});

async function put(body: string) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(address, { method: "PUT", headers, body });
  return { status: response.status, body: await response.json() };
}

test("settings are told whole, and what is changed leaves the rest as it was", async () => {
  expect(await (await fetch(address)).json()).toEqual(defaultConfig.traffic);
  const changed = { visibleTo: "household", notRecorded: ["02:00:5e:10:00:01"] };
  const after = { ...defaultConfig.traffic, ...changed };
  expect(await put(JSON.stringify(changed))).toEqual({ status: 200, body: after });
  expect(await put(`{"keepMinutesDays": 30}`)).toEqual({
    status: 200,
    body: { ...after, keepMinutesDays: 30 },
  });
  expect(await (await fetch(address)).json()).toEqual({ ...after, keepMinutesDays: 30 });
});

test("two changes at once are both made", async () => {
  await Promise.all([put(`{"historyMegabytes": 64}`), put(`{"keepSecondsDays": 3}`)]);
  expect(router.settings.current).toEqual({
    ...defaultConfig.traffic,
    historyMegabytes: 64,
    keepSecondsDays: 3,
  });
});

test("every fault is told at once, by field, with what it takes; nothing is changed then", async () => {
  const wrong = { visibleTo: "all", notRecorded: ["tv"], captureMegabytes: 51, days: 1, keepMinutesDays: 30 };
  expect(await put(JSON.stringify(wrong))).toEqual({
    status: 422,
    body: {
      error: expect.stringContaining("captureMegabytes: 51 is not a whole number of megabytes from 0 to 50"),
      hint: "Nothing was changed. Each field's reason says what it takes.",
      fields: [
        { field: "days", reason: "there is no field days; check its spelling or take it out" },
        { field: "visibleTo", reason: '"all" is not owner or household' },
        { field: "notRecorded.0", reason: '"tv" is not a MAC address such as 02:00:5e:10:00:01' },
        { field: "captureMegabytes", reason: "51 is not a whole number of megabytes from 0 to 50" },
      ],
    },
  });
  expect(await put(`{"captureMegabytes": 20, "captureTotalMegabytes": 10}`)).toMatchObject({
    status: 422,
    body: {
      fields: [{ field: "captureTotalMegabytes", reason: expect.stringContaining("give at least 20") }],
    },
  });
  expect(router.settings.current).toEqual(defaultConfig.traffic);
});

test("what is no JSON object changes nothing", async () => {
  for (const body of ["", "{", "[]", "null", "7", '"owner"', "[{}]"]) {
    expect([body, (await put(body)).status]).toEqual([body, 422]);
  }
  expect(router.settings.current).toEqual(defaultConfig.traffic);
});
