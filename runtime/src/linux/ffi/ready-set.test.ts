import { expect, test } from "bun:test";
import { close, eventFd, signal } from "./libc.ts";
import { ReadySet } from "./ready-set.ts";

test("tells which descriptors are readable, at each wait anew", () => {
  const fds = [eventFd(), eventFd(), eventFd()];
  const ready = new ReadySet(fds);
  const readable = () => fds.map((_, i) => ready.isReady(i));
  expect(ready.wait(0)).toBe(false);
  signal(fds[1]!);
  expect(ready.wait(-1)).toBe(true);
  expect(readable()).toEqual([false, true, false]);
  close(fds[1]!);
  signal(fds[2]!);
  signal(fds[0]!);
  expect(ready.wait(-1)).toBe(true);
  expect(readable()).toEqual([true, false, true]);
  ready.close();
  close(fds[0]!);
  close(fds[2]!);
});

test("a descriptor that cannot be waited for is an error", () => {
  expect(() => new ReadySet([-1])).toThrow("epoll_ctl: errno 9");
});
