import type { Subprocess } from "bun";
import { Place } from "./place.ts";
import { until } from "./wait.ts";

/**
 * First process of the lab. It lives as long as its standard input, a pipe whose other end only the program that made
 * the lab holds: however that program ends, the pipe closes, this process ends, and the kernel takes its PID namespace
 * with everything in it, its network namespaces and its mounts along. Bash, as PID 1, also reaps orphans.
 */
const anchor = `
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/hosts
ip link set lo up
echo ready
read -r _ || true
`;

/**
 * First process of a host: its own interfaces, /sys, resolver configuration and DHCP client state; the rest of the
 * file system is shared. Its resolv.conf begins empty: only DHCP fills it.
 */
const host = (name: string) => `
state=/run/hosts/${name}
mkdir -p $state/dhcpcd $state/dhcpcd.db
mount -t sysfs sysfs /sys
for folder in dhcpcd:/run/dhcpcd dhcpcd.db:/var/lib/dhcpcd; do
  mkdir -p "\${folder#*:}"
  mount --bind "$state/\${folder%%:*}" "\${folder#*:}"
done
: >$state/resolv.conf
resolv=$(readlink -m /etc/resolv.conf)
[[ -e $resolv ]] || { mkdir -p "\${resolv%/*}"; : >"$resolv"; }
mount --bind $state/resolv.conf "$resolv"
ip link set lo up
echo pid $$
exec sleep infinity
`;

/** A set of hosts that disappears with the program that made it. Needs root, or user namespaces and /dev/net/tun. */
export class Namespaces {
  /** The lab itself: where links are made before their ends move into hosts. */
  readonly root: Place;
  private readonly hosts = new Map<string, { place: Place; pid: number }>();

  private constructor(
    readonly pid: number,
    private readonly child: Subprocess<"pipe", "pipe", "inherit">,
  ) {
    this.root = new Place("lab", enter(pid));
  }

  static async open(): Promise<Namespaces> {
    const user = isRoot() ? [] : ["--user", "--map-root-user"];
    const child = Bun.spawn(
      [
        "unshare",
        ...user,
        "--net",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
        "bash",
        "-ec",
        anchor,
      ],
      { stdin: "pipe", stdout: "pipe", stderr: "inherit", detached: true },
    );
    await firstLine(child.stdout, "the lab's namespaces");
    return new Namespaces(child.pid, child);
  }

  /** Makes a host: a network namespace with its own mounts. */
  async host(name: string): Promise<Place> {
    const init = Bun.spawn([...this.root.prefix, "unshare", "--net", "--mount", "bash", "-ec", host(name)], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    const pid = Number((await firstLine(init.stdout, `host ${name}`)).split(" ")[1]);
    const place = new Place(name, enter(this.pid, pid));
    this.hosts.set(name, { place, pid });
    return place;
  }

  /** Moves an interface of the lab into a host, gives it its name there and its MAC address, and sets it up. */
  async move(device: string, to: string, name: string, mac: string): Promise<void> {
    const { place, pid } = this.entry(to);
    await this.root.run(["ip", "link", "set", device, "netns", String(pid)]);
    await place.sh(`ip link set dev ${device} name ${name} address ${mac}; ip link set ${name} up`);
  }

  get(name: string): Place {
    return this.entry(name).place;
  }

  /** The first process of every host, as the lab numbers them. */
  processes(): Record<string, number> {
    return Object.fromEntries([...this.hosts].map(([name, { pid }]) => [name, pid]));
  }

  /** Ends everything that runs in it. */
  async close(): Promise<void> {
    this.child.stdin.end();
    await until({ what: "end of the lab's processes", within: 10_000 }, () => this.child.exitCode !== null);
  }

  private entry(name: string): { place: Place; pid: number } {
    const entry = this.hosts.get(name);
    if (!entry) throw new Error(`lab: no host "${name}", only ${[...this.hosts.keys()].join(", ")}`);
    return entry;
  }
}

/** Whether no user namespace is needed. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The command prefix that runs something inside the lab that was opened by process `pid`, or in the host whose first
 * process is `host`. nsenter has to fork to enter a PID namespace, and a signal to it would not reach the command: the
 * parent-death signal does.
 */
export function enter(pid: number, host?: number): string[] {
  const user = isRoot() ? [] : ["--user", "--preserve-credentials"];
  const processes = `--pid=/proc/${pid}/ns/pid_for_children`;
  const lab = ["nsenter", `--target=${pid}`, ...user, "--net", "--mount", processes];
  const inner = host === undefined ? [] : ["nsenter", `--target=${host}`, "--net", "--mount"];
  return [...lab, ...inner, "setpriv", "--pdeathsig=TERM", "--"];
}

async function firstLine(stream: ReadableStream<Uint8Array>, what: string): Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`lab: ${what} did not start`);
    text += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
  return text.slice(0, text.indexOf("\n"));
}
