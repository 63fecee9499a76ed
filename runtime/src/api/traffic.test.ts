import { afterAll, beforeAll, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { Access } from "../service/access/access.ts";
import { AccessGuard } from "./access-guard.ts";
import { createApi } from "./api.ts";
import { QuietRouter } from "./fixture.ts";
import { GROUPS, moved, TV } from "./traffic.fixture.ts";

const router = new QuietRouter();
const { traffic } = router;
const NOW = router.status().time;
const DAY = 86_400_000;
let isOwner = true;
let base = "";
let stop: () => Promise<unknown>;

beforeAll(() => {
  const access = new Access({ state: "/nonexistent", visibleTo: () => "owner" });
  const guard = new AccessGuard(access, () => isOwner);
  const app = createApi(router, new Map(), { domain: "lan", guard }).listen({
    hostname: "127.0.0.1",
    port: 0,
  });
  base = `http://127.0.0.1:${app.server?.port}`;
  stop = () => app.stop(true);
});
afterAll(() => stop());
beforeEach(() => {
  isOwner = true;
  traffic.refusal = undefined;
  traffic.asked.length = 0;
});

async function call(path: string, method = "GET") {
  const response = await fetch(base + path, { method });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}

describe("answers", () => {
  test("a series is what the account says of the range, for all or by group", async () => {
    const all = await call("/api/traffic/series?from=1000&to=3000&step=1000");
    const { up, down, upPackets, downPackets } = moved(1000, 1000, 0, 1);
    expect(all).toEqual({
      status: 200,
      body: {
        from: 1000,
        step: 1000,
        groups: [
          {
            key: {},
            up: [up, up + 1],
            down: [down, down + 2],
            upPackets: [upPackets, upPackets],
            downPackets: [downPackets, downPackets],
          },
        ],
      },
    });
    for (const by of ["device", "remote", "domain", "service"] as const) {
      const { body } = await call(`/api/traffic/series?from=1000&to=3000&step=1000&by=${by}&top=2`);
      expect(body.groups.map(({ key }: { key: unknown }) => key)).toEqual(GROUPS[by].slice(0, 2));
    }
  });

  test("totals, statistics, the last seconds, extent, notices, questions and captures as the account tells them", async () => {
    const range = { from: 0, to: 1000 };
    for (const [path, answer] of [
      ["traffic/totals?from=0&to=1000&by=service", await traffic.totals({ ...range, by: "service" })],
      ["traffic/statistics?from=0&to=1000", await traffic.statistics(range)],
      ["traffic/extent", await traffic.extent()],
      [
        "traffic/now?by=protocol&seconds=60&top=1",
        await traffic.top({ by: "protocol", seconds: 60, count: 1 }),
      ],
      ["traffic/notices", traffic.notices()],
      ["traffic/notices/silenced", traffic.silenced()],
      [`traffic/devices/${TV.toUpperCase()}/questions`, await traffic.questions(TV)],
      ["captures", await traffic.captures()],
    ] as const) {
      expect([path, await call(`/api/${path}`)]).toEqual([path, { status: 200, body: answer }]);
    }
  });

  test("nothing given is the last day, in steps of whole minutes from a whole minute on, by remote", async () => {
    await call("/api/traffic/series");
    await call("/api/traffic/series?by=device");
    await call("/api/traffic/totals");
    await call("/api/traffic/statistics");
    await call("/api/traffic/now");
    const day = { from: Math.floor((NOW - DAY) / 60_000) * 60_000, to: NOW };
    expect(traffic.asked).toEqual([
      { what: "series", query: { ...day, step: 120_000 } },
      { what: "series", query: { ...day, step: 120_000, by: "device", top: 10 } },
      { what: "totals", query: { ...day, by: "remote", top: 100 } },
      { what: "statistics", query: day },
      { what: "top", query: { by: "remote", seconds: 10, count: 100 } },
    ]);
  });

  test("parameters reach the account: times of both kinds, a device by MAC or home address, a remote in any spelling", async () => {
    await call(
      `/api/traffic/statistics?from=2023-11-14&to=2023-11-14T01:00:00.5Z&device=${TV.replaceAll(":", "-")}`,
    );
    await call("/api/traffic/statistics?from=1699920000000&to=2023-11-14T02:00%2B01:00&device=192.168.7.10");
    await call("/api/traffic/statistics?from=0&to=1&remote=2001:DB8:0::7");
    await call("/api/traffic/statistics?from=0&to=1&remote=others");
    const midnight = Date.UTC(2023, 10, 14);
    expect(traffic.asked.map(({ query }) => query)).toEqual([
      { from: midnight, to: midnight + 3_600_500, device: TV },
      { from: midnight, to: midnight + 3_600_000, device: TV },
      { from: 0, to: 1, remote: "2001:db8::7" },
      { from: 0, to: 1, remote: "others" },
    ]);
  });
});

test("a domain and a service reach the account, spelled as the groups are; within a service totals are by device", async () => {
  const range = "from=0&to=1000";
  await call(`/api/traffic/statistics?${range}&domain=Example.CO.UK.`);
  await call(`/api/traffic/totals?${range}&domain=2001:DB8:0::7`);
  await call(`/api/traffic/series?${range}&step=1000&service=TCP/443&device=${TV}`);
  await call(`/api/traffic/totals?${range}&service=17/53`);
  await call(`/api/traffic/totals?${range}&service=esp&by=service`);
  await call(`/api/traffic/export?format=json&view=totals&${range}&service=132/0`);
  const asked = { from: 0, to: 1000 };
  expect(traffic.asked.map(({ query }) => query)).toEqual([
    { ...asked, domain: "example.co.uk" },
    { ...asked, domain: "2001:db8::7", by: "remote", top: 100 },
    { ...asked, step: 1000, service: { protocol: 6, port: 443 }, device: TV },
    { ...asked, service: { protocol: 17, port: 53 }, by: "device", top: 100 },
    { ...asked, service: { protocol: 50, port: 0 }, by: "service", top: 100 },
    { ...asked, service: { protocol: 132, port: 0 }, by: "device" },
  ]);
});

describe("faults", () => {
  const fieldsOf = async (path: string) => {
    const { status, body } = await call(path);
    const fields = Object.fromEntries(
      (body.fields ?? []).map(({ field, reason }: { field: string; reason: string }) => [field, reason]),
    );
    return { status, fields };
  };

  test("every parameter that cannot be used is named at once, with what it takes", async () => {
    const bad =
      "from=yesterday&to=2026-13-01T00:00:00Z&step=150&device=tv&remote=example.net&domain=www.example.net&service=tcp&by=colour&top=101&color=red&color=blue";
    const time = "takes milliseconds since 1970-01-01 UTC, or a time such as 2026-11-22T18:30:00Z";
    expect(await fieldsOf(`/api/traffic/series?${bad}`)).toEqual({
      status: 422,
      fields: {
        from: time,
        to: time,
        step: "takes milliseconds, a multiple of 100",
        device:
          "takes the MAC of a device such as 02:00:5e:10:00:01, or its home address such as 192.168.77.20",
        remote: "takes an IPv4 or IPv6 address such as 203.0.113.80 or 2001:db8::7, or others",
        domain:
          "takes the registered part of a name, such as example.net for www.example.net, or the address of a place without a name",
        service:
          "takes a protocol and port such as tcp/443 or udp/53, or a protocol without ports such as icmp, esp or 41",
        by: "takes device, remote, domain or service",
        top: "takes a whole number from 1 to 100",
        color: "is unknown here; known are from, to, device, remote, domain, service, step, by, top",
      },
    });
    expect(traffic.asked).toEqual([]);
  });

  test.each([
    ["/api/traffic/series?from=5&to=5", { from: "is not before the range's end, 1970-01-01T00:00:00.005Z" }],
    ["/api/traffic/totals?from=9&to=8&to=9", { to: "is given more than once" }],
    [
      "/api/traffic/statistics?step=100",
      { step: "is unknown here; known are from, to, device, remote, domain, service" },
    ],
    [
      "/api/traffic/statistics?from=0&to=51840000001",
      { from: "takes at most 600 days before the range's end" },
    ],
    ["/api/traffic/extent?from=1", { from: "is unknown here; nothing can be asked for" }],
    ["/api/traffic/series?top=3", { top: "means nothing without by" }],
    ["/api/traffic/totals?top=1001", { top: "takes a whole number from 1 to 1000" }],
    [
      "/api/traffic/now?by=colour&seconds=30&top=0&from=1",
      {
        by: "takes device, remote, domain, service or protocol",
        seconds: "takes 10 or 60",
        top: "takes a whole number from 1 to 1000",
        from: "is unknown here; known are by, seconds, top",
      },
    ],
    ["/api/captures?__proto__=1", { ["__proto__"]: "is unknown here; nothing can be asked for" }],
    ["/api/traffic/series?constructor=1&step=0", { step: "takes milliseconds, a multiple of 100" }],
    [
      "/api/traffic/series?from=0&to=1000100&step=100",
      { step: "takes 200 and more for this range: an answer has at most 10000 steps of 1 sums" },
    ],
    [
      "/api/traffic/series?from=0&to=10000000&step=1000&by=remote&top=99",
      { step: "takes 3400 and more for this range: an answer has at most 3000 steps of 100 sums" },
    ],
  ])("%s", async (path, fields) => {
    expect(await fieldsOf(path)).toEqual({ status: 422, fields: expect.objectContaining(fields) });
  });

  test("times no calendar has are no times", async () => {
    for (const time of [
      "-1",
      "1e12",
      "8640000000000001",
      "2026-11-22T18:30:00",
      "now",
      "",
      "2026-11-22 18:30:00Z",
    ]) {
      const { status } = await call(`/api/traffic/statistics?to=${encodeURIComponent(time)}`);
      expect([time, status]).toEqual([time, 422]);
    }
  });

  test("a device or a notice nobody knows is named", async () => {
    for (const [path, method, field] of [
      ["/api/traffic/series?device=192.168.7.99", "GET", "device"],
      ["/api/traffic/devices/02:00:00:00:00:00/questions", "GET", "mac"],
      ["/api/traffic/devices/attic/questions", "GET", "mac"],
      ["/api/traffic/notices/gone/silence", "POST", "id"],
      ["/api/traffic/notices/gone/silence", "DELETE", "id"],
    ] as const) {
      const { status, body } = await call(path, method);
      expect([path, status, body.fields[0].field]).toEqual([path, 404, field]);
    }
    expect(await call("/api/traffic/devices/attic", "DELETE")).toMatchObject({
      status: 422,
      body: { fields: [{ field: "mac", reason: "takes a MAC such as 02:00:5e:10:00:01" }] },
    });
  });

  test("what the account refuses is the request's fault; where it fails, that is said in words, and the cause is for the log", async () => {
    traffic.refusal = new RangeError("by: not with remote; ask for one of both");
    const fault = { field: "by", reason: "not with remote; ask for one of both" };
    const refused = {
      status: 422,
      body: { error: "by not with remote; ask for one of both", hint: expect.any(String), fields: [fault] },
    };
    for (const path of ["series", "totals", "statistics", "now", "export"]) {
      expect([path, await call(`/api/traffic/${path}`)]).toEqual([path, refused]);
    }
    traffic.refusal = new Error("the thread has ended");
    const log = spyOn(process.stderr, "write").mockImplementation(() => true);
    // Each is said once in a while, and another test may have heard it.
    const later = performance.now() + 3_600_000;
    const clock = spyOn(performance, "now").mockImplementation(() => later);
    const answers = [];
    for (const [path, method] of [
      ["traffic/extent", "GET"],
      ["traffic/export?format=json", "GET"],
      ["captures", "GET"],
      ["traffic", "DELETE"],
      [`traffic/devices/${TV}`, "DELETE"],
      ["traffic/notices/new%2F3/silence", "DELETE"],
    ] as const) {
      const { status, body } = await call(`/api/${path}`, method);
      answers.push([status, body.error, body.hint.includes("log says more")]);
    }
    const written = log.mock.calls.map(([line]) => `${line}`.replace(/ \(and .*\)/, ""));
    clock.mockRestore();
    log.mockRestore();
    const errors = [
      "The record of the traffic did not answer",
      "Not all of it could be deleted",
      "This could not be changed",
    ];
    const [unanswered, kept, unchanged] = errors;
    expect(answers).toEqual(
      [unanswered, unanswered, unanswered, kept, kept, unchanged].map((error) => [503, error, true]),
    );
    expect(written).toEqual(errors.map((error) => `<4>api: ${error}: the thread has ended\n`));
  });
});

describe("changes", () => {
  test("a notice is silenced, another may come again, a device is forgotten, everything is forgotten", async () => {
    const answers = [
      await call(`/api/traffic/notices/${encodeURIComponent("upload 1/2")}/silence`, "POST"),
      await call(`/api/traffic/notices/${encodeURIComponent("new/3")}/silence`, "DELETE"),
      await call("/api/traffic/devices/02-00-5E-00-00-99", "DELETE"),
      await call("/api/traffic", "DELETE"),
    ];
    expect(answers).toEqual(Array(4).fill({ status: 204, body: null }));
    expect(traffic.asked).toEqual([
      { what: "silence", query: "upload 1/2" },
      { what: "unsilence", query: "new/3" },
      { what: "forget", query: "02:00:5e:00:00:99" },
      { what: "forget", query: undefined },
    ]);
  });

  test("no address tells or changes anything for strangers, be it one that comes later", async () => {
    const { paths } = await (await fetch(`${base}/api/docs/json`)).json();
    isOwner = false;
    const seen: [string, number][] = [];
    for (const [path, methods] of Object.entries<object>(paths)) {
      if (!/^\/api\/(traffic|captures)/.test(path)) continue;
      for (const method of Object.keys(methods)) {
        const address = path.replace("{mac}", TV).replace("{id}", "upload");
        const headers: Record<string, string> = { origin: base };
        if (path.endsWith("/live")) {
          Object.assign(headers, {
            upgrade: "websocket",
            connection: "Upgrade",
            "sec-websocket-version": "13",
          });
          headers["sec-websocket-key"] = "AAAAAAAAAAAAAAAAAAAAAA==";
        }
        const body = method === "put" ? "{}" : null;
        if (body !== null) headers["content-type"] = "application/json";
        const { status } = await fetch(base + address, { method: method.toUpperCase(), headers, body });
        seen.push([`${method} ${path}`, status]);
      }
    }
    expect(seen.filter(([, status]) => status !== 401)).toEqual([]);
    expect(seen.length).toBeGreaterThan(12);
    expect(traffic.asked).toEqual([]);
    expect(traffic.watches).toEqual([]);
  });
});

test("the OpenAPI document says what each address can be asked for", async () => {
  const { paths } = await (await fetch(`${base}/api/docs/json`)).json();
  const names = (path: string) => paths[path].get.parameters.map(({ name }: { name: string }) => name);
  const range = ["from", "to", "device", "remote", "domain", "service"];
  expect({
    series: names("/api/traffic/series"),
    now: names("/api/traffic/now"),
    totals: names("/api/traffic/totals"),
    export: names("/api/traffic/export"),
    file: names("/api/captures/file"),
  }).toEqual({
    series: [...range, "step", "by", "top"],
    now: ["by", "seconds", "top"],
    totals: [...range, "by", "top"],
    export: ["format", "view", ...range, "step", "by", "top"],
    file: ["format", "device", "from", "to", "remote", "domain", "service", "port", "follow"],
  });
  expect(paths["/api/captures/file"].get.description).toContain("follow=1' | wireshark -k -i -");
});
