import { parseRemote } from "../../addr/remote.ts";

/** The words of a remote as a query spells it. Throws RangeError naming the field. */
export function remoteWords(text: string): Uint32Array {
  const words = parseRemote(text);
  if (words === undefined)
    throw new RangeError('remote: not an address; give one as 198.51.100.7 or 2001:db8::7, or "others"');
  return words;
}
