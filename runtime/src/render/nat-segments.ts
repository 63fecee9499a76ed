/** What Ethernet carries, and so what the home's hosts reckon with. */
const HOME_MTU = 1500;
/** IP and TCP header without options (RFC 9293 section 3.7.1). */
const HEADERS = 40;

/**
 * The rule that keeps TCP's segments within the provider's link, for those whose path MTU discovery is broken (RFC 4459
 * section 3.2); empty where the home's packets fit. The kernel only ever lowers the option.
 */
export function clampSegments(mtu: number): string {
  return mtu >= HOME_MTU ? "" : `tcp flags & syn == syn tcp option maxseg size set ${mtu - HEADERS}`;
}
