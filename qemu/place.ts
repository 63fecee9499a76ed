import { CommandError, type Result, Running } from "./process.ts";

/** Options of one command: its input, its deadline in milliseconds (default 30 s), a status other than 0 allowed. */
export interface Options {
  readonly input?: string;
  readonly within?: number;
  readonly mayFail?: boolean;
}

/**
 * Ends the command when it is told to end. The commands' own parent-death signal does not do: a program that changes its
 * user loses it, as dhcpcd and networkd do.
 */
const supervise = ["bash", "-c", '"$@" & trap "kill $!; wait $!" TERM; wait $!', "supervise"];

/** Somewhere commands run: this machine, a host of the lab, the router. */
export class Place {
  constructor(
    readonly name: string,
    /** The words in front of a command that make it run there. */
    readonly prefix: readonly string[],
  ) {}

  /** Runs a command to its end. Throws CommandError unless it ends with status 0 in time. */
  async run(command: readonly string[], options: Options = {}): Promise<Result> {
    const child = Bun.spawn([...this.prefix, ...command], {
      stdin: options.input === undefined ? "ignore" : new Blob([options.input]),
      stdout: "pipe",
      stderr: "pipe",
      timeout: options.within ?? 30_000,
    });
    const [stdout, stderr, status] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    if (status !== 0 && !options.mayFail) {
      throw new CommandError([this.name, ...command], child.exitCode, stderr + stdout);
    }
    return { status: child.exitCode, stdout, stderr };
  }

  /** Runs a shell script (bash, stopping at the first failure). */
  sh(script: string, options: Options = {}): Promise<Result> {
    return this.run(["bash", "-ec", script], options);
  }

  /**
   * Starts a command that goes on; it ends with the lab at the latest. It is in a session of its own: Ctrl-C on the
   * terminal is for whoever takes the lab down in order.
   * @param name what its log lines begin with
   */
  start(command: readonly string[], name = command[0]?.split("/").at(-1)): Running {
    const child = Bun.spawn([...this.prefix, ...supervise, ...command], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      detached: true,
    });
    return new Running(`${this.name} ${name}`, child);
  }
}
