import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../harness/browser.ts";
import { eventually } from "../harness/eventually.ts";
import { residents } from "../harness/scripted-home.ts";
import type { Script } from "../harness/scripted-router.ts";
import { startUi, type UiProcess } from "../harness/ui-process.ts";

setDefaultTimeout(60_000);

const SCRIPT: Script = { devices: 12, internet: "online" };
const [, LAPTOP, NAS, , CONSOLE, , , , PRINTER] = residents(12).map(({ device }) => device.mac);

let browser: Browser;
let home: UiProcess;
const complaints: string[] = [];

beforeAll(async () => {
  [browser, home] = await Promise.all([launchBrowser(), startUi(SCRIPT)]);
});
afterAll(async () => {
  await browser.close();
  await home[Symbol.asyncDispose]();
});
afterEach(() => {
  expect(complaints.splice(0)).toEqual([]);
});

async function open(url: string, width = 1440): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height: width < 900 ? 780 : 900 } });
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (message) => {
    // What the router cannot answer is told on the page.
    const expected = message.text().includes("503 (Service Unavailable)");
    if (["error", "warning"].includes(message.type()) && !expected) complaints.push(message.text());
  });
  await page.goto(url);
  return page;
}

const device = (mac: string | undefined, query = "", from = home) => `${from.url}/devices/${mac}${query}`;
/** The first cell of every row, from top to bottom. */
const places = (page: Page) =>
  page.getByRole("table", { name: "Connections" }).locator("[role=rowgroup] .place").allInnerTexts();

describe("NAT type", () => {
  test("is told in the consoles' words with what it means, and the figures one click deeper", async () => {
    const page = await open(device(LAPTOP));
    const panel = page.locator("section", { has: page.getByRole("heading", { name: "Games and calls" }) });
    await panel.getByText("Open", { exact: true }).waitFor();
    await panel.getByText("Other players and callers reach this device directly.").waitFor();
    const filtering = panel.getByText("Endpoint-independent (EIF)");
    expect(await filtering.isVisible()).toBe(false);
    await panel.getByText("Figures for experts").focus();
    await page.keyboard.press("Enter");
    await filtering.waitFor();
    await panel.getByText("10 of 16,384").waitFor();
    await page.close();
  });

  test("moderate and strict say what may not work", async () => {
    await using short = await startUi({ ...SCRIPT, nat: "short" });
    const page = await open(device(CONSOLE));
    await page.getByText("Moderate", { exact: true }).waitFor();
    await page.getByText("hosting may fail").waitFor();
    await page.goto(device(LAPTOP, "", short));
    await page.getByText("Strict", { exact: true }).waitFor();
    await page.getByText("new games and calls may fail").waitFor();
    await page.getByText("TCP 443, web, shares a port").first().waitFor();
    await page.close();
  });
});

describe("what is open", () => {
  test("is reached from the table of devices, goes back with one key, and a link shows the same", async () => {
    const page = await open(`${home.url}/devices?sort=name`);
    await page.getByText("Backup NAS").click();
    await page.getByRole("button", { name: /^Doors/ }).click();
    await page.getByText("TCP, by your settings, port 443 at home").waitFor();
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe(`/devices/${NAS}?list=doors`);
    await page.reload();
    await page.getByText("TCP, by your settings, port 443 at home").waitFor();
    await page.goBack();
    await page.getByRole("heading", { name: "Devices" }).waitFor();
    expect(new URL(page.url()).search).toBe("?sort=name");
    await page.close();
  });

  test("says whom the device talks to, and a filter finds it by what it is for", async () => {
    const page = await open(device(LAPTOP));
    await page.getByText("UDP 443, web").waitFor();
    expect(await page.getByRole("button", { name: "Connections 11" }).getAttribute("aria-pressed")).toBe(
      "true",
    );
    await page.getByRole("searchbox", { name: "Filter what is open" }).fill("games");
    await eventually(() => places(page), ["203.0.113.193\nUDP 3478, calls and games"]);
    expect(new URL(page.url()).search).toBe("?filter=games");
    await page.getByRole("searchbox", { name: "Filter what is open" }).fill("tunnel");
    await eventually(() => places(page), ["198.51.100.201\nESP, tunnel"]);
    await page.getByRole("searchbox", { name: "Filter what is open" }).fill("nobody");
    await page.getByText("Nothing matches “nobody”").waitFor();
    await page.close();
  });

  test("keeps up with what happens, and rows that stay do not move", async () => {
    const page = await open(device(NAS));
    const volume = page.locator("[aria-label=Connections] .down [title$=bytes]").first();
    await volume.waitFor();
    const before = await volume.getAttribute("title");
    const placed = await places(page);
    const shift = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          let sum = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) sum += (entry as unknown as { value: number }).value;
          }).observe({ type: "layout-shift" });
          const first = document.querySelector("[aria-label=Connections] .down [title$=bytes]");
          const shown = first?.getAttribute("title");
          const wait = () =>
            first?.getAttribute("title") === shown ? requestAnimationFrame(wait) : resolve(sum);
          wait();
        }),
    );
    expect([shift, await volume.getAttribute("title")]).toEqual([
      0,
      expect.not.stringMatching(`^${before}$`),
    ]);
    expect((await places(page))[0]).toBe(placed[0]!);
    await page.close();
  });

  test("a column puts it in order, and the URL keeps it", async () => {
    const page = await open(device(LAPTOP));
    await page.getByRole("button", { name: "Other side" }).click();
    const sorted = (rows: string[]) =>
      rows.map((row) =>
        row
          .split("\n")[0]!
          .split(".")
          .map((part) => part.padStart(3, "0"))
          .join("."),
      );
    await page
      .getByRole("columnheader", { name: "Other side" })
      .and(page.locator("[aria-sort=ascending]"))
      .waitFor();
    const shown = sorted(await places(page));
    expect(shown).toEqual(shown.toSorted());
    expect(new URL(page.url()).search).toBe("?sort=place");
    await page.close();
  });

  test("thousands stay quick: only rows near the window exist, and none is missing at the end", async () => {
    await using crowd = await startUi({ ...SCRIPT, devices: 2, nat: "crowd" });
    const page = await open(device(LAPTOP, "", crowd));
    await page.getByRole("button", { name: "Connections 3,001" }).waitFor();
    expect(await page.locator("[role=rowgroup] [role=row]").count()).toBeLessThan(40);
    await page.keyboard.press("End");
    await page.locator("[role=row][aria-rowindex='3002']").waitFor();
    await page.close();
  });

  test("a device that is away has nothing open, and says what would be seen here", async () => {
    const page = await open(device(PRINTER));
    await page.getByText("No connection now").waitFor();
    await page.getByText("As soon as this device talks to the Internet, it is seen here.").waitFor();
    await page.close();
  });

  test("when the data plane is away it says so and what that means", async () => {
    await using away = await startUi({ ...SCRIPT, nat: "away" });
    const page = await open(device(LAPTOP, "", away));
    await page.getByText("The data plane did not answer: there is no connection to it.").waitFor();
    await page.getByText("Connections that exist go on.").waitFor();
    await page.getByText("Not known now, as the router's address translation does not answer.").waitFor();
    await page.close();
  });
});

test("what was refused is told in words beside its number", async () => {
  const page = await open(`${home.url}/network`);
  await page.getByText("One device asked for more ports than it may have").waitFor();
  await page.getByText("Late or forged. Harmless.").waitFor();
  await page.close();
});

test("on the smallest phone nothing is wider than the screen, and hands and keys reach everything", async () => {
  const page = await open(device(NAS, "?list=doors"), 360);
  await page.locator("[role=rowgroup] [role=row]").first().waitFor();
  const { width, small } = await page.evaluate(() => ({
    width: document.documentElement.scrollWidth,
    small: [...document.querySelectorAll("a, button, select, summary, label.search")]
      .map((element) => [element.textContent?.trim(), element.getBoundingClientRect().height] as const)
      .filter(([, height]) => height > 0 && height < 44),
  }));
  expect({ width, small }).toEqual({ width: 360, small: [] });
  await page.getByRole("button", { name: /^Connections/ }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("UDP 123, clock").waitFor();
  const outline = () => page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle);
  expect(await outline()).toBe("solid");
  await page.close();
});
