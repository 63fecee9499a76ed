import { version } from "../package.json" with { type: "json" };
import { RUN, STATE } from "./folders.ts";
import { type Capability, missingCapabilities } from "./linux/capabilities.ts";
import { runConsole } from "./service/console/console.ts";

const HELP = `Gatehouse ${version}: a home router that hides nothing

  gatehouse run        configuration, DHCP, DNS and the web page
  gatehouse dataplane  the NAT engine and the traffic tap
  gatehouse console    the router's state, drawn on this terminal
  gatehouse nat        what address translation holds and has refused
  gatehouse nat show   each binding or session; gatehouse nat --help says more
  gatehouse owner reset
                       forget the owner's password; the next to open the page chooses a new one
  gatehouse --version  print the version
  gatehouse --help     print this text`;

interface Command {
  needs: Capability[];
  takesArguments?: true;
  run(words: readonly string[]): Promise<void>;
}

const COMMANDS = new Map<string, Command>(
  Object.entries({
    run: {
      needs: ["CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_NET_BIND_SERVICE"],
      run: async () => (await import("./control-plane.ts")).runControlPlane(version),
    },
    dataplane: {
      needs: ["CAP_NET_ADMIN", "CAP_NET_RAW"],
      run: async () => (await import("./data-plane.ts")).runDataPlane(),
    },
    console: { needs: [], run: runConsole },
    owner: {
      needs: [],
      takesArguments: true,
      async run(words) {
        const { runOwner } = await import("./service/access/owner-command.ts");
        process.exit(runOwner(words, STATE));
      },
    },
    nat: {
      needs: [],
      takesArguments: true,
      async run(words) {
        const { runNat } = await import("./service/show/nat.ts");
        process.exit(await runNat(words, { run: RUN, state: STATE }));
      },
    },
  }),
);

/** Exit status 2: the command line was wrong, as is usual. */
const USAGE = 2;

async function main(words: readonly string[]): Promise<void> {
  const [name, ...rest] = words;
  if (name === "--version") return console.log(version);
  if (name === "--help") return console.log(HELP);
  const command = name === undefined ? undefined : COMMANDS.get(name);
  if (command === undefined)
    return refuse(name === undefined ? "no command given" : `unknown command "${name}"`);
  if (rest[0] !== undefined && !command.takesArguments)
    return refuse(`${name} takes no argument, but "${rest[0]}" was given`);
  const missing = missingCapabilities(command.needs);
  if (missing.length > 0) {
    console.error(
      `gatehouse ${name}: needs ${missing.join(" and ")}; run it as root or from its systemd unit`,
    );
    process.exit(1);
  }
  await command.run(rest);
}

function refuse(what: string): never {
  console.error(`gatehouse: ${what}; gatehouse --help lists the commands`);
  process.exit(USAGE);
}

await main(process.argv.slice(2));
