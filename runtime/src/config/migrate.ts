type Fields = Record<string, unknown>;

/** What brings a document of each version, from 1 on, to the next one. */
const STEPS: readonly ((document: Fields) => Fields)[] = [fromOne];

/**
 * A document of an earlier version in the present form, however malformed: fields that are not there stay away, and wrong ones go
 * where they will be found wrong. Anything else comes back as it is.
 */
export function migrate(document: unknown): unknown {
  let current = document;
  while (isFields(current)) {
    const step = typeof current.version === "number" ? STEPS[current.version - 1] : undefined;
    if (step === undefined) return current;
    current = step(current);
  }
  return current;
}

/** One WAN, one LAN and one wireless network became lists; the LAN has the name it had for people. */
function fromOne({ wan, lan, wifi, ...others }: Fields): Fields {
  return {
    ...others,
    version: 2,
    ...(wan !== undefined && { wans: [wan] }),
    ...(lan !== undefined && { lans: [lan] }),
    ...(wifi !== undefined && { wifi: isFields(wifi) ? wirelessFromOne(wifi) : wifi }),
  };
}

function wirelessFromOne({ country, band, channel, ...network }: Fields): Fields {
  return {
    ...(country !== undefined && { country }),
    // The first version's band had a default of its own.
    radios: [{ band: band ?? "2.4", ...(channel !== undefined && { channel }) }],
    networks: [network],
  };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
