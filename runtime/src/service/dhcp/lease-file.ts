import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Static, Type } from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import { parseMac } from "../../addr/mac.ts";
import type { Lease } from "../../dhcp/leases.ts";
import { writeDurably } from "../../linux/storage/durable.ts";

const LeaseRecord = Type.Object({
  client: Type.String({ pattern: "^(id|mac):[0-9a-f:]{1,512}$" }),
  mac: Type.String({ pattern: "^[0-9a-f]{2}(:[0-9a-f]{2}){5}$" }),
  address: Type.Integer({ minimum: 0, maximum: 0xffffffff }),
  hostName: Type.String({ pattern: "^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)?$" }),
  vendorClass: Type.String({ pattern: "^[ -~]{0,128}$" }),
  expires: Type.Number({ minimum: 0 }),
});
const LeaseDocument = TypeCompiler.Compile(
  Type.Object({ version: Type.Literal(1), leases: Type.Array(Type.Unknown()) }),
);
const LeaseEntry = TypeCompiler.Compile(LeaseRecord);

/** The file of a network's leases in the folder of what survives a reboot. */
export function leasePath(state: string, network: string): string {
  return join(state, "leases", `${network}.json`);
}

/** The files of every network's leases. */
export function leasePaths(state: string): string[] {
  try {
    return readdirSync(join(state, "leases"))
      .filter((name) => name.endsWith(".json"))
      .map((name) => join(state, "leases", name));
  } catch {
    return [];
  }
}

/** Before there were several networks, the one's leases had another place. Does nothing when there are none, or newer ones. */
export function adoptLeases(state: string, network: string): void {
  const path = leasePath(state, network);
  const former = join(state, "leases.json");
  if (existsSync(path) || !existsSync(former)) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  renameSync(former, path);
}

/** What could be read. */
export interface StoredLeases {
  leases: Lease[];
  /** What is wrong with the file, in words for the log; undefined when nothing is. */
  fault?: string;
}

/** Reads the leases in `path`. No file means no leases; a damaged entry or file is left out and said, never thrown. */
export function readLeases(path: string): StoredLeases {
  try {
    const document: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (!LeaseDocument.Check(document)) return { leases: [], fault: `${path} is not a lease file` };
    const leases = document.leases.filter((entry) => LeaseEntry.Check(entry)).map(leaseOf);
    const damaged = document.leases.length - leases.length;
    return damaged === 0 ? { leases } : { leases, fault: `${path}: ${damaged} entries are damaged` };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { leases: [] };
    return { leases: [], fault: `${path} cannot be read: ${error}` };
  }
}

/** The file the leases are kept in. Writes do not overlap; those asked for during one are made as one after it. */
export class LeaseFile {
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  /** `leases` is called at the moment of each writing. */
  constructor(
    private readonly path: string,
    private readonly leases: () => Lease[],
  ) {}

  /** Resolves when the leases as they are now, or later ones, would survive a loss of power; rejects when they would not. */
  save(): Promise<void> {
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  #start(): Promise<void> {
    this.#next = undefined;
    this.#running = writeDurably(this.path, JSON.stringify({ version: 1, leases: this.leases() }));
    return this.#running;
  }
}

function leaseOf(entry: Static<typeof LeaseRecord>): Lease {
  return { ...entry, mac: parseMac(entry.mac)! };
}
