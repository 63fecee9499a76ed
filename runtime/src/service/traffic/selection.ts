import { parseRemote } from "../../addr/remote.ts";
import type { PairTest } from "../../traffic/history/pair-table.ts";
import type { NameBook } from "./name-book.ts";
import { nameKey } from "./remote-key.ts";

/** Who knows what devices call remotes. */
export type Names = Pick<NameBook, "look">;

/** The words of a remote as a query spells it. Throws RangeError naming the field. */
export function remoteWords(text: string): Uint32Array {
  const words = parseRemote(text);
  if (words === undefined)
    throw new RangeError('remote: not an address; give one as 198.51.100.7 or 2001:db8::7, or "others"');
  return words;
}

/**
 * Whether what a device, a MAC address as a number, calls a remote belongs to `domain`; an address stands for itself where nothing is
 * known of its name. Names that become known later count from then on.
 */
export function domainTest(domain: string, names: Names): PairTest {
  const address = parseRemote(domain);
  return (device, remote) => {
    const known = names.look(device, nameKey(remote));
    if (known !== undefined) return known.domain === domain;
    return address?.every((word, i) => word === remote[i]) === true;
  };
}
