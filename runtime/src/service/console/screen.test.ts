import { expect, test } from "bun:test";
import { screenText } from "./screen.ts";

const STATUS = {
  version: "0.1.0",
  hostName: "gatehouse",
  routerAddress: "192.168.77.1",
  wan: { state: "online", interface: "eth0", address: "198.51.100.7/24" },
  wifi: { state: "no-radio", name: null },
  owner: "set" as const,
  notices: [{ severity: "warning", text: "eth0 is the only port.", hint: "Plug in another one." }],
};

test("the console says where the page is and how the router does", () => {
  expect(screenText(STATUS, 2)).toBe(`
  Gatehouse 0.1.0  gatehouse

  Web page  http://192.168.77.1/  (from a device at home)
  Internet  online, 198.51.100.7/24 on eth0
  Wi-Fi     no radio
  Devices   2 connected
  Owner     has a password; forgotten? Type here: owner reset

  ! eth0 is the only port. Plug in another one.
`);
});

test("the console says when there is no owner yet", () => {
  expect(screenText({ ...STATUS, owner: "none" }, 2)).toContain("Owner     no password yet; ");
});

test("an address alone is not the Internet", () => {
  const text = screenText({ ...STATUS, wan: { ...STATUS.wan, state: "no-address" } }, 0);
  expect(text).toContain("Internet  the provider gave 198.51.100.7/24 on eth0, but no way on from there\n");
});

test("a network name cannot steer the terminal", () => {
  const text = screenText({ ...STATUS, wifi: { state: "on", name: "\u{1b}[2Jhome\u{202e}" } }, 0);
  expect(text).toContain("on, \u{fffd}[2Jhome\u{fffd}\n");
});

test("before the router answers, the console says that it is starting", () => {
  expect(screenText(undefined, 0)).toContain("starting");
});
