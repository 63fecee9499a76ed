import { dlopen, FFIType } from "bun:ffi";
import { closeSync, openSync, readlinkSync } from "node:fs";

const { symbols } = dlopen("libc.so.6", {
  unshare: { args: [FFIType.i32], returns: FFIType.i32 },
  setns: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
});

const CLONE_NEWNET = 0x40000000;

/**
 * A network namespace that lives as long as this process or until `close`. A socket, process or worker made
 * inside `run` belongs to it for good. Needs CAP_SYS_ADMIN, or the whole test run under `unshare -Urn`.
 */
export class Namespace {
  readonly #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** An empty namespace with its loopback up. */
  static create(): Namespace {
    const home = openOwn();
    if (symbols.unshare(CLONE_NEWNET) !== 0) {
      throw new Error("unshare(CLONE_NEWNET) failed: run as root or under unshare -Urn");
    }
    const namespace = new Namespace(openOwn());
    enter(home);
    closeSync(home);
    namespace.ip("link set lo up");
    return namespace;
  }

  /** What iproute2 takes for "netns". */
  get path(): string {
    return `/proc/${process.pid}/fd/${this.#fd}`;
  }

  /**
   * Runs `body`, which must be synchronous, inside. (Bun.connect is not: it opens its socket later. Spawn a
   * client.)
   */
  run<T>(body: () => T): T {
    const leave = this.enter();
    try {
      return body();
    } finally {
      leave();
    }
  }

  /** Moves this thread inside until the function that it returns is called. */
  enter(): () => void {
    const home = openOwn();
    enter(this.#fd);
    return () => {
      enter(home);
      closeSync(home);
    };
  }

  /** Runs a command inside to its end; its output. Throws what it printed as its error. */
  command(words: string[], input = ""): string {
    const { exitCode, stdout, stderr } = this.run(() => Bun.spawnSync(words, { stdin: Buffer.from(input) }));
    if (exitCode !== 0) throw new Error(`${words.join(" ")}: ${stderr}`);
    return stdout.toString();
  }

  ip(words: string): string {
    return this.command(["ip", ...words.split(" ")]);
  }

  /** Joins this one and `other` by a pair of Ethernet interfaces that are up. */
  connect(name: string, other: Namespace, otherName: string): void {
    this.ip(`link add ${name} type veth peer name ${otherName} netns ${other.path}`);
    this.ip(`link set ${name} up`);
    other.ip(`link set ${otherName} up`);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function openOwn(): number {
  return openSync("/proc/thread-self/ns/net", "r");
}

function enter(fd: number): void {
  if (symbols.setns(fd, CLONE_NEWNET) !== 0)
    throw new Error(`setns failed on ${readlinkSync(`/proc/self/fd/${fd}`)}`);
}

/**
 * Waits until `condition` holds, looking again every few milliseconds. Throws after `patience` milliseconds.
 */
export async function until(what: string, condition: () => boolean, patience = 5000): Promise<void> {
  const deadline = performance.now() + patience;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await Bun.sleep(5);
  }
}
