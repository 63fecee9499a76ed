/** What `iw dev` tells of a radio's interface. */
export interface RadioInterface {
  name: string;
  /** The number of its radio. */
  phy: number;
  isAccessPoint: boolean;
  /** The centre of the channel of 20 MHz it begins with; null while it is on none. */
  mhz: number | null;
}

/** Reads the output of `iw dev`. */
export function parseInterfaces(text: string): RadioInterface[] {
  return text.split(/^phy#/m).flatMap((radio) => {
    const phy = Number.parseInt(radio, 10);
    return radio
      .split(/^\s*(?=Interface )/m)
      .slice(1)
      .map((part) => ({
        name: /^Interface (\S+)/.exec(part)![1]!,
        phy,
        isAccessPoint: /^\s*type AP$/m.test(part),
        mhz: Number(/^\s*channel \d+ \((\d+)/m.exec(part)?.[1]) || null,
      }));
  });
}

/** Another access point in reach. */
export interface Neighbour {
  mhz: number;
  /** How strongly it is heard. */
  dBm: number;
}

/** Reads the output of `iw dev <interface> scan`. */
export function parseScan(text: string): Neighbour[] {
  return text.split(/^BSS /m).flatMap((part) => {
    const mhz = /^\s*freq: (\d+)/m.exec(part)?.[1];
    const dBm = /^\s*signal: (-?\d+(?:\.\d+)?) dBm/m.exec(part)?.[1];
    return mhz === undefined || dBm === undefined ? [] : [{ mhz: Number(mhz), dBm: Number(dBm) }];
  });
}
