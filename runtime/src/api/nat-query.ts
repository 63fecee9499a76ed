import { parseIPv4 } from "../addr/ipv4.ts";
import { parseMac } from "../addr/mac.ts";
import type { Fault } from "./model.ts";

/** What of a list is wanted, as its address says. */
export interface NatQuery {
  /** MAC or home address. */
  device?: string;
  transport?: "tcp" | "udp" | "icmp";
  port?: number;
  after?: number;
  limit: number;
}

type Name = keyof NatQuery;

interface Parameter {
  /** For the API's page. */
  description: string;
  schema: object;
  /** For a fault. */
  takes: string;
  /** The value, undefined when the text is none. */
  parse(text: string): string | number | undefined;
}

const MAX_ROWS = 1000;
const DEFAULT_ROWS = 200;
const TRANSPORTS = ["tcp", "udp", "icmp"];

const PARAMETERS: Record<Name, Parameter> = {
  device: {
    description: "Only those of one device, by its MAC or its home address",
    schema: { type: "string" },
    takes: "the MAC of a device such as 02:00:5e:10:00:01, or its home address such as 192.168.77.20",
    parse: (text) => parseMac(text) ?? (parseIPv4(text) === undefined ? undefined : text),
  },
  transport: {
    description: "Only those of one protocol",
    schema: { type: "string", enum: TRANSPORTS },
    takes: "tcp, udp or icmp",
    parse: (text) => TRANSPORTS.find((name) => name === text),
  },
  port: {
    description: "Only those with this port, be it the device's, the Internet address's or the other side's",
    schema: { type: "integer", minimum: 0, maximum: 65_535 },
    takes: "a whole number from 0 to 65535",
    parse: (text) => integer(text, 0, 65_535),
  },
  after: {
    description: "Where to go on: the `next` of the answer before",
    schema: { type: "integer", minimum: 0 },
    takes: "the number that `next` of the answer before was",
    parse: (text) => integer(text, 0, Number.MAX_SAFE_INTEGER),
  },
  limit: {
    description: "The most rows to answer with",
    schema: { type: "integer", minimum: 1, maximum: MAX_ROWS, default: DEFAULT_ROWS },
    takes: `a whole number from 1 to ${MAX_ROWS}`,
    parse: (text) => integer(text, 1, MAX_ROWS),
  },
};

/** What the lists can be asked for; associations have no ports. */
export const LIST_PARAMETERS = {
  bindings: ["device", "transport", "port", "after", "limit"],
  sessions: ["device", "transport", "port", "after", "limit"],
  associations: ["device", "after", "limit"],
} as const satisfies Record<string, readonly Name[]>;

/** Reads the query of a request for a list; every fault at once. */
export function parseNatQuery(
  search: URLSearchParams,
  names: readonly Name[],
): NatQuery | NonNullable<Fault["fields"]> {
  const faults: NonNullable<Fault["fields"]> = [];
  const query: Record<string, string | number> = { limit: DEFAULT_ROWS };
  for (const field of new Set(search.keys())) {
    const [text = "", ...more] = search.getAll(field);
    const name = names.find((known) => known === field);
    if (name === undefined) faults.push({ field, reason: `is unknown here; known are ${names.join(", ")}` });
    else if (more.length > 0) faults.push({ field, reason: "is given more than once" });
    else {
      const value = PARAMETERS[name].parse(text);
      if (value === undefined) faults.push({ field, reason: `takes ${PARAMETERS[name].takes}` });
      else query[name] = value;
    }
  }
  return faults.length > 0 ? faults : (query as unknown as NatQuery);
}

/** The parameters as the OpenAPI document describes them. */
export function describeParameters(names: readonly Name[]) {
  return names.map((name) => {
    const { description, schema } = PARAMETERS[name];
    return { name, in: "query" as const, description, schema };
  });
}

function integer(text: string, least: number, most: number): number | undefined {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}
