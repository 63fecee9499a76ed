import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { launchBrowser } from "./browser.ts";

/** Sizes that pages are looked at in. */
export const PHONE = { width: 390, height: 844 };
export const DESKTOP = { width: 1440, height: 900 };

/** Somebody with a browser, who notes whatever a page should not do. */
export class Viewer implements AsyncDisposable {
  /** Errors and warnings of pages, questions to other hosts, and pages' errors. */
  readonly complaints: string[] = [];

  private constructor(private readonly browser: Browser) {}

  static async arrive(): Promise<Viewer> {
    return new Viewer(await launchBrowser());
  }

  /** Opens a page. The router's refusals, which a test has asked for, are no complaints. */
  async open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.browser.newPage({ viewport: DESKTOP, ...options });
    const { host } = new URL(url);
    page.on("pageerror", ({ message }) => this.complaints.push(message));
    page.on("console", (message) => {
      const isRefusal = message.text().startsWith("Failed to load resource");
      if (["error", "warning"].includes(message.type()) && !isRefusal) this.complaints.push(message.text());
    });
    page.on("request", (request) => {
      if (new URL(request.url()).host !== host) this.complaints.push(`asked ${request.url()}`);
    });
    await page.addInitScript(noteShifts);
    await page.goto(url);
    return page;
  }

  /** What has complained since the last call. */
  takeComplaints(): string[] {
    return this.complaints.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
  }
}

/** How far what was seen has moved without anybody's doing, as the browser measures it (Layout Instability, CLS). */
export function shifts(page: Page): Promise<number> {
  return page.evaluate(() => (window as unknown as { shifted: number }).shifted);
}

/** Whatever is too small for a finger or wider than the page. */
export function unhandy(page: Page): Promise<{ wide: number; small: [string | undefined, number][] }> {
  return page.evaluate(() => ({
    wide: Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth),
    small: [...document.querySelectorAll("main :is(a, button, select, summary, input, label:has(input))")]
      // What a label around it makes larger counts by that.
      .filter((element) => !element.matches("label input"))
      .map((element): [string | undefined, number] => [
        element.textContent?.trim(),
        Math.round(element.getBoundingClientRect().height),
      ])
      .filter(([, height]) => height > 0 && height < 44),
  }));
}

function noteShifts(): void {
  const page = window as unknown as { shifted: number };
  page.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as (PerformanceEntry & {
      value: number;
      hadRecentInput: boolean;
    })[])
      if (!entry.hadRecentInput) page.shifted += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
}
