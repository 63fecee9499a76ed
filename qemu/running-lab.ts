import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { enter, type Namespaces } from "./namespaces.ts";
import { Place } from "./place.ts";
import { built } from "./toolbox.ts";
import { type Link, link, topology } from "./topology.ts";

const record = built("lab/running.json");

interface Record {
  readonly pid: number;
  readonly hosts: { readonly [name: string]: number };
}

/** Notes where the lab is, for commands in other terminals. */
export function announce(namespaces: Namespaces): void {
  mkdirSync(dirname(record), { recursive: true });
  writeFileSync(record, JSON.stringify({ pid: namespaces.pid, hosts: namespaces.processes() }));
}

/** Takes the note away. */
export function withdraw(): void {
  rmSync(record, { force: true });
}

/** A host of the lab that runs in another terminal. */
export function hostOfRunningLab(name: string): Place {
  const { pid, hosts } = read();
  const init = hosts[name];
  if (init === undefined) throw new Error(`lab: no host "${name}", only ${Object.keys(hosts).join(", ")}`);
  return new Place(name, enter(pid, init));
}

/** The command that writes what crosses a link as pcap to its standard output. */
export function capture(name: string): string[] {
  const wire = topology.links.find((candidate) => candidate.name === name);
  if (!wire)
    throw new Error(`lab: no link "${name}", only ${topology.links.map(({ name }) => name).join(", ")}`);
  const { host, interface: device } = link(name as Link["name"]);
  const tcpdump = ["tcpdump", "--packet-buffered", "-Z", "root", "-w", "-", "-i", device];
  return [...hostOfRunningLab(host).prefix, ...tcpdump];
}

function read(): Record {
  try {
    const lab: Record = JSON.parse(readFileSync(record, "utf8"));
    process.kill(lab.pid, 0);
    return lab;
  } catch {
    throw new Error("lab: it is not running: start it with 'make lab'");
  }
}
