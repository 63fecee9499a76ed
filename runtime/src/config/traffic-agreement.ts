import { parseMac } from "../addr/mac.ts";
import type { Fault } from "./agreement.ts";
import type { Config } from "./schema.ts";

/** Faults between the fields of `traffic` that are each well-formed. */
export function* trafficDisagreements({ traffic }: Config): Generator<Fault> {
  yield* repeated(traffic);
  const { captureMegabytes, captureTotalMegabytes } = traffic;
  if (captureTotalMegabytes < captureMegabytes) {
    yield {
      path: "traffic.captureTotalMegabytes",
      message: `${captureTotalMegabytes} megabytes for all devices are less than the ${captureMegabytes} of one`,
      fix: `give at least ${captureMegabytes}, or a smaller traffic.captureMegabytes; 0 there keeps no captures`,
    };
  }
}

function* repeated({ notRecorded }: Config["traffic"]): Generator<Fault> {
  const seen = new Map<string | undefined, number>();
  for (const [i, text] of notRecorded.entries()) {
    const mac = parseMac(text);
    const earlier = seen.get(mac);
    if (earlier === undefined) seen.set(mac, i);
    else {
      yield {
        path: `traffic.notRecorded.${i}`,
        message: `${text} is the device of traffic.notRecorded.${earlier} already`,
        fix: "take one of the two out",
      };
    }
  }
}
