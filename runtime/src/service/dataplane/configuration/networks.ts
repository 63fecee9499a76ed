import { formatIPv4 } from "../../../addr/ipv4.ts";
import { contains, overlaps } from "../../../addr/prefix.ts";
import type { Complain, Lan, Wan } from "./configuration.ts";

/** Networks that overlap, and a provider's side that is also the home's. */
export function networkConflicts(wan: Wan | null, lans: readonly Lan[], complain: Complain): void {
  lans.forEach((lan, i) => {
    const other = lans.findIndex(({ prefix }, j) => j < i && overlaps(prefix, lan.prefix));
    if (other >= 0) complain(`lans.${i}.address`, `overlaps the network of lans.${other}`);
    if (wan === null) return;
    if (lan.interface === wan.interface) {
      complain(`lans.${i}.interface`, `${lan.interface} is the provider's side`);
    }
    if (contains(lan.prefix, wan.address)) {
      const address = formatIPv4(wan.address);
      complain(`lans.${i}.address`, `the external address ${address} lies in this network`);
    }
  });
}
