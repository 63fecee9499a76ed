import type { Config } from "../config/schema.ts";
import { bridgeOf, type Network, type RenderedFile } from "./network.ts";

type Wifi = Config["wifi"];
type Radio = Wifi["radios"][number];
type Wireless = Wifi["networks"][number];
type Band = Exclude<Radio["band"], "auto">;

/** Where hostapd makes a control socket for each radio: in a folder its sandbox lets it write. */
export const HOSTAPD_CONTROL = "/run/gatehouse/hostapd/control";

/**
 * hostapd.conf for each radio that serves, named "<radio>.conf"; none while no network has a passphrase.
 *
 * The name is written as hex (`ssid2`), so its bytes mean nothing to the parser. The passphrase is the one secret for both
 * WPA2 and WPA3, which only `wpa_passphrase` can be: `wpa_psk` as hex knows no SAE, and `sae_password` gives meaning to
 * "|". hostapd takes it verbatim to the end of the line, so printable ASCII, all that IEEE 802.11 J.4.1 allows, is safe.
 * Throws RangeError when it is anything else, whatever checked it before.
 */
export function renderHostapd({ config: { wifi }, radios }: Network): RenderedFile[] {
  return radios.flatMap((name) => {
    const radio =
      wifi.radios.find((radio) => radio.interface === name) ??
      wifi.radios.find((radio) => radio.interface === "auto");
    if (radio === undefined) return [];
    const band = radio.band === "auto" ? "2.4" : radio.band;
    const networks = wifi.networks.filter(
      ({ enabled, passphrase, bands }) =>
        enabled && passphrase !== null && (bands === "all" || bands.includes(band)),
    );
    if (networks.length === 0) return [];
    const lines = [
      `interface=${name}`,
      "driver=nl80211",
      `ctrl_interface=${HOSTAPD_CONTROL}`,
      // Informational messages go to standard output and so to the journal.
      "logger_stdout=-1",
      "logger_stdout_level=2",
      ...channel(band, radio.channel, wifi.country),
      ...networks.flatMap((network, i) => [...(i === 0 ? [] : [`bss=${name}-${i}`]), ...access(network)]),
    ];
    return [{ name: `${name}.conf`, text: lines.join("\n").concat("\n") }];
  });
}

function access(network: Wireless): string[] {
  const { name, lan, passphrase, hidden, isolated } = network;
  if (passphrase === null || !/^[ -~]{8,63}$/.test(passphrase)) {
    throw new RangeError("wifi.networks: hostapd takes passphrases of 8 to 63 characters of printable ASCII");
  }
  return [
    `bridge=${bridgeOf({ name: lan })}`,
    `ssid2=${hex(name)}`,
    "utf8_ssid=1",
    ...(hidden ? ["ignore_broadcast_ssid=1"] : []),
    ...(isolated ? ["ap_isolate=1"] : []),
    ...security(network, passphrase),
  ];
}

/** Neither channel needs a radar check before it may be used. */
const AUTO_CHANNEL: Record<Band, number> = { "2.4": 6, "5": 36, "6": 37 };

/**
 * 20 MHz everywhere: every radio has it, while hostapd refuses to start when a wider channel or a capability is named
 * that the radio lacks. Widths can be raised once the radio's capabilities are read.
 */
function channel(band: Band, channel: Radio["channel"], country: string | null): string[] {
  const number = channel === "auto" ? AUTO_CHANNEL[band] : channel;
  const regulatory = country === null ? [] : [`country_code=${country}`, "ieee80211d=1"];
  // 802.11h (radar and power rules) exists at 5 GHz only and rests on the country's.
  if (band === "5") regulatory.push("ieee80211h=1");
  return [
    ...regulatory,
    `hw_mode=${band === "2.4" ? "g" : "a"}`,
    `channel=${number}`,
    "ieee80211n=1",
    ...(band === "2.4" ? [] : ["ieee80211ac=1"]),
    // 802.11n rates require QoS frames.
    "wmm_enabled=1",
  ];
}

const KEY_MANAGEMENT: Record<Wireless["security"], string> = {
  "wpa2-wpa3": "WPA-PSK SAE",
  wpa2: "WPA-PSK",
  wpa3: "SAE",
};

/** WPA3 requires protected management frames (WPA3 specification, 2.3); in transition they stay optional for WPA2 devices. */
const PROTECTED_FRAMES: Record<Wireless["security"], number> = { "wpa2-wpa3": 1, wpa2: 1, wpa3: 2 };

function security({ security }: Wireless, passphrase: string): string[] {
  const sae =
    security === "wpa2"
      ? []
      : [
          "sae_require_mfp=1",
          // Both ways of deriving the password element, since many devices know only the older one.
          "sae_pwe=2",
        ];
  return [
    "auth_algs=1",
    "wpa=2",
    `wpa_key_mgmt=${KEY_MANAGEMENT[security]}`,
    "rsn_pairwise=CCMP",
    `ieee80211w=${PROTECTED_FRAMES[security]}`,
    ...sae,
    `wpa_passphrase=${passphrase}`,
  ];
}

function hex(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
