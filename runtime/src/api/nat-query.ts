import { DEVICE, integer, type Parameters, parseQuery, pick, type Values, whole, word } from "./query.ts";

const MAX_ROWS = 1000;
export const DEFAULT_ROWS = 200;

const PARAMETERS = {
  device: DEVICE,
  transport: word(["tcp", "udp", "icmp"], "Only those of one protocol"),
  port: whole(
    0,
    65_535,
    "Only those with this port, be it the device's, the Internet address's or the other side's",
  ),
  after: {
    description: "Where to go on: the `next` of the answer before",
    schema: { type: "integer", minimum: 0 },
    takes: "the number that `next` of the answer before was",
    parse: (text: string) => integer(text, 0, Number.MAX_SAFE_INTEGER),
  },
  limit: whole(1, MAX_ROWS, "The most rows to answer with", DEFAULT_ROWS),
};

/** What the lists can be asked for; associations have no ports. */
export const LIST_PARAMETERS = {
  bindings: PARAMETERS,
  sessions: PARAMETERS,
  associations: pick(PARAMETERS, ["device", "after", "limit"]),
};

/** What of the list `what` a request wants. Throws a RequestFault with all that is wrong. */
export function parseNatQuery(
  request: Request,
  what: keyof typeof LIST_PARAMETERS,
): Values<typeof PARAMETERS> {
  return parseQuery<Parameters>(request, LIST_PARAMETERS[what]);
}
