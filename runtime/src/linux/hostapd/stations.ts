import { type Mac, parseMac } from "../../addr/mac.ts";

/** A device that has joined a network, as hostapd tells. */
export interface Station {
  mac: Mac;
  /** How strongly the radio hears it, in dBm; null: the driver does not tell. */
  signal: number | null;
  /** What it sends and receives at now, in Mbit/s; null: nothing was sent yet. */
  sendMbit: number | null;
  receiveMbit: number | null;
  /** Since it joined. */
  seconds: number;
}

/**
 * One station of the answers to STA-FIRST and STA-NEXT; undefined for the end of the list. One that has not proved that it knows the
 * passphrase is marked by `isIn`.
 */
export function parseStation(text: string): (Station & { isIn: boolean }) | undefined {
  const [first = "", ...lines] = text.split("\n");
  const mac = parseMac(first);
  if (mac === undefined) return undefined;
  const fields = new Map(lines.map((line) => [line.split("=", 1)[0]!, line.slice(line.indexOf("=") + 1)]));
  const number = (name: string) => Number.parseInt(fields.get(name) ?? "", 10) || null;
  return {
    mac,
    signal: number("signal"),
    // Units of 100 kbit/s, seen from the access point.
    sendMbit: inMbit(number("rx_rate_info")),
    receiveMbit: inMbit(number("tx_rate_info")),
    seconds: number("connected_time") ?? 0,
    isIn: fields.get("flags")?.includes("[AUTHORIZED]") ?? false,
  };
}

function inMbit(hundreds: number | null): number | null {
  return hundreds === null ? null : hundreds / 10;
}

/** Those of one network; `ask` sends it one question. More than any radio serves are not asked for. */
export function readStations(ask: (question: string) => string): Station[] {
  const stations: Station[] = [];
  let next = parseStation(ask("STA-FIRST"));
  for (let i = 0; next !== undefined && i < MOST; i++) {
    const { isIn, ...station } = next;
    if (isIn) stations.push(station);
    next = parseStation(ask(`STA-NEXT ${station.mac}`));
  }
  return stations;
}

/** IEEE 802.11's association identifiers end there. */
const MOST = 2_007;
