import { isLocallyAdministered, type Mac, macBytes } from "../addr/mac.ts";
import type { BandAbilities } from "../config/radio.ts";
import { bridgeOf, type RenderedFile } from "./network.ts";
import { channelsOf, type Place } from "./wifi/channels.ts";
import type { AccessPoint, WirelessNetwork } from "./wifi/radios.ts";

/** Where hostapd makes a control socket for each network: in a folder its sandbox lets it write. */
export const HOSTAPD_CONTROL = "/run/gatehouse/hostapd/control";

/**
 * hostapd.conf (hostapd 2.10) for each radio that serves, named "<radio>.conf".
 *
 * The name is written as hex (`ssid2`), so its bytes mean nothing to the parser. The passphrase is the one secret for both
 * WPA2 and WPA3, which only `wpa_passphrase` can be: `wpa_psk` as hex knows no SAE, and `sae_password` gives meaning to
 * "|". hostapd takes it verbatim to the end of the line, so printable ASCII, all that IEEE 802.11 J.4.1 allows, is safe.
 * Throws RangeError when it is anything else, whatever checked it before.
 */
export function renderHostapd(accessPoints: readonly AccessPoint[], country: string | null): RenderedFile[] {
  return accessPoints.map((accessPoint) => {
    const { radio, place, abilities, networks } = accessPoint;
    const lines = [
      `interface=${radio}`,
      "driver=nl80211",
      ...regulatory(place, country),
      ...channel(place, abilities),
      ...networks.flatMap((network, i) => [...section(accessPoint, i), ...access(network, place)]),
    ];
    return { name: `${radio}.conf`, text: lines.join("\n").concat("\n") };
  });
}

/**
 * The interface of the radio's network `index`, the first of which has the radio's own. Names have at most 15 characters, and the
 * end of a long one tells more than its beginning; `isFurtherNetwork` knows them.
 */
export function networkInterface(radio: string, index: number): string {
  return index === 0 ? radio : `ap${index}-${radio.slice(-11)}`;
}

function section({ radio, mac }: AccessPoint, index: number): string[] {
  if (index === 0) return [];
  return [
    `bss=${networkInterface(radio, index)}`,
    ...(mac === null ? [] : [`bssid=${networkAddress(mac, index)}`]),
  ];
}

/**
 * Left to itself hostapd counts up from the radio's own address, and refuses to start where that does not lie on a boundary. Addresses
 * of our own choice differ in the first octet, as drivers with few of them expect, and are locally administered.
 */
function networkAddress(mac: Mac, index: number): string {
  const [first = 0, ...others] = macBytes(mac);
  const local = isLocallyAdministered(mac) ? first : first | 2;
  return [local ^ (index << 2), ...others].map((octet) => octet.toString(16).padStart(2, "0")).join(":");
}

function access(network: WirelessNetwork, place: Place): string[] {
  const { name, lan, passphrase, hidden, isolated } = network;
  if (passphrase === null || !/^[ -~]{8,63}$/.test(passphrase)) {
    throw new RangeError("wifi.networks: hostapd takes passphrases of 8 to 63 characters of printable ASCII");
  }
  // What can change while it runs is always written out, so that a change names its new value.
  return [
    `ctrl_interface=${HOSTAPD_CONTROL}`,
    // Informational messages go to standard output and so to the journal.
    "logger_stdout=-1",
    "logger_stdout_level=2",
    `bridge=${bridgeOf({ name: lan })}`,
    `ssid2=${hex(name)}`,
    "utf8_ssid=1",
    `ignore_broadcast_ssid=${hidden ? 1 : 0}`,
    `ap_isolate=${isolated ? 1 : 0}`,
    // 802.11n rates and everything since require QoS frames.
    "wmm_enabled=1",
    ...security(network, place),
    `wpa_passphrase=${passphrase}`,
  ];
}

function regulatory({ band }: Place, country: string | null): string[] {
  if (country === null) return [];
  // 802.11h (radar and power rules) exists at 5 GHz only and rests on the country's.
  return [`country_code=${country}`, "ieee80211d=1", ...(band === "5" ? ["ieee80211h=1"] : [])];
}

/** hostapd refuses to start when a width or a capability is named that the radio lacks. */
function channel(place: Place, abilities: BandAbilities): string[] {
  const { band, channel } = place;
  return [
    `hw_mode=${band === "2.4" ? "g" : "a"}`,
    `channel=${channel}`,
    ...(band === "6"
      ? [`op_class=${GLOBAL_CLASS[place.width]}`]
      : [...ht(place, abilities), ...vht(place, abilities)]),
    ...he(place, abilities),
  ];
}

/** Operating classes of 6 GHz (IEEE 802.11-2020, table E-4), which tell hostapd the band. */
const GLOBAL_CLASS = { 20: 131, 40: 132, 80: 133, 160: 134 };

/** The number of the channel's centre. */
function centre(place: Place): number {
  const parts = channelsOf(place) ?? [place.channel];
  return (parts[0]! + parts.at(-1)!) / 2;
}

function ht(place: Place, { ht }: BandAbilities): string[] {
  if (ht === null) return [];
  const isLower = channelsOf({ ...place, width: 40 })?.[0] === place.channel;
  const wide = place.width === 20 ? "" : place.band !== "2.4" ? isLower : place.channel <= 7;
  const names = [
    wide === "" ? "" : wide ? "[HT40+]" : "[HT40-]",
    bit(ht, 0, "[LDPC]"),
    bit(ht, 5, "[SHORT-GI-20]"),
    wide === "" ? "" : bit(ht, 6, "[SHORT-GI-40]"),
    bit(ht, 7, "[TX-STBC]"),
    ["", "[RX-STBC1]", "[RX-STBC12]", "[RX-STBC123]"][(ht >> 8) & 3],
    bit(ht, 11, "[MAX-AMSDU-7935]"),
  ];
  return ["ieee80211n=1", `ht_capab=${names.join("")}`];
}

function vht(place: Place, { vht }: BandAbilities): string[] {
  if (vht === null || place.band !== "5") return [];
  const exponent = (vht >> 23) & 7;
  const names = [
    ["", "[MAX-MPDU-7991]", "[MAX-MPDU-11454]", ""][vht & 3],
    place.width === 160 ? "[VHT160]" : "",
    bit(vht, 4, "[RXLDPC]"),
    bit(vht, 5, "[SHORT-GI-80]"),
    place.width === 160 ? bit(vht, 6, "[SHORT-GI-160]") : "",
    bit(vht, 7, "[TX-STBC-2BY1]"),
    ["", "[RX-STBC-1]", "[RX-STBC-12]", "[RX-STBC-123]", "[RX-STBC-1234]"][(vht >> 8) & 7] ?? "",
    exponent === 0 ? "" : `[MAX-A-MPDU-LEN-EXP${exponent}]`,
  ];
  return ["ieee80211ac=1", `vht_capab=${names.join("")}`, ...width("vht", place)];
}

function he(place: Place, { he }: BandAbilities): string[] {
  return he === null ? [] : ["ieee80211ax=1", ...width("he", place)];
}

/** 0: 20 or 40 MHz, which HT tells. */
function width(standard: "vht" | "he", place: Place): string[] {
  const wide = { 20: 0, 40: 0, 80: 1, 160: 2 }[place.width];
  if (place.band === "2.4") return [];
  // At 6 GHz it is the centre that tells 40 MHz from 20.
  const isCentred = wide > 0 || place.band === "6";
  return [
    `${standard}_oper_chwidth=${wide}`,
    ...(isCentred ? [`${standard}_oper_centr_freq_seg0_idx=${centre(place)}`] : []),
  ];
}

function bit(field: number, number: number, name: string): string {
  return ((field >> number) & 1) === 1 ? name : "";
}

const KEY_MANAGEMENT: Record<WirelessNetwork["security"], string> = {
  "wpa2-wpa3": "WPA-PSK SAE",
  wpa2: "WPA-PSK",
  wpa3: "SAE",
};

/** WPA3 requires protected management frames (WPA3 specification, 2.3); in transition they stay optional for WPA2 devices. */
const PROTECTED_FRAMES: Record<WirelessNetwork["security"], number> = { "wpa2-wpa3": 1, wpa2: 1, wpa3: 2 };

function security({ security }: WirelessNetwork, { band }: Place): string[] {
  // At 6 GHz there is WPA3 only, with the password element by hash to element (IEEE 802.11-2024, 12.12.2).
  const kind = band === "6" ? "wpa3" : security;
  const sae =
    kind === "wpa2"
      ? []
      : [
          "sae_require_mfp=1",
          // Elsewhere both ways of deriving it, since many devices know only the older one.
          `sae_pwe=${band === "6" ? 1 : 2}`,
        ];
  return [
    "auth_algs=1",
    "wpa=2",
    `wpa_key_mgmt=${KEY_MANAGEMENT[kind]}`,
    "rsn_pairwise=CCMP",
    `ieee80211w=${PROTECTED_FRAMES[kind]}`,
    ...sae,
  ];
}

function hex(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
