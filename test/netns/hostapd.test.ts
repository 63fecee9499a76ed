import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Glob } from "bun";
import { amendments } from "../../runtime/src/linux/hostapd/amendments.ts";
import { askHostapd, ControlError } from "../../runtime/src/linux/hostapd/control.ts";
import { eventually } from "../harness/eventually.ts";
import { Namespace } from "./linux-namespace.ts";

const IN_TOOLBOX = join(import.meta.dir, "../../image/in-toolbox");
const GOLDEN = join(import.meta.dir, "../../runtime/src/render/golden/wifi");

/** What hostapd objects to in `text`. It stops right after reading, as this namespace has no radio. */
async function objections(text: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-hostapd-"));
  const path = join(folder, "wlan0.conf");
  await Bun.write(path, text);
  const namespace = Namespace.create();
  const { stdout, stderr } = namespace.run(() => Bun.spawnSync([IN_TOOLBOX, "hostapd", path]));
  namespace.close();
  rmSync(folder, { recursive: true });
  const output = `${stdout}${stderr}`;
  expect(output).toMatch(/wlan0|wl[px]/);
  return output.match(/^.*(?:Line \d+|errors? found).*$/gm) ?? [];
}

test("hostapd understands every line it is given", async () => {
  const paths = [...new Glob("*/*.conf").scanSync(GOLDEN)];
  expect(paths.length).toBeGreaterThan(5);
  for (const path of paths)
    expect([path, await objections(await Bun.file(join(GOLDEN, path)).text())]).toEqual([path, []]);
});

test("one network takes what changes while it runs, and answers for it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-hostapd-"));
  const text = (passphrase: string) => `interface=lo
driver=none
ctrl_interface=${folder}/control
ssid2=61
ignore_broadcast_ssid=0
ap_isolate=0
hw_mode=g
channel=1
wpa=2
wpa_key_mgmt=WPA-PSK SAE
rsn_pairwise=CCMP
ieee80211w=1
wpa_passphrase=${passphrase}
`;
  await Bun.write(join(folder, "lo.conf"), text("12345678"));
  const hostapd = Bun.spawn([IN_TOOLBOX, "hostapd", join(folder, "lo.conf")], { stdout: "ignore" });
  const ask = (question: string) => askHostapd(join(folder, "control"), "lo", question);
  await eventually(async () => existsSync(join(folder, "control/lo")), true);
  const changed = text("  with blanks  ").replace("ssid2=61", "ssid2=6262").replace("ssid=0", "ssid=1");
  const [amendment, ...others] = amendments(text("12345678"), changed)!;
  expect([others, amendment!.network, amendment!.commands.map(ask)]).toEqual([
    [],
    "lo",
    amendment!.commands.map(() => "OK"),
  ]);
  expect([
    ask("PING"),
    ask("GET_CONFIG").includes("ssid=bb"),
    ask("STATUS").startsWith("state=ENABLED"),
    ask("STA-FIRST"),
  ]).toEqual(["PONG", true, true, ""]);
  expect(ask("SET wpa_passphrase short")).toBe("FAIL");
  expect(readdirSync(join(folder, "control"))).toEqual(["lo"]);
  hostapd.kill();
  await hostapd.exited;
  expect(() => ask("PING")).toThrow(ControlError);
  rmSync(folder, { recursive: true });
});

test("a line it does not understand would be noticed", async () => {
  expect(await objections("interface=wlan0\nno_such_item=1\n")).toEqual([
    "Line 2: unknown configuration item 'no_such_item'",
    expect.stringContaining("1 errors found"),
  ]);
});
