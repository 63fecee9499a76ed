import { afterAll, afterEach, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchBrowser } from "../harness/browser.ts";
import { eventually } from "../harness/eventually.ts";
import { startUi, type UiProcess } from "../harness/ui-process.ts";

setDefaultTimeout(60_000);

const PASSWORD = "correct horse battery";
const FOLDER = join(import.meta.dir, "../../build/screenshots");
const SIZES = [
  { name: "390", width: 390, height: 844, deviceScaleFactor: 2 },
  { name: "1440", width: 1440, height: 900, deviceScaleFactor: 1 },
];

let browser: Browser;
const complaints: string[] = [];

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

/** Refusals are no errors of the page; the browser's console tells each of them as one. */
const EXPECTED = /status of (401|409|429)/;

/** A home whose traffic is for its owner. */
let home: UiProcess;
const people: BrowserContext[] = [];
beforeEach(async () => {
  home = await startUi({ devices: 12, internet: "online", access: "owner-only" });
});
afterEach(async () => {
  for (const person of people.splice(0)) await person.close();
  await home[Symbol.asyncDispose]();
  expect(complaints.splice(0)).toEqual([]);
});

/** A browser of its own, as another person's is. */
async function open(
  path = "/privacy",
  viewport = { width: 1440, height: 900 },
  deviceScaleFactor = 1,
): Promise<Page> {
  const context = await browser.newContext({ viewport, deviceScaleFactor });
  people.push(context);
  const page = await context.newPage();
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (message) => {
    const isNews = ["error", "warning"].includes(message.type()) && !EXPECTED.test(message.text());
    if (isNews) complaints.push(message.text());
  });
  await page.goto(home.url + path);
  return page;
}

const field = (page: Page) => page.getByLabel(/^(New p|P)assword$/);
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
/** What only the owner sees. */
const shown = (page: Page) => page.getByRole("heading", { name: "Who may see it" });
const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute("name"));

async function choose(page: Page): Promise<void> {
  await field(page).fill(PASSWORD);
  await button(page, "Choose this password").click();
  await shown(page).waitFor();
}

test("the first to come chooses the password, sees what is the owner's, and signs out again", async () => {
  const page = await open();
  await page.getByRole("heading", { name: "Choose the owner’s password" }).waitFor();
  expect(await shown(page).count()).toBe(0);
  await choose(page);
  await page.reload();
  await shown(page).waitFor();
  await button(page, "Sign out").click();
  await page.getByRole("heading", { name: "For the owner" }).waitFor();
  expect(await shown(page).count()).toBe(0);
});

test("another browser at home signs in with the same password; what is open to everyone was open before", async () => {
  const owner = await open();
  await choose(owner);
  const page = await open("/");
  await page.getByRole("heading", { name: "Everything works." }).waitFor();
  await page.goto(`${home.url}/privacy`);
  await field(page).fill(PASSWORD);
  await page.keyboard.press("Enter");
  await shown(page).waitFor();
  // What has taken the form's place has the focus, so that the keyboard goes on from there.
  expect(await page.evaluate(() => document.activeElement?.contains(document.querySelector("main h2")))).toBe(
    true,
  );
});

test("a wrong password says so in words, keeps the field in hand, and after five of them how long to wait", async () => {
  const owner = await open();
  await choose(owner);
  const page = await open();
  for (let i = 0; i < 5; i++) {
    await field(page).fill(`wrong password ${i}`);
    await button(page, "Sign in").click();
    await page.getByRole("alert").filter({ hasText: "This is not the owner's password." }).waitFor();
    expect([await focused(page), await field(page).getAttribute("aria-invalid")]).toEqual([
      "password",
      "true",
    ]);
  }
  await field(page).fill(PASSWORD);
  await button(page, "Sign in").click();
  await page
    .getByRole("alert")
    .filter({ hasText: "Too many wrong passwords came from this device." })
    .waitFor();
  await page.getByRole("button", { name: /^Wait \d+ s$/ }).waitFor();
  await button(page, "Sign in").waitFor();
  await field(page).fill(PASSWORD);
  await page.keyboard.press("Enter");
  await shown(page).waitFor();
});

test("a new password is judged by its length alone, and can be looked at", async () => {
  const page = await open();
  const described = () =>
    field(page).evaluate((input) =>
      (input.getAttribute("aria-describedby") ?? "")
        .split(" ")
        .map((id) => document.getElementById(id)?.textContent?.trim())
        .filter(Boolean),
    );
  expect(await described()).toEqual(["At least 10 characters; any will do"]);
  await field(page).fill("aaaaaaaaa");
  expect(await described()).toEqual(["9 of at least 10 characters"]);
  await page.keyboard.press("Enter");
  await eventually(described, ["A password has 10 to 128 characters.", "9 of at least 10 characters"]);
  await field(page).fill("aaaaaaaaaa");
  expect(await described()).toEqual(["Long enough; longer is stronger"]);
  await field(page).fill("🔑".repeat(20));
  expect(await described()).toEqual(["Strong"]);
  expect(await field(page).getAttribute("type")).toBe("password");
  await button(page, "Show new password").click();
  expect(await field(page).getAttribute("type")).toBe("text");
  await button(page, "Hide new password").click();
  expect(await field(page).getAttribute("type")).toBe("password");
});

test("password managers learn what each field is for, under one name", async () => {
  const page = await open();
  const hints = () =>
    page
      .locator("form input")
      .evaluateAll((inputs) =>
        inputs.map((input) => [input.getAttribute("autocomplete"), input.getAttribute("name")]),
      );
  await field(page).waitFor();
  expect(await hints()).toEqual([
    ["username", "username"],
    ["new-password", "password"],
  ]);
  await choose(page);
  await button(page, "Sign out").click();
  await page.getByRole("heading", { name: "For the owner" }).waitFor();
  expect(await hints()).toEqual([
    ["username", "username"],
    ["current-password", "password"],
  ]);
});

test("somebody else was quicker to choose: the page says so and asks to sign in", async () => {
  const [late, quick] = [await open(), await open()];
  await field(late).waitFor();
  await choose(quick);
  await field(late).fill("another password");
  await button(late, "Choose this password").click();
  await late.getByRole("heading", { name: "For the owner" }).waitFor();
  await late.getByRole("alert").filter({ hasText: "Somebody else at home has just chosen" }).waitFor();
});

test("what was open shuts when the session has ended elsewhere", async () => {
  const page = await open();
  await choose(page);
  await page.context().clearCookies();
  // The next answer of the router is a refusal, and the page asks what it may see.
  await page.getByRole("heading", { name: "For the owner" }).waitFor({ timeout: 45_000 });
  expect(await shown(page).count()).toBe(0);
});

test("the owner changes the password: refusals stand at the field they are about, other browsers are signed out", async () => {
  const page = await open();
  await choose(page);
  const other = await open();
  await field(other).fill(PASSWORD);
  await button(other, "Sign in").click();
  await shown(other).waitFor();
  const opener = () => button(page, "Change the password");
  await opener().click();
  expect(await focused(page)).toBe("old-password");
  const [old, next] = [
    page.getByLabel("Present password", { exact: true }),
    page.getByLabel("New password", { exact: true }),
  ];
  const refused = async (text: string, name: string) => {
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: text }).waitFor();
    await eventually(() => focused(page), name);
    const wrong = page.locator("input[aria-invalid=true]");
    expect(await wrong.evaluateAll((inputs) => inputs.map((input) => input.getAttribute("name")))).toEqual([
      name,
    ]);
  };
  await refused("Enter the present password.", "old-password");
  await old.fill("not the password");
  await next.fill("short");
  await refused("A password has 10 to 128 characters.", "new-password");
  await next.fill("another password");
  await refused("This is not the owner's password. Look at what you typed, and try again.", "old-password");
  await old.fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByText("Changed. Every other browser is signed out.").waitFor();
  expect(await opener().evaluate((element) => element === document.activeElement)).toBe(true);
  expect(await page.locator("input[type=password]").count()).toBe(0);
  await page.reload();
  await shown(page).waitFor();
  await other.reload();
  await field(other).fill(PASSWORD);
  await button(other, "Sign in").click();
  await other.getByRole("alert").filter({ hasText: "This is not the owner's password." }).waitFor();
  await field(other).fill("another password");
  await button(other, "Sign in").click();
  await shown(other).waitFor();
});

test("changing the password can be left, and nothing of what was typed stays; too many guesses wait", async () => {
  const page = await open("/privacy", { width: 390, height: 844 });
  await choose(page);
  const old = page.getByLabel("Present password", { exact: true });
  await button(page, "Change the password").click();
  await old.fill("not the password");
  await button(page, "Cancel").click();
  await button(page, "Change the password").click();
  expect(await old.inputValue()).toBe("");
  await page.getByLabel("New password", { exact: true }).fill("another password");
  for (let i = 0; i < 5; i++) {
    await old.fill(`wrong password ${i}`);
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: "This is not the owner's password." }).waitFor();
  }
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: /^Wait \d+ s$/ }).waitFor();
  const small = await page
    .locator("main form button, main form .field")
    .evaluateAll((parts) => parts.filter((part) => part.getBoundingClientRect().height < 44).length);
  expect([small, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([0, 390]);
});

test("by keyboard and by thumb: every part is reached in order, seen, and 44 pixels high", async () => {
  const page = await open("/privacy", { width: 390, height: 844 });
  await field(page).focus();
  const reached: (string | undefined)[] = [];
  for (let i = 0; i < 2; i++) {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate(() => {
      const element = document.activeElement!;
      const { outlineStyle } = getComputedStyle(element);
      return { text: element.textContent?.trim(), outlineStyle };
    });
    expect(focus.outlineStyle).toBe("solid");
    reached.push(focus.text);
  }
  expect(reached).toEqual(["Show", "Choose this password"]);
  const { width, small } = await page.evaluate(() => ({
    width: document.documentElement.scrollWidth,
    small: [...document.querySelectorAll("main button, main summary, main .field")]
      .map((element) => [element.textContent?.trim(), element.getBoundingClientRect().height] as const)
      .filter(([, height]) => height > 0 && height < 44),
  }));
  expect({ width, small }).toEqual({ width: 390, small: [] });
});

test.each(SIZES)(
  "pictures of each state in both themes, $name pixels wide",
  async ({ name: size, deviceScaleFactor, ...viewport }) => {
    const page = await open("/privacy", viewport, deviceScaleFactor);
    const picture = async (name: string) => {
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        const path = join(FOLDER, `gate-${name}-${size}-${colorScheme}.png`);
        expect((await page.screenshot({ path })).byteLength).toBeGreaterThan(5_000);
      }
    };
    await field(page).fill("four words");
    await picture("choose");
    await choose(page);
    await picture("open");
    await button(page, "Change the password").click();
    await page.getByLabel("New password", { exact: true }).fill("four words");
    await picture("change");
    await page.getByRole("button", { name: "Sign out" }).filter({ visible: true }).click();
    await page.getByRole("heading", { name: "For the owner" }).waitFor();
    await picture("sign-in");
    await field(page).fill("wrong password");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: "not the owner" }).waitFor();
    await page.getByText("Password forgotten?").click();
    await picture("wrong");
  },
);
