import type { Listed, ListRequest } from "../dataplane/listing.ts";

export const NAT_USAGE = `usage: gatehouse nat
       gatehouse nat show [bindings|sessions|associations] [filters] [--json]

  gatehouse nat        how much address translation holds, and what it refused and why
  gatehouse nat show   what it holds, one line each; bindings when nothing is named

  --device WHICH       only this device: its name, address at home or MAC
  --protocol NAME      only tcp, udp or icmp
  --port NUMBER        only with this port: the device's, the Internet address's or the other side's
  --json               for programs

The data plane is asked itself, so this works while the control plane is down.`;

export type Transport = NonNullable<ListRequest["transport"]>;

/** What the words after `gatehouse nat` ask for. */
export type NatCommand =
  | { verb: "help" }
  | { verb: "summary"; json: boolean }
  | { verb: "show"; what: Listed; device?: string; transport?: Transport; port?: number; json: boolean };

/** A word that means nothing here, and what would. */
export class UsageError extends Error {}

const LISTS: readonly Listed[] = ["bindings", "sessions", "associations"];
const TRANSPORTS: readonly Transport[] = ["tcp", "udp", "icmp"];
const OPTIONS = ["--device", "--protocol", "--port", "--json"];

/** Reads the words after `gatehouse nat`. Throws UsageError. */
export function parseNatArguments(words: readonly string[]): NatCommand {
  if (words.includes("--help")) return { verb: "help" };
  const [verb, ...rest] = words;
  if (verb === undefined) return { verb: "summary", json: false };
  if (verb === "--json" && rest.length === 0) return { verb: "summary", json: true };
  if (verb !== "show") throw new UsageError(`nat takes show or nothing, but "${verb}" was given`);
  return parseShow(rest);
}

function parseShow(words: readonly string[]): NatCommand {
  const what = LISTS.find((list) => list === words[0]);
  const options = readOptions(what === undefined ? words : words.slice(1));
  const protocol = options.get("--protocol");
  const port = options.get("--port");
  if (what === "associations" && (protocol !== undefined || port !== undefined)) {
    throw new UsageError(`associations have no ${protocol === undefined ? "ports" : "tcp, udp or icmp"}`);
  }
  const device = options.get("--device");
  return {
    verb: "show",
    what: what ?? "bindings",
    ...(device === undefined ? {} : { device }),
    ...(protocol === undefined ? {} : { transport: transport(protocol) }),
    ...(port === undefined ? {} : { port: portNumber(port) }),
    json: options.has("--json"),
  };
}

/** Options by name; --json has no value. `--name=value` is the same as `--name value`. */
function readOptions(words: readonly string[]): Map<string, string> {
  const options = new Map<string, string>();
  const rest = words.flatMap((word) => (/^--\w+=/.test(word) ? splitOption(word) : [word]));
  while (rest.length > 0) {
    const name = rest.shift() ?? "";
    if (!OPTIONS.includes(name)) throw new UsageError(unknown(name));
    if (options.has(name)) throw new UsageError(`${name} is given twice`);
    const value = name === "--json" ? "" : rest.shift();
    if (value === undefined || value.startsWith("--")) throw new UsageError(`${name} needs a value`);
    options.set(name, value);
  }
  return options;
}

function splitOption(word: string): [name: string, value: string] {
  const end = word.indexOf("=");
  return [word.slice(0, end), word.slice(end + 1)];
}

function unknown(word: string): string {
  return word.startsWith("-")
    ? `nat show has no option ${word}; it has ${OPTIONS.join(", ")}`
    : `nat show lists ${LISTS.join(", ")}, but "${word}" was given`;
}

function transport(text: string): Transport {
  const known = TRANSPORTS.find((name) => name === text.toLowerCase());
  if (known === undefined) throw new UsageError(`--protocol takes tcp, udp or icmp, but "${text}" was given`);
  return known;
}

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535))
    throw new UsageError(`--port takes a number from 0 to 65535, but "${text}" was given`);
  return port;
}
