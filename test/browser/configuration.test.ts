import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import type { Script } from "../harness/scripted-router.ts";
import { startUi, type UiProcess } from "../harness/ui-process.ts";
import { PHONE, shifts, unhandy, Viewer } from "../harness/viewer.ts";

setDefaultTimeout(60_000);

const SCRIPT: Script = { devices: 12, internet: "online" };
const PAGE = "/system/configuration";
const PASSPHRASE = "a long passphrase";

let viewer: Viewer;
let home: UiProcess;

beforeAll(async () => {
  [viewer, home] = await Promise.all([Viewer.arrive(), startUi(SCRIPT)]);
});
afterAll(async () => {
  await viewer[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});
afterEach(() => {
  expect(viewer.takeComplaints()).toEqual([]);
});

const revision = (page: Page, why: string) => page.getByRole("listitem", { name: why, exact: true });
const panel = (page: Page, title: string) =>
  page.locator("section").filter({ has: page.getByRole("heading", { name: title }) });

/** The file that the page gives, as text. */
async function exported(page: Page, passphrase: string): Promise<{ name: string; text: string }> {
  if (passphrase !== "") await page.getByLabel("Passphrase for the file").fill(passphrase);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    panel(page, "Take it away")
      .getByRole("button", { name: /^Export/ })
      .click(),
  ]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
}

async function choose(page: Page, text: string, name = "gatehouse.json"): Promise<void> {
  const file = { name, mimeType: "application/json", buffer: Buffer.from(text) };
  await page.getByLabel("Exported file").setInputFiles(file);
}

describe("the history", () => {
  test("is reached from the rail, and tells who changed what, when and why", async () => {
    const page = await viewer.open(home.url);
    await page.getByRole("link", { name: "System" }).first().click();
    const newest = revision(page, "another address for the home");
    await newest.getByText("lans.home.address: auto → 192.168.5.1/24").waitFor();
    await newest.getByText("In effect").waitFor();
    await newest.getByText("by Mara's laptop (192.168.7.11)").waitFor();
    await newest.getByText("2 hours ago").waitFor();
    expect(await newest.getByRole("button", { name: "Go back to this" }).count()).toBe(0);
    const first = revision(page, "set-up");
    await first.getByText("hostname: gatehouse → den").waitFor();
    await first.getByText(/^and \d+ more$/).waitFor();
    await first.getByRole("button", { name: "What it changed" }).click();
    await first.getByText("wifi.networks.Gatehouse.passphrase").waitFor();
    await first.getByText("(a secret, so not shown)").waitFor();
    expect(await page.getByText("correct horse battery").count()).toBe(0);
    await page.close();
  });

  test("leads back to any revision, after a question that says what changes", async () => {
    await using own = await startUi(SCRIPT);
    const page = await viewer.open(own.url + PAGE);
    await revision(page, "the console's ports").getByRole("button", { name: "Go back to this" }).click();
    const dialog = page.getByRole("dialog", { name: "Go back to revision 3?" });
    await dialog.getByText("lans.home.address").waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    expect(await page.getByRole("listitem", { name: "as revision 3" }).count()).toBe(0);
    await revision(page, "the console's ports").getByRole("button", { name: "Go back to this" }).click();
    await dialog.getByRole("button", { name: "Go back" }).click();
    await page.getByText("Kept as revision 6.").waitFor();
    await revision(page, "as revision 3").getByText("In effect").waitFor();
    await revision(page, "as revision 3").getByText("lans.home.address: 192.168.5.1/24 → auto").waitFor();
    expect(await revision(page, "another address for the home").count()).toBe(1);
    await page.close();
  });

  test("says why when another change is being tried", async () => {
    const page = await viewer.open(home.url + PAGE);
    await page.route("**/restore", (route) =>
      route.fulfill({
        status: 409,
        json: { error: "Another change is being tried", hint: "Confirm it or take it back." },
      }),
    );
    await revision(page, "set-up").getByRole("button", { name: "Go back to this" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Go back" }).click();
    await page
      .getByRole("dialog")
      .getByText("Another change is being tried. Confirm it or take it back.")
      .waitFor();
    await page.close();
  });
});

describe("the file", () => {
  test("goes out with a passphrase and comes back with it, and a wrong one is told beside its field", async () => {
    await using own = await startUi(SCRIPT);
    const page = await viewer.open(own.url + PAGE);
    const { name, text } = await exported(page, PASSPHRASE);
    expect([name.startsWith("gatehouse-"), name.endsWith(".json"), /horse|come in/.test(text)]).toEqual([
      true,
      true,
      false,
    ]);
    await revision(page, "set-up").getByRole("button", { name: "Go back to this" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Go back" }).click();
    await page.getByText("Kept as revision 6.").waitFor();
    await choose(page, text);
    const field = page.getByLabel("Passphrase of the file");
    await field.fill("another passphrase");
    await page.getByRole("button", { name: "See what it changes" }).click();
    await page.getByText("this passphrase does not open the file").waitFor();
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    await field.fill(PASSPHRASE);
    await page.getByRole("button", { name: "See what it changes" }).click();
    await panel(page, "Bring it back").getByText("lans.home.address").waitFor();
    await page.getByRole("button", { name: "Take it over" }).click();
    await page.getByText("Kept as revision 7.").waitFor();
    await revision(page, "from a file of 2026-11-22").getByText("In effect").waitFor();
    await page.close();
  });

  test("without its passwords asks for each of them by name", async () => {
    await using own = await startUi(SCRIPT);
    const page = await viewer.open(own.url + PAGE);
    const { text } = await exported(page, "");
    await choose(page, text);
    await page.getByRole("button", { name: "See what it changes" }).click();
    const [den, guests] = ["Den", "Den for guests"].map((name) =>
      page.getByLabel(`Passphrase of the Wi-Fi network “${name}”`, { exact: true }),
    );
    await den!.fill("short");
    await guests!.fill("sit down and stay");
    await page.getByRole("button", { name: "See what it changes" }).click();
    await page.getByText("the value is not null, or 8 to 63 letters").waitFor();
    expect([await den!.getAttribute("aria-invalid"), await guests!.getAttribute("aria-invalid")]).toEqual([
      "true",
      "false",
    ]);
    await den!.fill("correct horse battery");
    await page.getByRole("button", { name: "See what it changes" }).click();
    await page.getByRole("button", { name: "Take it over" }).click();
    await revision(page, "from a file of 2026-11-22")
      .getByText('wifi.networks."Den for guests".passphrase: changed')
      .waitFor();
    await page.close();
  });

  test("that cannot be is told where it was chosen, and a lost passphrase is no dead end", async () => {
    const page = await viewer.open(home.url + PAGE);
    await choose(page, "not JSON", "holiday.jpg");
    await page.getByText("This is no exported configuration.").waitFor();
    await choose(page, JSON.stringify({ holiday: true }));
    await page.getByRole("button", { name: "See what it changes" }).click();
    await page.getByText("the file is no exported configuration").waitFor();
    await choose(page, "x".repeat(1024 * 1024 + 1));
    await page.getByText("This is larger than any exported configuration.").waitFor();
    const { text } = await exported(page, PASSPHRASE);
    const file = JSON.parse(text);
    await choose(
      page,
      JSON.stringify({ ...file, document: { ...file.document, hostname: "-", domain: "local" } }),
    );
    await page.getByRole("checkbox", { name: "I no longer have it" }).check();
    await page.getByRole("button", { name: "See what it changes" }).click();
    await page.getByText("hostname: \"-\" is not").waitFor();
    await page.getByLabel("Passphrase of the Wi-Fi network “Den”", { exact: true }).waitFor();
    await page.close();
  });
});

test("is for the owner: others are asked for the password and see nothing", async () => {
  await using strict = await startUi({ ...SCRIPT, access: "owner-only" });
  const page = await viewer.open(strict.url + PAGE);
  await page.getByRole("heading", { name: "Choose the owner’s password" }).waitFor();
  expect(await page.getByRole("listitem").count()).toBe(0);
  await page.close();
});

test("nothing moves while the answers come, and all is in reach of a finger", async () => {
  for (const viewport of [PHONE, { width: 1440, height: 1300 }]) {
    const page = await viewer.open(home.url + PAGE, { viewport });
    await revision(page, "set-up").waitFor();
    const isStill = (await shifts(page)) < 0.001;
    expect({ isStill, ...(await unhandy(page)) }).toEqual({ isStill: true, wide: 0, small: [] });
    await page.close();
  }
});
