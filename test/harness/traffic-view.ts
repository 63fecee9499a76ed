import type { Grouping } from "@gatehouse/runtime/service/traffic/source.ts";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "./browser.ts";
import { residents, START } from "./scripted-home.ts";
import { ScriptedTraffic } from "./scripted-traffic.ts";
import { startUi, type UiProcess } from "./ui-process.ts";

export const MINUTE = 60_000;
/** A minute of the scripted day that does not change while tests run, and the query that shows it. */
export const PAST = { from: START - 11 * MINUTE, to: START - 10 * MINUTE };
export const FIXED = `from=${PAST.from}&to=${PAST.to}`;

/** The same script as the server's, asked directly. */
export const script = new ScriptedTraffic(residents(12));

/** A browser before a scripted home of twelve, and what its pages complained about. */
export class TrafficViewer {
  readonly complaints: string[] = [];

  private constructor(
    readonly browser: Browser,
    readonly home: UiProcess,
  ) {}

  static async start(): Promise<TrafficViewer> {
    return new TrafficViewer(
      ...(await Promise.all([launchBrowser(), startUi({ devices: 12, internet: "online" })])),
    );
  }

  /** The Traffic page, its timeline there. */
  async open(query = "", from = this.home, width = 1440, touch = false): Promise<Page> {
    const viewport = { width, height: 900 };
    const page = await this.browser.newPage({ viewport, hasTouch: touch, timezoneId: "UTC" });
    page.on("pageerror", ({ message }) => this.complaints.push(message));
    page.on("console", (message) => {
      const expected = /ERR_CONNECTION_(?:REFUSED|RESET)|503 \(Service/.test(message.text());
      if (["error", "warning"].includes(message.type()) && !expected) this.complaints.push(message.text());
    });
    await page.goto(`${from.url}/traffic${query && `?${query}`}`);
    await timeline(page).waitFor();
    return page;
  }

  /** Closes every page, so that none goes on asking; returns what they complained about. */
  async closePages(): Promise<string[]> {
    await Promise.all(this.browser.contexts().map((context) => context.close()));
    return this.complaints.splice(0);
  }

  async end(): Promise<void> {
    await this.browser.close();
    await this.home[Symbol.asyncDispose]();
  }
}

export const timeline = (page: Page) => page.getByRole("application");
export const query = (page: Page) => new URL(page.url()).searchParams;
export const rangeOf = (page: Page) => ({
  from: Number(query(page).get("from")),
  to: Number(query(page).get("to")),
});

/** A table's rows: name, and bytes down and up as their titles have them. */
export const rows = (page: Page, caption: string) =>
  page
    .getByRole("table", { name: caption })
    .locator("tbody tr")
    .evaluateAll((found) =>
      found.map((row) => [
        row.querySelector(".label")?.textContent,
        ...[...row.querySelectorAll("[title$=bytes]")].map((cell) =>
          Number(cell.getAttribute("title")?.replace(/\D/g, "")),
        ),
      ]),
    );

/** What the script says of the same, the first eight. */
export async function told(by: Grouping, filter: object = {}, range = PAST) {
  const totals = await script.totals({ ...range, ...filter, by });
  return totals.slice(0, 8).map(({ key, down, up }) => {
    const device = residents(12).find(({ device }) => device.mac === key.device)?.device;
    const service = key.service && key.service.charAt(0).toUpperCase() + key.service.slice(1);
    return [device?.name ?? service ?? key.name ?? key.domain, down, up];
  });
}

/** The cell of a statistic. */
export const statistic = (page: Page, row: "Down" | "Up", label: string) =>
  page.getByRole("row", { name: row }).locator(`[data-label="${label}"]`);
