import { expect, setSystemTime, spyOn, test } from "bun:test";
import { createLog } from "./log.ts";

test("a log line carries its priority and cannot be forged", () => {
  const lines: string[] = [];
  const log = createLog("dhcp", (line) => lines.push(line));
  log.info("offered 192.0.2.7");
  log.error("host name a\n<0>kernel: b");
  expect(lines).toEqual(["<6>dhcp: offered 192.0.2.7\n", "<3>dhcp: host name a\u{fffd}<0>kernel: b\n"]);
});

test("what strangers cause is said once a minute, with a count", () => {
  const lines: string[] = [];
  let now = 0;
  const log = createLog(
    "dns",
    (line) => lines.push(line),
    () => now,
  );
  for (let i = 0; i < 5; i++) log.limited("short", "a message is too short");
  now = 60_000;
  log.limited("short", "a message is too short");
  expect(lines).toEqual([
    "<4>dns: a message is too short\n",
    "<4>dns: a message is too short (and 4 more of this kind since the last line)\n",
  ]);
});

test("news are told one by one until they are a flood", () => {
  const lines: string[] = [];
  let now = 0;
  const log = createLog(
    "dhcp",
    (line) => lines.push(line),
    () => now,
  );
  for (let i = 0; i < 1000; i++) log.news("leased", `leased ${i}`);
  now = 60_000;
  log.news("leased", "leased again");
  expect([lines.length, lines[59], lines[60]]).toEqual([
    61,
    "<6>dhcp: leased 59\n",
    "<6>dhcp: leased again (and 940 more of this kind since the last line)\n",
  ]);
});

test("a wall clock set back does not silence what strangers cause", () => {
  const lines: string[] = [];
  let elapsed = 0;
  const monotonic = spyOn(performance, "now").mockImplementation(() => elapsed);
  try {
    const log = createLog("dns", (line) => lines.push(line));
    setSystemTime(new Date("2030-01-01"));
    log.limited("short", "a message is too short");
    setSystemTime(new Date("2026-01-01"));
    elapsed = 60_000;
    log.limited("short", "a message is too short");
  } finally {
    setSystemTime();
    monotonic.mockRestore();
  }
  expect(lines.length).toBe(2);
});
