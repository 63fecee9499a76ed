import type { Config } from "../config/schema.ts";
import { LAN_BRIDGE, type Network, type RenderedFile } from "./network.ts";

type Wifi = Config["wifi"];

/** Where hostapd makes a control socket for each radio: in a folder its sandbox lets it write. */
export const HOSTAPD_CONTROL = "/run/gatehouse/hostapd/control";

/**
 * hostapd.conf for each radio that serves, named "<radio>.conf"; none while no passphrase has been chosen.
 *
 * The name is written as hex (`ssid2`), so its bytes mean nothing to the parser. The passphrase is the one secret for both
 * WPA2 and WPA3, which only `wpa_passphrase` can be: `wpa_psk` as hex knows no SAE, and `sae_password` gives meaning to
 * "|". hostapd takes it verbatim to the end of the line, so printable ASCII, all that IEEE 802.11 J.4.1 allows, is safe.
 * Throws RangeError when it is anything else, whatever checked it before.
 */
export function renderHostapd({ config: { wifi }, radios }: Network): RenderedFile[] {
  const { passphrase } = wifi;
  if (!wifi.enabled || passphrase === null) return [];
  if (!/^[ -~]{8,63}$/.test(passphrase)) {
    throw new RangeError("wifi.passphrase: hostapd takes 8 to 63 characters of printable ASCII");
  }
  return radios.map((radio) => ({
    name: `${radio}.conf`,
    text: [...access(radio), ...channel(wifi), ...security(wifi, passphrase)].join("\n").concat("\n"),
  }));

  function access(radio: string): string[] {
    return [
      `interface=${radio}`,
      "driver=nl80211",
      `bridge=${LAN_BRIDGE}`,
      `ctrl_interface=${HOSTAPD_CONTROL}`,
      // Informational messages go to standard output and so to the journal.
      "logger_stdout=-1",
      "logger_stdout_level=2",
      `ssid2=${hex(wifi.name)}`,
      "utf8_ssid=1",
    ];
  }
}

/** Neither channel needs a radar check before it may be used. */
const AUTO_CHANNEL: Record<Wifi["band"], number> = { "2.4": 6, "5": 36 };

/**
 * 20 MHz everywhere: every radio has it, while hostapd refuses to start when a wider channel or a capability is named
 * that the radio lacks. Widths can be raised once the radio's capabilities are read.
 */
function channel({ band, channel, country }: Wifi): string[] {
  const number = channel === "auto" ? AUTO_CHANNEL[band] : channel;
  const regulatory = country === null ? [] : [`country_code=${country}`, "ieee80211d=1"];
  // 802.11h (radar and power rules) exists at 5 GHz only and rests on the country's.
  if (band === "5") regulatory.push("ieee80211h=1");
  return [
    ...regulatory,
    `hw_mode=${band === "5" ? "a" : "g"}`,
    `channel=${number}`,
    "ieee80211n=1",
    ...(band === "5" ? ["ieee80211ac=1"] : []),
    // 802.11n rates require QoS frames.
    "wmm_enabled=1",
  ];
}

const KEY_MANAGEMENT: Record<Wifi["security"], string> = {
  "wpa2-wpa3": "WPA-PSK SAE",
  wpa2: "WPA-PSK",
  wpa3: "SAE",
};

/** WPA3 requires protected management frames (WPA3 specification, 2.3); in transition they stay optional for WPA2 devices. */
const PROTECTED_FRAMES: Record<Wifi["security"], number> = { "wpa2-wpa3": 1, wpa2: 1, wpa3: 2 };

function security({ security }: Wifi, passphrase: string): string[] {
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
