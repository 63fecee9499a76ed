import { expect, test } from "bun:test";
import { parseInterfaces, parseScan } from "./air.ts";

test("interfaces with their radio, what they are and where they send", () => {
  const text = `phy#1
	Interface ap1-wlan1
		ifindex 6
		wdev 0x100000002
		addr 06:00:00:00:01:00
		ssid type AP
		type managed
	Interface wlan1
		ifindex 4
		wdev 0x100000001
		addr 02:00:00:00:01:00
		ssid Home
		type AP
		channel 36 (5180 MHz), width: 80 MHz, center1: 5210 MHz
		txpower 20.00 dBm
phy#0
	Unnamed/non-netdev interface
		wdev 0x2
		type P2P-device
	Interface wlp3s0
		ifindex 3
		type managed
		txpower 0.00 dBm
`;
  expect(parseInterfaces(text)).toEqual([
    { name: "ap1-wlan1", phy: 1, isAccessPoint: false, mhz: null },
    { name: "wlan1", phy: 1, isAccessPoint: true, mhz: 5180 },
    { name: "wlp3s0", phy: 0, isAccessPoint: false, mhz: null },
  ]);
  expect(parseInterfaces("")).toEqual([]);
});

test("who else is on the air", () => {
  const text = `BSS 02:00:5e:00:00:01(on wlan0)
	last seen: 12.345s [boottime]
	TSF: 1234 usec (0d, 00:00:00)
	freq: 2412
	beacon interval: 100 TUs
	signal: -41.00 dBm
	SSID: freq: 9999
BSS 02:00:5e:00:00:02(on wlan0)
	freq: 5180.0
	signal: 60/100
BSS 02:00:5e:00:00:03(on wlan0) -- associated
	freq: 5180.0
	signal: -70.50 dBm
`;
  expect(parseScan(text)).toEqual([
    { mhz: 2412, dBm: -41 },
    { mhz: 5180, dBm: -70.5 },
  ]);
});
