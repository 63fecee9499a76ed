import { parseMac } from "../addr/mac.ts";
import { type Fault, repeated } from "./faults.ts";
import type { Config } from "./schema.ts";

/** Faults between the fields of `traffic` that are each well-formed. */
export function* trafficDisagreements({ traffic }: Config): Generator<Fault> {
  yield* twice(traffic);
  const { captureMegabytes, captureTotalMegabytes } = traffic;
  if (captureTotalMegabytes < captureMegabytes) {
    yield {
      path: "traffic.captureTotalMegabytes",
      message: `${captureTotalMegabytes} megabytes for all devices are less than the ${captureMegabytes} of one`,
      fix: `give at least ${captureMegabytes}, or a smaller traffic.captureMegabytes; 0 there keeps no captures`,
    };
  }
}

function* twice({ notRecorded }: Config["traffic"]): Generator<Fault> {
  yield* repeated(
    notRecorded,
    (text) => parseMac(text),
    (i, j) => ({
      path: `traffic.notRecorded.${i}`,
      message: `${notRecorded[i]} is the device of traffic.notRecorded.${j} already`,
      fix: "take one of the two out",
    }),
  );
}
