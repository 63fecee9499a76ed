import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { eventually } from "../harness/eventually.ts";
import { residents, START } from "../harness/scripted-home.ts";
import { FIXED, MINUTE, PAST, rows, script, TrafficViewer, told } from "../harness/traffic-view.ts";

setDefaultTimeout(60_000);

const [TV] = residents(12).map(({ device }) => device.mac);
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

test("what is on the screen can be saved: figures, frames, and the command for Wireshark", async () => {
  const page = await open(`${FIXED}&by=domain&device=${TV}`);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("table", { name: "Who" }).getByText("Living room TV").waitFor();
  await page.getByRole("button", { name: "Save" }).click();
  const hrefs = await page
    .getByRole("link", { name: /CSV|JSON|pcap/ })
    .evaluateAll((links) => links.map((link) => link.getAttribute("href")!));
  const files = await Promise.all(
    hrefs.map(async (href) => {
      const response = await fetch(viewer.home.url + href);
      const bytes = await response.bytes();
      return [
        response.status,
        new URL(href, viewer.home.url).searchParams.get("from"),
        bytes.slice(0, 4).toHex(),
      ];
    }),
  );
  const from = `${PAST.from}`;
  const hex = (text: string) => Buffer.from(text).toString("hex");
  expect(files).toEqual([
    [200, from, hex("time")],
    [200, from, hex('{"qu')],
    [200, from, "0a0d0d0a"],
    [200, from, "4d3cb2a1"],
  ]);
  await page.getByText("Watch it live in Wireshark").click();
  await page.getByRole("button", { name: /^Copy command curl/ }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
    `curl -sNb ~/.gatehouse-session '${viewer.home.url}/api/captures/file?device=${TV}&format=pcapng&follow=1' | wireshark -k -i -`,
  );
  await page.keyboard.press("Escape");
  await eventually(() => page.getByRole("link", { name: /CSV/ }).count(), 0);
});

describe("what is saved is what is shown", () => {
  const hrefs = async (page: Page) => {
    await page.getByRole("button", { name: "Save" }).click();
    const links = page.getByRole("link", { name: /CSV|JSON|pcap/ });
    return links.evaluateAll((found) =>
      found.map((link) => new URL(link.getAttribute("href")!, location.href).href),
    );
  };

  test("of a domain: its figures, and the frames of its addresses", async () => {
    const hour = { from: START - 60 * MINUTE, to: START };
    const domain = "streambox.example";
    const page = await open(`from=${hour.from}&to=${hour.to}&by=remote&domain=${domain}`);
    await eventually(() => rows(page, "Who"), await told("device", { domain }, hour));
    const [, json, pcapng] = await hrefs(page);
    const file: { rows: { name: string; down_bytes: number }[] } = await (await fetch(json!)).json();
    const sums = new Map<string, number>();
    for (const { name, down_bytes } of file.rows) sums.set(name, (sums.get(name) ?? 0) + down_bytes);
    const addresses = await told("remote", { domain }, hour);
    expect([...sums].sort()).toEqual(
      addresses.map(([name, down]): [string, number] => [`${name}`, Number(down)]).sort(),
    );
    const fields = ["ip.src", "ip.dst", "ipv6.src", "ipv6.dst"].flatMap((name) => ["-e", name]);
    const read = Bun.spawnSync(["tshark", "-nr", "-", "-T", "fields", ...fields], {
      stdin: await (await fetch(pcapng!)).bytes(),
    });
    const ends = new Set(read.stdout.toString().trim().split(/\s+/));
    const outside = [...ends].filter((end) => !/^(?:192\.168\.|2001:db8:40:)/.test(end));
    expect(outside.sort()).toEqual(["2001:db8:51::7", "203.0.113.80"]);
  });

  test("of a service: its figures by device, and the command for its frames", async () => {
    const page = await open(`${FIXED}&service=17:443`);
    const service = { protocol: 17, port: 443 };
    await eventually(() => rows(page, "Who"), await told("device", { service }));
    const [csv] = await hrefs(page);
    const lines = (await (await fetch(csv!)).text()).trim().split("\r\n");
    const column = lines[0]!.split(",").indexOf("down_bytes");
    const down = lines.slice(1).reduce((sum, line) => sum + Number(line.split(",")[column]), 0);
    expect(down).toBe((await script.statistics({ ...PAST, service })).down.total);
    await page.getByText("Watch it live in Wireshark").click();
    await page.getByText("/api/captures/file?service=udp/443&format=pcapng&follow=1").waitFor();
  });
});
