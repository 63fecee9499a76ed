import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderHostapd } from "../../runtime/src/render/hostapd.ts";
import { configOf, networkWith } from "../../runtime/src/render/network.fixture.ts";
import { Namespace } from "./linux-namespace.ts";

const IN_TOOLBOX = join(import.meta.dir, "../../image/in-toolbox");
const SECURITIES = ["wpa2-wpa3", "wpa2", "wpa3"];
const BANDS = [
  { band: "2.4", country: null },
  { band: "2.4", country: "DE", channel: 13 },
  { band: "5", country: "US" },
];

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
  expect(output).toContain("wlan0");
  return output.match(/^.*(?:Line \d+|errors? found).*$/gm) ?? [];
}

test("hostapd understands every line it is given", async () => {
  for (const security of SECURITIES) {
    for (const band of BANDS) {
      const { country = null, ...radio } = band;
      const network = { security, name: "Zoë's\nwpa=0", passphrase: ' a|mac=b "#=\\ P ' };
      const wifi = { country, radios: [radio], networks: [network] };
      const [file] = renderHostapd(networkWith({ config: configOf({ wifi }), radios: ["wlan0"] }));
      expect([wifi, await objections(file!.text)]).toEqual([wifi, []]);
    }
  }
});

test("a line it does not understand would be noticed", async () => {
  expect(await objections("interface=wlan0\nno_such_item=1\n")).toEqual([
    "Line 2: unknown configuration item 'no_such_item'",
    expect.stringContaining("1 errors found"),
  ]);
});
