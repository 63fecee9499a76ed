import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { TrafficTop } from "@gatehouse/runtime/service/traffic/source.ts";
import { modeFrame } from "@gatehouse/runtime/wire/live/encode.ts";
import { eventually } from "../harness/eventually.ts";
import { residents, START } from "../harness/scripted-home.ts";
import {
  FIXED,
  MINUTE,
  PAST,
  query,
  rows,
  script,
  statistic,
  TrafficViewer,
  timeline,
  told,
} from "../harness/traffic-view.ts";
import { startUi } from "../harness/ui-process.ts";

setDefaultTimeout(60_000);

const [TV, LAPTOP] = residents(12).map(({ device }) => device.mac);
let viewer: TrafficViewer;
const open: TrafficViewer["open"] = (...how) => viewer.open(...how);

beforeAll(async () => {
  viewer = await TrafficViewer.start();
});
afterAll(() => viewer.end());
/** No test leaves an error in the console. */
afterEach(async () => {
  expect(await viewer.closePages()).toEqual([]);
});

describe("what is shown", () => {
  test("is one click from anywhere, live, and scrolls without asking the router again", async () => {
    const page = await open();
    // Home's last minute is asked for once.
    const filled = page.waitForResponse((response) => response.url().includes("top=40"));
    await page.goto(viewer.home.url);
    await filled;
    await page.getByRole("link", { name: "See traffic" }).click();
    await page.getByRole("heading", { name: "Traffic" }).waitFor();
    await page.getByRole("button", { name: "Live", pressed: true }).waitFor();
    await page.getByRole("table", { name: "Who" }).getByText("Living room TV").waitFor();
    const asked: string[] = [];
    page.on("request", (request) => {
      if (request.url().includes("/series")) asked.push(request.url());
    });
    for (let i = 0; i < 3; i++) {
      const before = await timeline(page).screenshot();
      await eventually(async () => (await timeline(page).screenshot()).equals(before), false);
    }
    expect(asked).toEqual([]);
  });

  test("tables and statistics are the sums of the router, to the byte", async () => {
    const page = await open(FIXED);
    await eventually(() => rows(page, "Who"), await told("device"));
    await eventually(() => rows(page, "Where"), await told("domain"));
    await eventually(() => rows(page, "What for"), await told("service"));
    const { down, up, downPackets } = await script.statistics(PAST);
    const exact = (cell: string) => cell.replaceAll(/[^\d]/g, "");
    const title = async (row: "Down" | "Up", label: string) =>
      exact((await statistic(page, row, label).locator("[title]").first().getAttribute("title")) ?? "");
    expect({
      down: await title("Down", "Total"),
      up: await title("Up", "Total"),
      mean: await title("Down", "Mean"),
      peak: await title("Down", "Peak"),
      most: await title("Up", "95th percentile"),
      packets: exact((await statistic(page, "Down", "Packets").textContent()) ?? ""),
    }).toEqual({
      down: `${down.total}`,
      up: `${up.total}`,
      mean: `${Math.round(down.mean * 8)}`,
      peak: `${Math.round(down.peak * 8)}`,
      most: `${Math.round(up.percentile95 * 8)}`,
      packets: `${downPackets}`,
    });
    const peak = new Date(down.peakAt).toISOString().slice(11, 21);
    await statistic(page, "Down", "Peak").getByText(peak).waitFor();
  });

  test("while live the tables can be of the last seconds instead, with protocols", async () => {
    const page = await open();
    const answers: TrafficTop[] = [];
    page.on("response", async (response) => {
      if (/now\?by=(device|protocol)&seconds=10/.test(response.url())) answers.push(await response.json());
    });
    const deviceRows = ({ groups }: TrafficTop) =>
      groups.slice(0, 8).map(({ key, down, up }) => {
        const resident = residents(12).find(({ device }) => device.mac === key.device);
        return [resident?.device.name, down, up];
      });
    await page.getByRole("button", { name: "Last 10 s" }).click();
    await page.getByText("Sums of the last 10 seconds").waitFor();
    const isTold = async () => {
      const shown = JSON.stringify(await rows(page, "Who"));
      return answers.some((answer) => JSON.stringify(deviceRows(answer)) === shown);
    };
    await eventually(isTold, true);
    expect(answers[0]!.to - answers[0]!.from).toBeLessThanOrEqual(10_000);
    await page.getByRole("button", { name: "Protocols" }).click();
    const names = async () => (await rows(page, "What for")).map(([name]) => `${name}`);
    await eventually(async () => (await names()).filter((name) => /^(TCP|UDP)$/.test(name)).length, 2);
    await page.getByRole("table", { name: "Who" }).getByRole("button", { name: "Living room TV" }).click();
    await page.getByText("Sums of what the chart shows").waitFor();
    expect(await page.getByRole("button", { name: "Last 10 s" }).count()).toBe(0);
  });

  test("is told in a sentence for those who cannot see it", async () => {
    const page = await open(FIXED);
    await page
      .getByRole("application", {
        name: /^Traffic 18:19:00 to 18:20:00: [\d.]+\s\w?B down, [\d.]+\s\w?B up\. \d+ % of it by .+\.$/,
      })
      .waitFor();
  });

  test("a link shows the same: range, selection, grouping and filter", async () => {
    const link = `${FIXED}&select=${PAST.from + 10_000}-${PAST.from + 20_000}&by=remote&device=${TV}`;
    const page = await open(link);
    const selected = { from: PAST.from + 10_000, to: PAST.from + 20_000 };
    await eventually(() => rows(page, "Where"), await told("remote", { device: TV }, selected));
    await page.getByRole("button", { name: "Addresses", pressed: true }).waitFor();
    await page.getByRole("button", { name: "Selected 18:19:10 to 18:19:20" }).waitFor();
    await page.reload();
    await eventually(() => rows(page, "Where"), await told("remote", { device: TV }, selected));
    expect(new URL(page.url()).search).toBe(`?${link}`);
  });
});

describe("filters", () => {
  test("are a click on a name, combine, stay in the URL and go with a click on the chip", async () => {
    const page = await open(FIXED);
    await page.getByRole("button", { name: "Mara's laptop" }).click();
    const laptop = { device: LAPTOP };
    await eventually(() => rows(page, "Where"), await told("domain", laptop));
    await eventually(() => rows(page, "What for"), await told("service", laptop));
    await page.getByRole("button", { name: "tracknet.example" }).click();
    await eventually(
      async () => [query(page).get("device"), query(page).get("domain")],
      [LAPTOP, "tracknet.example"],
    );
    const both = await told("remote", { ...laptop, remote: "192.0.2.15" });
    await eventually(() => rows(page, "Where"), both);
    await eventually(async () => (await rows(page, "Who")).map((row) => row.slice(1)), [both[0]!.slice(1)]);
    await page.getByText("Services are not kept by place.").waitFor();
    await page.getByRole("button", { name: "Device Mara's laptop" }).click();
    await eventually(
      async () => (await rows(page, "Who")).map(([name]) => name),
      (await told("device", { remote: "192.0.2.15" })).map(([name]) => name),
    );
    await page.goBack();
    await page.getByRole("button", { name: "Device Mara's laptop" }).waitFor();
  });

  test("a domain with several addresses, and a service, are told of all who have a part in it", async () => {
    const page = await open(`${FIXED}&domain=streambox.example&by=remote`);
    const addresses = (await told("remote")).filter(([name]) => `${name}`.endsWith("streambox.example"));
    expect(addresses.length).toBe(2);
    await eventually(() => rows(page, "Where"), addresses);
    await eventually(() => rows(page, "Who"), await told("device", { domain: "streambox.example" }));
    const down = addresses.reduce((sum, [, bytes]) => sum + Number(bytes), 0);
    await statistic(page, "Down", "Total")
      .locator(`[title="${down.toLocaleString("en")} bytes"]`)
      .waitFor();
    await page.goto(`${viewer.home.url}/traffic?${FIXED}&service=17:443`);
    const service = { protocol: 17, port: 443 };
    await eventually(() => rows(page, "Who"), await told("device", { service }));
    await eventually(() => rows(page, "What for"), await told("service", { service }));
    await page.getByText("Places are not kept by service.").waitFor();
    await page.getByRole("button", { name: "Devices", pressed: true }).waitFor();
    const { up } = await script.statistics({ ...PAST, service });
    await statistic(page, "Up", "Total")
      .locator(`[title="${up.total.toLocaleString("en")} bytes"]`)
      .waitFor();
  });

  test("an address is shown to hands and keys and copied with one click", async () => {
    const page = await open(`${FIXED}&by=remote`);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const row = page.getByRole("table", { name: "Where" }).locator("tr").filter({ hasText: "edge-7.ams" });
    await row.getByText("asked for").waitFor();
    await row.getByRole("button", { name: "Copy address 203.0.113.80" }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("203.0.113.80");
  });
});

describe("packets", () => {
  test("are listed as they pass, stop to be read, and are those of the device that was chosen", async () => {
    const page = await open(`packets&device=${LAPTOP}`);
    const first = page.getByRole("region", { name: "Packets" }).locator("tbody tr").first();
    await first.getByText("Mara's laptop").waitFor();
    await first.getByText(/^\d\d:\d\d:\d\d\.\d\d\d$/).waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    const shown = await first.textContent();
    await page.getByText(/[1-9]\d* came since\./).waitFor();
    expect(await first.textContent()).toBe(shown);
    await page.getByRole("button", { name: "Go on" }).click();
    await eventually(async () => (await first.textContent()) === shown, false);
  });

  test("when the router sends sums instead, it is said why and how many are left out", async () => {
    const page = await viewer.browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.routeWebSocket(/traffic\/live/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((message) => {
        // Kinds 2 and 3: packets and modes of the script's own.
        if (typeof message !== "string" && (message[0] === 2 || message[0] === 3)) return;
        socket.send(message);
      });
      socket.onMessage((message) => {
        server.send(message);
        socket.send(Buffer.from(modeFrame("sums", "budget", 12_345)));
      });
    });
    await page.goto(`${viewer.home.url}/traffic?packets`);
    await page.getByText("There are more packets than a browser should be sent one by one.").waitFor();
    await page.getByText("12,345 packets are counted above and not listed here.").waitFor();
  });
});

describe("states", () => {
  test("a range before anything was recorded says so", async () => {
    const page = await open(`from=${START - 2 * 86_400_000}&to=${START - 2 * 86_400_000 + MINUTE}`);
    await page.getByText("No traffic in this time that was recorded.").waitFor();
    await page.getByText("Nobody moved anything in this time.").waitFor();
  });

  test("an answer that does not come is told with what to do, and what was known stays", async () => {
    const page = await open(FIXED);
    await eventually(() => rows(page, "Who"), await told("device"));
    const fault = { error: "The history did not answer", hint: "Wait a moment." };
    const asked = /api\/traffic\/(series|totals)/;
    await page.route(asked, (route) => route.fulfill({ status: 503, json: fault }));
    await page.getByRole("button", { name: "Services" }).click();
    await page.getByText("Not up to date. The history did not answer. Wait a moment.").waitFor();
    expect(await rows(page, "Who")).toEqual(await told("device"));
    await page.unroute(asked);
    await page.reload();
    await eventually(() => rows(page, "Who"), await told("device"));
  });

  test("when the router goes away the chart stops and says so, and goes on by itself", async () => {
    const first = await startUi({ devices: 3, internet: "online" });
    const page = await open("span=30000", first);
    await page.getByRole("table", { name: "Who" }).getByText("Living room TV").waitFor();
    await first[Symbol.asyncDispose]();
    await page.getByText("The stream has stopped.").waitFor();
    await using _second = await startUi({ devices: 3, internet: "online" }, first.port);
    await eventually(() => page.getByText("The stream has stopped.").count(), 0);
    const before = await timeline(page).screenshot();
    await eventually(async () => (await timeline(page).screenshot()).equals(before), false);
  });

  test("what is not known of the time that is shown is said in words", async () => {
    const page = await open(FIXED);
    await page.getByRole("table", { name: "What for" }).getByText("Web").first().waitFor();
    const notes = page.getByText(/Services are|of this time were recorded/);
    expect(await notes.count()).toBe(0);
    const change = (path: string, part: object) =>
      page.route(path, async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ json: { ...(await answer.json()), ...part } });
      });
    await change("**/api/traffic/extent", { oldestService: PAST.from + 30_000 });
    await change("**/api/traffic/statistics*", { recorded: 12_000 });
    await page.reload();
    const clock = new Date(PAST.from + 30_000).toISOString().slice(11, 16);
    await page
      .getByText(`Services are known since ${clock} only: the router keeps them for 24 hours`)
      .waitFor();
    await page.getByText("Only 12 seconds of this time were recorded").waitFor();
  });

  test("two hundred devices: few rows, the others one click away", async () => {
    await using crowd = await startUi({ devices: 200, internet: "online" });
    const page = await open(FIXED, crowd);
    await page.getByRole("button", { name: "and 191 more" }).click();
    await page.getByText("and 99 more with less").waitFor();
  });

  test("with reduced motion the live chart steps once a second", async () => {
    const page = await open("span=30000");
    await page.emulateMedia({ reducedMotion: "reduce" });
    await page.getByRole("table", { name: "Who" }).getByText("Living room TV").waitFor();
    const drawn = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          let fills = 0;
          const { clearRect } = CanvasRenderingContext2D.prototype;
          CanvasRenderingContext2D.prototype.clearRect = function (...area) {
            fills++;
            clearRect.apply(this, area);
          };
          setTimeout(() => resolve(fills), 2_500);
        }),
    );
    expect(drawn).toBeWithin(1, 6);
  });
});

describe("hands", () => {
  test("on a phone nothing is wider than the screen, and what is to be touched is 44 pixels high", async () => {
    const page = await open(
      `${FIXED}&by=remote&packets&select=${PAST.from}-${PAST.from + 9_000}`,
      viewer.home,
      390,
      true,
    );
    await page.getByRole("table", { name: "Where" }).getByText("edge-7.ams").waitFor();
    await page.getByRole("button", { name: "Save" }).click();
    const { width, small } = await page.evaluate(() => ({
      width: document.documentElement.scrollWidth,
      small: [...document.querySelectorAll("main a, main button, main [role=slider]")]
        .map((element) => {
          // A row's button reaches over all of the row.
          const over = Number.parseFloat(getComputedStyle(element, "::after").height) || 0;
          return [
            element.textContent?.trim(),
            Math.max(over, element.getBoundingClientRect().height),
          ] as const;
        })
        .filter(([, height]) => height > 0 && height < 44),
    }));
    expect({ width, small }).toEqual({ width: 390, small: [] });
  });

  test("the first load stays under 200 kB", async () => {
    const page = await open();
    await page.getByRole("table", { name: "Who" }).getByText("Living room TV").waitFor();
    const bytes = await page.evaluate(() =>
      [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
        .filter((entry) => !entry.name.includes("/api/"))
        .map((entry) => (entry as PerformanceResourceTiming).transferSize)
        .reduce((sum, size) => sum + size, 0),
    );
    console.log(`first load of the traffic page: ${(bytes / 1000).toFixed(0)} kB compressed`);
    expect(bytes).toBeWithin(10_000, 200_000);
  });
});
