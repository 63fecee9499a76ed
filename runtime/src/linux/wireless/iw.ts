import { type Neighbour, parseInterfaces, parseScan, type RadioInterface } from "./air.ts";
import { type Phy, parsePhys } from "./phy.ts";

/** iw could not do what was asked; the message is its own. */
export class WirelessError extends Error {
  override name = "WirelessError";
}

/** A scan listens for a while on each of a hundred channels. */
const TIMEOUT_MS = 30_000;

/**
 * The machine's radios, by the program iw: its words have been the same for ten years where they are read here, real radios' are
 * found in public and become fixtures, and nl80211 itself would take a generic netlink codec for nested attributes of every standard.
 */
export const wireless = {
  /** Every radio. Throws WirelessError. */
  async phys(): Promise<Phy[]> {
    return parsePhys(await iw("phy"));
  },
  /** Every radio's interfaces. Throws WirelessError. */
  async interfaces(): Promise<RadioInterface[]> {
    return parseInterfaces(await iw("dev"));
  },
  /** The access points in reach of an interface that is up and none itself; takes seconds. Throws WirelessError. */
  async scan(name: string): Promise<Neighbour[]> {
    return parseScan(await iw("dev", name, "scan"));
  },
  /** Asks the kernel for a country's radio rules; "00" are those all countries share. They come a moment later. Throws WirelessError. */
  async setCountry(country: string): Promise<void> {
    await iw("reg", "set", country);
  },
  /** The country whose rules are in force. Throws WirelessError. */
  async country(): Promise<string> {
    return /^country ([A-Z0-9]{2}):/m.exec(await iw("reg", "get"))?.[1] ?? "00";
  },
};

export type Wireless = typeof wireless;

async function iw(...words: string[]): Promise<string> {
  const { exited, stdout, stderr } = Bun.spawn(["iw", ...words], {
    stdout: "pipe",
    stderr: "pipe",
    timeout: TIMEOUT_MS,
  });
  const [status, output, complaint] = await Promise.all([
    exited,
    new Response(stdout).text(),
    new Response(stderr).text(),
  ]);
  if (status !== 0)
    throw new WirelessError(`iw ${words.join(" ")}: ${complaint.trim() || `status ${status}`}`);
  return output;
}
