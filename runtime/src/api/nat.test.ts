import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { createApi } from "./api.ts";
import { QuietRouter, quietGuard } from "./fixture.ts";

const MAC = "02:00:5e:00:00:01";
const router = new QuietRouter();
let base = "";
let stop: () => Promise<unknown>;

beforeAll(() => {
  const app = createApi(router, new Map(), { domain: "lan", guard: quietGuard() }).listen({
    hostname: "127.0.0.1",
    port: 0,
  });
  base = `http://127.0.0.1:${app.server?.port}/api/nat`;
  stop = () => app.stop(true);
});
afterAll(() => stop());
beforeEach(() => {
  router.nat.isAway = false;
  router.nat.asked.length = 0;
});

async function get(path: string) {
  const response = await fetch(base + path);
  return { status: response.status, body: await response.json() };
}

test("each list is answered row by row with the device it belongs to, and where it goes on", async () => {
  for (const what of ["bindings", "sessions", "associations"] as const) {
    const { rows } = await router.nat.list(what, {}, 1);
    expect(await get(`/${what}`)).toEqual({ status: 200, body: { rows, next: 7 } });
  }
  const device = await router.nat.device(MAC);
  expect(await get(`/devices/${MAC.toUpperCase()}`)).toEqual({ status: 200, body: device });
});

test("filters reach the list: a device by its MAC or its address, protocol, port, page", async () => {
  await get(`/bindings?device=${MAC.replaceAll(":", "-")}&transport=udp&port=0&limit=1000&after=0`);
  await get("/sessions?device=192.168.7.99&port=65535");
  await get("/associations?limit=1");
  expect(router.nat.asked).toEqual([
    {
      what: "bindings",
      filter: { host: "192.168.7.10", transport: "udp", port: 0 },
      limit: 1000,
      after: 0,
    },
    { what: "sessions", filter: { host: "192.168.7.99", port: 65535 }, limit: 200, after: undefined },
    { what: "associations", filter: {}, limit: 1, after: undefined },
  ]);
});

test("what a filter does not take is refused with its name, all of it at once", async () => {
  const { status, body } = await get(
    "/bindings?device=tv&transport=sctp&port=65536&limit=0&after=-1&color=red",
  );
  const takes = (text: string) => expect.stringContaining(text);
  expect([status, body.fields]).toEqual([
    422,
    [
      { field: "device", reason: takes("takes the MAC of a device such as") },
      { field: "transport", reason: "takes tcp, udp or icmp" },
      { field: "port", reason: "takes a whole number from 0 to 65535" },
      { field: "limit", reason: "takes a whole number from 1 to 1000" },
      { field: "after", reason: takes("`next`") },
      { field: "color", reason: "is unknown here; known are device, transport, port, after, limit" },
    ],
  ]);
  expect(body.error).toStartWith("device takes the MAC of a device");
  expect(await get("/sessions?limit=1&limit=2")).toMatchObject({
    status: 422,
    body: { error: "limit is given more than once" },
  });
  for (const text of ["", "1e3", "0x10", "1.5", " 5", "99999999999999999999"]) {
    expect((await get(`/sessions?limit=${encodeURIComponent(text)}`)).status).toBe(422);
  }
  expect((await get("/associations?port=1")).body.error).toBe(
    "port is unknown here; known are device, after, limit",
  );
  expect(router.nat.asked).toEqual([]);
});

test("a device nobody knows is a fault that names the parameter; one without an address has nothing open", async () => {
  expect(await get("/bindings?device=02:00:00:00:00:00")).toEqual({
    status: 404,
    body: {
      error: "device: no device has the MAC 02:00:00:00:00:00",
      hint: expect.any(String),
      fields: [{ field: "device", reason: expect.any(String) }],
    },
  });
  expect(await get("/devices/attic")).toMatchObject({ status: 404, body: { fields: [{ field: "mac" }] } });
  router.address = null;
  expect(await get(`/bindings?device=${MAC}`)).toEqual({ status: 200, body: { rows: [], next: null } });
  router.address = "192.168.7.10";
});

test("without a data plane the lists say so and what that means; the summary is there", async () => {
  router.nat.isAway = true;
  for (const path of ["/bindings", "/sessions", "/associations", `/devices/${MAC}`]) {
    const { status, body } = await get(path);
    expect([path, status, body]).toEqual([
      path,
      503,
      {
        error: "The data plane did not answer: not connected",
        hint: expect.stringContaining("Connections that exist go on."),
      },
    ]);
  }
  expect((await get("")).status).toBe(200);
});

test("the OpenAPI document says what each list can be asked for", async () => {
  const { paths } = await (await fetch(base.replace("nat", "docs/json"))).json();
  const names = (path: string) =>
    paths[path].get.parameters.map((parameter: { name: string; in: string; description: string }) => [
      parameter.name,
      parameter.in,
      typeof parameter.description,
    ]);
  const query = (name: string) => [name, "query", "string"];
  expect(names("/api/nat/bindings")).toEqual(["device", "transport", "port", "after", "limit"].map(query));
  expect(names("/api/nat/associations")).toEqual(["device", "after", "limit"].map(query));
});
