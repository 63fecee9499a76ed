import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ControlError } from "./control.ts";
import { accessPoints } from "./hostapd.ts";
import { readStations } from "./stations.ts";

let folder: string;
let calls: string[];
let answer: (network: string, question: string) => string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hostapd-"));
  calls = [];
  answer = () => "OK";
});
afterEach(() => rmSync(folder, { recursive: true }));

const points = () =>
  accessPoints(
    folder,
    async (...words) => void calls.push(words.join(" ")),
    (_, network, question) => {
      calls.push(`${network}: ${question}`);
      return answer(network, question);
    },
  );
const done = () => calls.splice(0);

/** The file of a radio with two networks. */
const file = ({ channel = 6, home = "Home", passphrase = "12345678", guest = "87654321" } = {}) => ({
  name: "wlan0.conf",
  text: `interface=wlan0
channel=${channel}
bridge=br-home
ssid2=${Buffer.from(home).toString("hex")}
ignore_broadcast_ssid=0
ap_isolate=0
wpa_passphrase=${passphrase}
bss=ap1-wlan0
bridge=br-guest
ssid2=67
ignore_broadcast_ssid=0
ap_isolate=0
wpa_passphrase=${guest}
`,
});
const AFTER = ["RELOAD_WPA_PSK", "PMKSA_FLUSH", "UPDATE_BEACON", "DEAUTHENTICATE ff:ff:ff:ff:ff:ff"];
const START = "start gatehouse-hostapd@wlan0.service";
const RESTART = "restart gatehouse-hostapd@wlan0.service";

test("an access point is started, kept running and stopped with its file, which only root can read", async () => {
  expect((await points().bring([file()])).restarted).toEqual(["wlan0.conf"]);
  expect(statSync(join(folder, "wlan0.conf")).mode & 0o777).toBe(0o600);
  expect((await points().bring([file()])).restarted).toEqual([]);
  await points().restart([{ name: "wlan0.conf" }]);
  await points().restart([]);
  await points().bring([]);
  expect(calls).toEqual([RESTART, START, RESTART, "stop gatehouse-hostapd@wlan0.service"]);
});

test("a network takes its new passphrase and name while it runs, and no other network is touched", async () => {
  await points().bring([file()]);
  done();
  const change = await points().bring([file({ guest: " with blanks ", home: "Home" })]);
  expect([change.written, change.restarted, done()]).toEqual([
    ["wlan0.conf"],
    [],
    ["SET wpa_passphrase  with blanks ", ...AFTER].map((command) => `ap1-wlan0: ${command}`).concat(START),
  ]);
  await points().bring([file({ guest: " with blanks ", home: "Attic" })]);
  expect(done()).toEqual(
    ["SET ssid2 4174746963", ...AFTER].map((command) => `wlan0: ${command}`).concat(START),
  );
});

test("what a network cannot take while it runs restarts its radio's access point, and no other's", async () => {
  const other = { ...file(), name: "wlan1.conf" };
  await points().bring([file(), other]);
  done();
  const changes = [
    file({ channel: 1 }),
    { ...file({ channel: 1 }), text: file({ channel: 1 }).text.replace("br-guest", "br-home") },
    { ...file(), text: file().text.split("bss=")[0]! },
    { ...file(), text: `${file().text.split("bss=")[0]}wmm_enabled=1\n` },
  ];
  for (const changed of changes) {
    const { restarted } = await points().bring([changed, other]);
    expect([restarted, done()]).toEqual([["wlan0.conf"], [RESTART, "start gatehouse-hostapd@wlan1.service"]]);
  }
});

test("an access point that does not take a change, or does not answer, restarts", async () => {
  await points().bring([file()]);
  answer = (_, question) => (question.startsWith("SET") ? "FAIL" : "OK");
  expect((await points().bring([file({ guest: "another one" })])).restarted).toEqual(["wlan0.conf"]);
  answer = () => {
    throw new ControlError("nobody there");
  };
  expect((await points().bring([file({ guest: "a third one" })])).restarted).toEqual(["wlan0.conf"]);
});

test("stations are those that have proved the passphrase", () => {
  const station = (mac: string, flags: string, more = "") => `${mac}
flags=${flags}
rx_bytes=1234
signal=-41
rx_rate_info=2402 vhtmcs 9 vhtnss 2
tx_rate_info=65${more}
connected_time=61
`;
  const answers: Record<string, string> = {
    "STA-FIRST": station("02:00:5e:00:00:01", "[AUTH][ASSOC][AUTHORIZED]"),
    "STA-NEXT 02:00:5e:00:00:01": station("02:00:5e:00:00:02", "[AUTH][ASSOC]"),
    "STA-NEXT 02:00:5e:00:00:02": "02:00:5e:00:00:03\nflags=[AUTHORIZED]\nsignal=0\nrx_rate_info=0",
    "STA-NEXT 02:00:5e:00:00:03": "FAIL",
  };
  expect(readStations((question) => answers[question] ?? "") as unknown[]).toEqual([
    { mac: "02:00:5e:00:00:01", signal: -41, sendMbit: 240.2, receiveMbit: 6.5, seconds: 61 },
    { mac: "02:00:5e:00:00:03", signal: null, sendMbit: null, receiveMbit: null, seconds: 0 },
  ]);
});
