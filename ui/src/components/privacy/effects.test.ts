import { expect, test } from "bun:test";
import type { TrafficSettings } from "../../api/privacy.ts";
import type { TrafficExtent } from "../../api/traffic.ts";
import { effectOf } from "./effects.ts";

test("of how many devices packets are kept is what the settings ask for, as far as the router's memory allows it", () => {
  const effect = (captureMegabytes: number, captureTotalMegabytes: number, captureLimitBytes: number) =>
    effectOf(
      "captureTotalMegabytes",
      { captureMegabytes, captureTotalMegabytes } as TrafficSettings,
      { captureLimitBytes } as TrafficExtent,
      0,
    ).replaceAll("\u{a0}", " ");
  expect([
    effect(5, 256, 1e9),
    // Each device's takes some bytes besides.
    effect(5, 250, 1e9),
    effect(5, 256, 83_000_000),
    effect(50, 4096, 83_000_000),
    effect(50, 50, 83_000_000),
    effect(50, 100, 40_000_000),
    effect(0, 256, 83_000_000),
  ]).toEqual([
    "Enough for 51 devices.",
    "Enough for 49 devices.",
    "Enough for 16 devices: this router’s memory allows 83.0 MB for packets.",
    "Enough for 1 device: this router’s memory allows 83.0 MB for packets.",
    "Not enough for one device, so none are kept.",
    "Not enough for one device, so none are kept: this router’s memory allows 40.0 MB for packets.",
    "No packets are kept, of any device.",
  ]);
});
