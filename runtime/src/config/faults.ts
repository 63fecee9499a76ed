/** What is wrong with one field, and what to do about it. */
export interface Fault {
  /** The field, as "lans.0.dhcp.reservations.0.mac"; empty for the whole document. */
  path: string;
  message: string;
  fix: string;
}

/** A fault for each entry whose key an earlier one of the list has; entries without a key are passed over. */
export function* repeated<Entry>(
  entries: readonly Entry[],
  keyOf: (entry: Entry) => string | undefined,
  fault: (index: number, earlier: number) => Fault,
): Generator<Fault> {
  const seen = new Map<string, number>();
  for (const [index, entry] of entries.entries()) {
    const key = keyOf(entry);
    const earlier = key === undefined ? undefined : seen.get(key);
    if (earlier !== undefined) yield fault(index, earlier);
    else if (key !== undefined) seen.set(key, index);
  }
}
