import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { type Mac, parseMac } from "../../addr/mac.ts";
import { formatPrefix, type Prefix, parsePrefix } from "../../addr/prefix.ts";
import { writeDurably } from "../../linux/storage/durable.ts";
import type { Log } from "../log.ts";
import type { Acquaintance } from "./devices.ts";
import type { ProvenPort } from "./proven-wan.ts";

const Chosen = Type.Record(Type.String(), Type.String());
const Prefixes = Type.Object({ now: Type.Array(Type.String()), former: Type.Array(Type.String()) });
const Ipv6 = Type.Object({
  ula: Type.String(),
  subnets: Type.Record(Type.String(), Type.Number()),
  prefixes: Type.Record(Type.String(), Prefixes),
});
const Proven = Type.Object({ port: Type.String(), mac: Type.String() });
const Devices = Type.Array(
  Type.Object({
    mac: Type.String(),
    hostName: Type.Union([Type.String(), Type.Null()]),
    firstSeen: Type.Number(),
    lastSeen: Type.Number(),
  }),
);

/** What the router remembers over a reboot besides its configuration and leases. What cannot be read is begun anew. */
export class Memory {
  /** What is known to be on the disk, by file. */
  readonly #stored = new Map<string, string>();

  constructor(
    private readonly folder: string,
    private readonly log: Log,
  ) {}

  /** The networks of the home as chosen automatically, by name. */
  lanPrefixes(): Map<string, Prefix> {
    const chosen = this.#read("lans.json", Chosen) ?? this.#onlyPrefix();
    return new Map(
      Object.entries(chosen).flatMap(([name, text]) => {
        const prefix = parsePrefix(text);
        return prefix === undefined ? [] : [[name, prefix] as const];
      }),
    );
  }

  async keepLanPrefixes(prefixes: ReadonlyMap<string, Prefix>): Promise<void> {
    const chosen = Array.from(prefixes, ([name, prefix]) => [name, formatPrefix(prefix)]);
    await this.#write("lans.json", JSON.stringify(Object.fromEntries(chosen)));
  }

  /** Before there were several networks, the one had no name. */
  #onlyPrefix(): Static<typeof Chosen> {
    const { lan } = this.#read("lan.json", Chosen) ?? {};
    return lan === undefined ? {} : { home: lan };
  }

  /** The home's own IPv6 prefix, each network's number within it, and what the provider gave; undefined before there was any. */
  ipv6(): Static<typeof Ipv6> | undefined {
    return this.#read("ipv6.json", Ipv6);
  }

  async keepIpv6(chosen: Static<typeof Ipv6>): Promise<void> {
    await this.#write("ipv6.json", JSON.stringify(chosen));
  }

  /** The port that the Internet came by last; with its MAC, as another machine's ports have the same names. */
  provenWan(): ProvenPort | undefined {
    return this.#read("wan.json", Proven);
  }

  async keepProvenWan(port: ProvenPort): Promise<void> {
    await this.#write("wan.json", JSON.stringify(port));
  }

  devices(): Acquaintance[] {
    const known = this.#read("devices.json", Devices) ?? [];
    return known.flatMap((device) => {
      const mac: Mac | undefined = parseMac(device.mac);
      return mac === undefined ? [] : [{ ...device, mac }];
    });
  }

  async keepDevices(devices: readonly Acquaintance[]): Promise<void> {
    await this.#write("devices.json", JSON.stringify(devices));
  }

  #read<T extends TSchema>(name: string, schema: T): Static<T> | undefined {
    try {
      const text = readFileSync(join(this.folder, name), "utf8");
      const value = Value.Parse(schema, JSON.parse(text));
      this.#stored.set(name, text);
      return value;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT")
        this.log.warn(`${name} cannot be used and is begun anew: ${error}`);
      return undefined;
    }
  }

  /** Writes what is not on the disk yet; a failure is tried again when the same is to be kept the next time. */
  async #write(name: string, text: string): Promise<void> {
    if (this.#stored.get(name) === text) return;
    try {
      await writeDurably(join(this.folder, name), text);
      this.#stored.set(name, text);
    } catch (error) {
      this.log.limited(name, `${error}`);
    }
  }
}
