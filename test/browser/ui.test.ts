import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../harness/browser.ts";
import { eventually } from "../harness/eventually.ts";
import { residents } from "../harness/scripted-home.ts";
import { startUi, type UiProcess } from "../harness/ui-process.ts";

setDefaultTimeout(60_000);

let browser: Browser;
let home: UiProcess;
const complaints: string[] = [];

beforeAll(async () => {
  [browser, home] = await Promise.all([launchBrowser(), startUi({ devices: 12, internet: "online" })]);
});

afterAll(async () => {
  await browser.close();
  await home[Symbol.asyncDispose]();
});

/** No test leaves an error in the console, breaks the content security policy or asks another host. */
afterEach(() => {
  expect(complaints.splice(0)).toEqual([]);
});

interface Viewer {
  width?: number;
  colorScheme?: "light" | "dark";
  reducedMotion?: "reduce" | "no-preference";
}

async function open(url: string, { width = 1440, ...looks }: Viewer = {}): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height: width < 900 ? 844 : 900 }, ...looks });
  const host = new URL(url).host;
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (message) => {
    const expected = /ERR_CONNECTION_(?:REFUSED|RESET)/.test(message.text());
    if (["error", "warning"].includes(message.type()) && !expected) complaints.push(message.text());
  });
  page.on("request", (request) => {
    if (new URL(request.url()).host !== host) complaints.push(`asked ${request.url()}`);
  });
  await page.goto(url);
  return page;
}

/** Text of every row's name, from top to bottom as it is seen. */
const names = (page: Page) => page.locator("[role=row] .name").allTextContents();

describe("Home", () => {
  test("says how things are, draws the last minute and lists who uses the line", async () => {
    const page = await open(home.url);
    await page.getByRole("heading", { name: "Everything works." }).waitFor();
    await page.getByText(/^11 devices, \d[\d.]*\s.?bit\/s down\.$/).waitFor();
    await page
      .getByRole("img", { name: /Traffic of all devices in the last minute: now .* down, .* up/ })
      .waitFor();
    const first = page.locator("section ul li").first();
    await first.getByText(/[1-9]/).first().waitFor();
    await first.getByRole("link").click();
    await page.waitForURL(/\/devices\/[0-9a-f:]{17}$/);
    await page.close();
  });

  /** How long ago the first moment is that the live chart shows near its left edge: where it shows nothing, the nearest is read. */
  async function oldestRead(page: Page): Promise<string> {
    const chart = page.getByRole("img", { name: /in the last minute/ });
    const { width, height } = (await chart.boundingBox())!;
    for (const x of [0.1 * width, 0.1 * width + 1]) await chart.hover({ position: { x, y: height / 2 } });
    return page
      .locator("section", { has: chart })
      .locator(".when")
      .first()
      .textContent()
      .then((text) => text ?? "");
  }

  test("the last minute is there from the beginning, on Home and of a device", async () => {
    const laptop = residents(12)[1]!.device.mac;
    for (const path of ["/", `/devices/${laptop}`]) {
      const page = await open(`${home.url}${path}`);
      await eventually(async () => /^5\d s ago$/.test(await oldestRead(page)), true);
      await page.close();
    }
  });

  test("for who may not see who talks to whom it begins with now, and nothing else is asked for", async () => {
    await using strict = await startUi({ devices: 12, internet: "online", access: "owner-only" });
    const page = await open(strict.url);
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await eventually(async () => /^[1-9] s ago$/.test(await oldestRead(page)), true);
    expect(asked.filter((path) => path.startsWith("/api/traffic"))).toEqual([]);
    await page.close();
  });

  test("the first load is under 200 kB and shows the home's state in two seconds", async () => {
    const page = await open(home.url);
    await page.getByRole("heading", { name: "Everything works." }).waitFor();
    const { bytes, milliseconds } = await page.evaluate(() => ({
      milliseconds: performance.now(),
      bytes: [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
        .map((entry) => (entry as PerformanceResourceTiming).transferSize)
        .reduce((sum, size) => sum + size, 0),
    }));
    expect(bytes).toBeWithin(10_000, 200_000);
    expect(milliseconds).toBeLessThan(2_000);
    await page.close();
  });

  test("the chart moves: what it shows changes while nobody touches it", async () => {
    const page = await open(home.url);
    const chart = page.locator(".chart");
    await chart.locator("canvas").waitFor();
    const before = await chart.screenshot();
    await eventually(async () => (await chart.screenshot()).equals(before), false);
    await page.close();
  });

  test("pointing at the chart reads it at that moment", async () => {
    const page = await open(home.url);
    await page.getByRole("heading", { name: "Everything works." }).waitFor();
    await page.locator(".chart canvas").waitFor();
    await home.minute();
    await page.locator(".chart").hover();
    await page.getByText(/^(29|30|31) s ago$/).waitFor();
    await page.close();
  });

  test("without a cable it says what happened and what to do", async () => {
    await using router = await startUi({ devices: 3, internet: "unplugged" });
    const page = await open(router.url);
    await page.getByRole("heading", { name: "The Internet cable is unplugged." }).waitFor();
    await page.getByText("Check the cable in enp1s0").waitFor();
    await page.getByText("The settings file could not be read").waitFor();
    await page.close();
  });

  test("with no device yet it says how to get one in", async () => {
    await using router = await startUi({ devices: 0, internet: "online" });
    const page = await open(router.url);
    await page.getByText("No device yet").waitFor();
    await page.getByText("Plug one in or join the Wi-Fi “Villa Kunterbunt”.").waitFor();
    await page.close();
  });
});

describe("Devices", () => {
  test("can be found from anywhere with a slash, and the URL keeps filter and order", async () => {
    const page = await open(home.url);
    await page.getByRole("heading", { name: "Everything works." }).waitFor();
    await page.keyboard.press("/");
    await page.getByRole("searchbox").waitFor();
    await eventually(() => page.evaluate(() => document.activeElement?.tagName), "INPUT");
    await page.keyboard.type("enp2s0 nas");
    await page.getByText("No device matches").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.type("private");
    await page.getByLabel("Sort by").selectOption("name");
    await eventually(() => names(page), ["Jonas' phone", "Mara's laptop"]);
    expect(new URL(page.url()).search).toBe("?filter=private&sort=name");
    await page.reload();
    await eventually(() => names(page), ["Jonas' phone", "Mara's laptop"]);
    await page.close();
  });

  test("an address is copied with one click", async () => {
    const page = await open(`${home.url}/devices?sort=name`);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy address 192.168.40.12" }).click();
    await page.getByText("Copied").first().waitFor({ state: "attached" });
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("192.168.40.12");
    await page.close();
  });

  test("an address is also copied over plain HTTP, where browsers hide their clipboard", async () => {
    const page = await browser.newPage();
    await page.addInitScript(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
    await page.goto(`${home.url}/devices?sort=name`);
    await page.getByRole("button", { name: "Copy address 192.168.40.12" }).click();
    await page.getByRole("searchbox").press("Control+v");
    await eventually(() => names(page), ["Backup NAS"]);
    await page.close();
  });

  test("two hundred stay quick: only rows near the window exist", async () => {
    await using router = await startUi({ devices: 200, internet: "online" });
    const page = await open(`${router.url}/devices?sort=name`);
    await page.getByText("199 connected, 200 known").waitFor();
    expect(await page.locator("[role=rowgroup] [role=row]").count()).toBeLessThan(40);
    await page.keyboard.press("End");
    await page.getByText("Printer").waitFor();
    await page.close();
  });

  test("one has its own page with who it is and what it does now", async () => {
    const { device } = residents(12)[2]!;
    const page = await open(`${home.url}/devices/${device.mac}`);
    await page.getByRole("heading", { name: "Backup NAS" }).waitFor();
    const facts = page.getByRole("definition");
    await facts.filter({ hasText: "192.168.40.12" }).waitFor();
    await facts.filter({ hasText: device.mac }).waitFor();
    await page
      .getByRole("img", { name: /Traffic of Backup NAS .* now \d+\skbit\/s down, \d\.\d\d\sMbit\/s up/ })
      .waitFor();
    await page.close();
  });

  test("an unknown one, and an unknown page, say so and lead back", async () => {
    const page = await open(`${home.url}/devices/02:00:00:00:00:00`);
    await page.getByText("No device has the MAC 02:00:00:00:00:00").waitFor();
    await page.goto(`${home.url}/attic`);
    await page.getByRole("link", { name: "Go home" }).click();
    await page.getByRole("heading", { name: "Everything works." }).waitFor();
    await page.close();
  });
});

test("when the router goes away the page says so, and comes back by itself", async () => {
  const first = await startUi({ devices: 3, internet: "online" });
  const page = await open(first.url);
  await page.getByRole("heading", { name: "Everything works." }).waitFor();
  await first[Symbol.asyncDispose]();
  await page.getByText("This page has lost the router.").waitFor();
  await page.getByText(/Trying again in \d+ s\./).waitFor();
  expect(await page.getByText("Everything works.").count()).toBe(0);
  await using _second = await startUi({ devices: 4, internet: "online" }, first.port);
  await page
    .getByText(/^4 devices/)
    .first()
    .waitFor();
  await eventually(() => page.getByText("This page has lost the router.").count(), 0);
  await page.close();
});

test("the API is described on a page of the router's own", async () => {
  const page = await open(`${home.url}/api/docs`);
  await page.getByRole("heading", { name: "Gatehouse API" }).waitFor();
  const { paths } = await (await fetch(`${home.url}/api/docs/json`)).json();
  const calls = Object.entries<object>(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(calls).toContain("GET /api/status");
  expect(calls).toContain("PUT /api/access/password");
  expect(await page.locator(".call").allTextContents()).toEqual(calls);
  await page.getByText("Only those of one device, by its MAC or its home address").first().waitFor();
  await page.getByText("10 to 128 characters").first().waitFor();
  await page.getByText("How far the way to the Internet is open").first().waitFor();
  await page.close();
});

describe("hands", () => {
  const VIEWS = ["/", "/devices", `/devices/${residents(1)[0]!.device.mac}`, "/network"];

  test("on a phone nothing is wider than the screen and everything to touch is 44 pixels high", async () => {
    const page = await open(home.url, { width: 390 });
    for (const view of VIEWS) {
      await page.goto(home.url + view);
      await page.getByRole("heading", { level: 1 }).waitFor();
      const { width, small } = await page.evaluate(() => ({
        width: document.documentElement.scrollWidth,
        small: [...document.querySelectorAll("a, button, select, label.search")]
          .map((element) => [element.textContent?.trim(), element.getBoundingClientRect().height] as const)
          .filter(([, height]) => height > 0 && height < 44),
      }));
      expect({ view, width, small }).toEqual({ view, width: 390, small: [] });
    }
    await page.close();
  });

  test("the keyboard reaches everything, and where it is can be seen", async () => {
    const page = await open(home.url);
    await page.locator("section ul a").first().waitFor();
    const reached: string[] = [];
    for (let i = 0; i < 10; i++) {
      await page.keyboard.press("Tab");
      const focus = await page.evaluate(() => {
        const element = document.activeElement!;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return { href: element.getAttribute("href"), outline: `${outlineStyle} ${outlineWidth}` };
      });
      expect(focus.outline).toBe("solid 2px");
      reached.push(focus.href?.replace(/^(\/devices\/).*/, "$1") ?? "");
    }
    const rail = ["/", "/", "/devices", "/traffic", "/network", "/privacy"];
    expect(reached).toEqual([...rail, "/traffic", "/devices", "/devices/", "/devices/"]);
    await page.close();
  });
});
