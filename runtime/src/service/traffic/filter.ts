import { macNumber } from "../../addr/mac.ts";
import type { PairTest } from "../../traffic/history/pair-table.ts";
import { serviceWords } from "./accounts.ts";
import { domainTest, type Names, remoteWords } from "./selection.ts";
import type { Grouping, RangeQuery } from "./source.ts";

/** What of the traffic is meant: what agrees with all that is given. Devices are MAC addresses as numbers. */
export interface Filter {
  readonly device?: number;
  /** Where sums are of services, one of them. */
  readonly remote?: Uint32Array;
  readonly accepts?: PairTest;
}

/** Throws RangeError naming the field, also where sums `by` the grouping are not kept within the filter. */
export function filterOf(query: RangeQuery, by: Grouping | undefined, names: Names): Filter {
  refuseUnkept(query, by);
  const { device, remote, domain, service } = query;
  return {
    ...(device !== undefined && { device: macNumber(device) }),
    ...(remote !== undefined && { remote: remoteWords(remote) }),
    ...(domain !== undefined && { accepts: domainTest(domain, names) }),
    ...(service !== undefined && { remote: serviceWords(service) }),
  };
}

/** Sums are kept by device and remote, and by device and service. Throws RangeError naming the field that asks for more. */
export function refuseUnkept({ remote, domain, service }: RangeQuery, by: Grouping | undefined): void {
  const place = remote !== undefined ? "remote" : domain !== undefined ? "domain" : undefined;
  if (service !== undefined && place !== undefined)
    throw new RangeError(
      `service: services are not kept by ${place}; ask without service or without ${place}`,
    );
  if (by === "service" && place !== undefined)
    throw new RangeError(`by: services are not kept by ${place}; ask for service without ${place}`);
  if (service !== undefined && (by === "remote" || by === "domain"))
    throw new RangeError(`by: ${by}s are not kept by service; ask for ${by} without service`);
}
