import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accessPoints } from "./hostapd.ts";

test("an access point restarts when its file changes, stops when it goes, and else is kept running", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hostapd-"));
  const calls: string[] = [];
  const points = accessPoints(folder, async (...words) => void calls.push(words.join(" ")));
  const bring = async (...files: { name: string; text: string }[]) => points.bring(files);

  await bring({ name: "wlan0.conf", text: "channel=6\n" });
  expect(statSync(join(folder, "wlan0.conf")).mode & 0o777).toBe(0o600);
  await bring({ name: "wlan0.conf", text: "channel=6\n" });
  await bring({ name: "wlan0.conf", text: "channel=1\n" });
  await points.restart([{ name: "wlan0.conf" }]);
  await points.restart([]);
  await bring();
  expect(calls).toEqual([
    "restart gatehouse-hostapd@wlan0.service",
    "start gatehouse-hostapd@wlan0.service",
    "restart gatehouse-hostapd@wlan0.service",
    "restart gatehouse-hostapd@wlan0.service",
    "stop gatehouse-hostapd@wlan0.service",
  ]);
  rmSync(folder, { recursive: true });
});
