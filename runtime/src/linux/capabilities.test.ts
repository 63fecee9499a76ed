import { expect, test } from "bun:test";
import { missingCapabilities } from "./capabilities.ts";

test("missing capabilities are named", () => {
  const netRawOnly = "Name:\tgatehouse\nCapPrm:\t000001ffffffffff\nCapEff:\t0000000000002000\n";
  expect([
    missingCapabilities(["CAP_NET_ADMIN", "CAP_NET_RAW"], netRawOnly),
    missingCapabilities(["CAP_NET_RAW"], netRawOnly),
    missingCapabilities(["CAP_NET_BIND_SERVICE"], ""),
  ]).toEqual([["CAP_NET_ADMIN"], [], ["CAP_NET_BIND_SERVICE"]]);
});
