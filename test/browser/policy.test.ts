import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { eventually } from "../harness/eventually.ts";
import { residents } from "../harness/scripted-home.ts";
import type { Script } from "../harness/scripted-router.ts";
import { startUi, type UiProcess } from "../harness/ui-process.ts";
import { PHONE, unhandy, Viewer } from "../harness/viewer.ts";

setDefaultTimeout(90_000);

const SCRIPT: Script = { devices: 12, internet: "online" };
const FOLDER = join(import.meta.dir, "../../build/screenshots");
const [, LAPTOP, NAS] = residents(12).map(({ device }) => device.mac);

let viewer: Viewer;
let home: UiProcess;

beforeAll(async () => {
  [viewer, home] = await Promise.all([Viewer.arrive(), startUi(SCRIPT)]);
});
afterAll(async () => {
  await viewer[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

async function policy() {
  return (await fetch(`${home.url}/api/policy`)).json();
}

test("a device is paused and resumed with one tap each, and the page says what holds", async () => {
  const page = await viewer.open(`${home.url}/devices/${LAPTOP}`);
  await page.getByText("Online.", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Pause Internet" }).click();
  await page.getByText("Paused.", { exact: true }).waitFor();
  expect((await policy()).devices[0]).toMatchObject({ mac: LAPTOP, state: "paused" });
  await page.getByRole("button", { name: "Resume Internet" }).click();
  await page.getByText("Online.", { exact: true }).waitFor();
  await page.close();
  expect(viewer.takeComplaints()).toEqual([]);
});

test("limits, hours and a group are saved together; the group has rules of its own", async () => {
  const page = await viewer.open(`${home.url}/devices/${NAS}`);
  await page.getByText("Limits, hours and group").click();
  await page.getByLabel("Receives at most").fill("20");
  await page.getByRole("button", { name: "Add hours" }).click();
  const hours = page.getByRole("group", { name: "Hours 1" });
  await hours.getByLabel("From").fill("21:30");
  await hours.getByLabel("To").fill("06:30");
  await page.getByLabel("Group", { exact: true }).fill("children");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText(/until .*; receives at most 20 Mbit\/s\./).waitFor();
  await page.getByText("Rules of the group children").click();
  const group = page.getByRole("group", { name: "Group children" });
  await group.getByLabel("Sends at most").fill("5");
  await group.getByRole("button", { name: "Save" }).click();
  await page.getByText(/sends at most 5 Mbit\/s\./).waitFor();
  for (const viewport of [PHONE, { width: 1440, height: 900 }]) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const path = join(FOLDER, `rules-${viewport.width}-${colorScheme}.png`);
      expect((await page.screenshot({ path, fullPage: true })).byteLength).toBeGreaterThan(5_000);
    }
    expect(await unhandy(page)).toEqual({ wide: 0, small: [] });
  }
  await group.getByRole("button", { name: "Pause the whole group" }).click();
  await page.getByText(/^Paused with its group;/).waitFor();
  await page.getByRole("button", { name: "Resume the group children" }).click();
  await eventually(async () => (await policy()).groups[0].rules.paused, false);
  await page.close();
  expect(viewer.takeComplaints()).toEqual([]);
});

test("what cannot be is told beside its field, and nothing is saved", async () => {
  const page = await viewer.open(`${home.url}/devices/${LAPTOP}`);
  await page.getByText("Limits, hours and group").click();
  await page.getByLabel("Receives at most").fill("0");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText(/a number of Mbit\/s from 0.1 to 100000/).waitFor();
  await page.getByText("Nothing was saved: see the marked fields.").waitFor();
  expect(await page.getByLabel("Receives at most").getAttribute("aria-invalid")).toBe("true");
  await page.screenshot({ path: join(FOLDER, "rules-fault.png") });
  await page.close();
  // The browser itself notes each answer of 422.
  viewer.takeComplaints();
});

test("only the owner pauses", async () => {
  await using strict = await startUi({ ...SCRIPT, access: "owner-only" });
  const page = await viewer.open(`${strict.url}/devices/${LAPTOP}`);
  await page.getByRole("heading", { name: "Choose the owner’s password" }).waitFor();
  expect(await page.getByRole("button", { name: "Pause Internet" }).count()).toBe(0);
  await page.close();
  viewer.takeComplaints();
});
