import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bind, close, recv, socket } from "../ffi/libc.ts";
import { supervisor } from "./supervisor.ts";

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const MSG_DONTWAIT = 0x40;

function listen(name: string): { next(): string; close(): void } {
  const fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  const bytes = new TextEncoder().encode(name);
  bind(fd, Uint8Array.of(AF_UNIX, 0, ...bytes));
  const buffer = new Uint8Array(256);
  return {
    next: () => new TextDecoder().decode(buffer.subarray(0, Math.max(0, recv(fd, buffer, MSG_DONTWAIT)))),
    close: () => close(fd),
  };
}

test("the service manager hears of start, status and life, at a path or an abstract name", () => {
  const folder = mkdtempSync(join(tmpdir(), "notify-"));
  const names = [
    { env: join(folder, "notify"), kernel: join(folder, "notify") },
    { env: `@gatehouse-test-${process.pid}`, kernel: `\0gatehouse-test-${process.pid}` },
  ];
  for (const name of names) {
    const manager = listen(name.kernel);
    const { ready, status, watchdog, stopping } = supervisor({ NOTIFY_SOCKET: name.env });
    ready();
    status("two lines\nREADY=1");
    watchdog();
    stopping();
    expect([manager.next(), manager.next(), manager.next(), manager.next()]).toEqual([
      "READY=1",
      "STATUS=two lines READY=1",
      "WATCHDOG=1",
      "STOPPING=1",
    ]);
    manager.close();
  }
  rmSync(folder, { recursive: true });
});

test("without a service manager nothing is said and nothing fails", () => {
  supervisor({}).ready();
  supervisor({ NOTIFY_SOCKET: "/nonexistent/notify" }).ready();
});

test("the watchdog is fed at half its time, when it watches this process", () => {
  const period = (env: Record<string, string>) => supervisor(env, 42).watchdogPeriod;
  expect([
    period({ WATCHDOG_USEC: "30000000" }),
    period({ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "42" }),
    period({ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "43" }),
    period({}),
  ]).toEqual([15_000, 15_000, undefined, undefined]);
});
