import { LineSocket } from "./lines.ts";
import { CommandError, type Result } from "./process.ts";
import { until } from "./wait.ts";

/** Name of the virtio port, and so of /dev/virtio-ports/NAME in the guest. */
export const agentPort = "gatehouse.lab";

// One base64 line in, a script; one base64 line out: its output, and its status on the last line.
const shell = `
exec 3<>/dev/virtio-ports/${agentPort}
echo ready >&3
while read -r script <&3; do
  { echo "$script" | base64 -d | sh 2>&1; printf '\\n%s' "$?"; } | base64 -w0 >&3
  echo >&3
done`;

/**
 * Credentials that add a root shell on the virtio port to the unmodified image (systemd.system-credentials(7),
 * systemd.extra-unit.*). Whoever starts the machine can do this; a router in its box takes none.
 */
export function agentCredentials(): Record<string, string> {
  const script = Buffer.from(shell).toString("base64");
  return {
    "systemd.extra-unit.lab-agent.service": `[Unit]
Description=Shell for the lab
After=systemd-modules-load.service
[Service]
ExecStartPre=/usr/bin/udevadm wait --timeout=60 /dev/virtio-ports/${agentPort}
ExecStart=/bin/sh -c 'eval "$$(echo ${script} | base64 -d)"'
Restart=always
RestartSec=1
`,
    "systemd.unit-dropin.multi-user.target": "[Unit]\nWants=lab-agent.service\n",
  };
}

/** A root shell inside the router, for the radio's scenarios and for diagnosis. */
export class Agent {
  private lines: LineSocket | undefined;
  private ready = false;
  private answer: ((line: string) => void) | undefined;
  private queue: Promise<unknown> = Promise.resolve();

  static async connect(socket: string): Promise<Agent> {
    const agent = new Agent();
    agent.lines = await LineSocket.connect(socket, (line) => agent.receive(line));
    return agent;
  }

  /** Forgets that the shell was there: the machine restarts. */
  reset(): void {
    this.ready = false;
  }

  /** Waits for the shell. */
  started(within: number, tail?: () => string): Promise<boolean> {
    return until({ what: "shell inside the router", within, tail }, () => this.ready);
  }

  /** Runs a shell script in the router, one at a time. Throws CommandError when it fails. */
  sh(script: string, within = 60_000): Promise<Result> {
    const result = this.queue.then(() => this.exchange(script, within));
    this.queue = result.catch(() => undefined);
    return result;
  }

  close(): void {
    this.lines?.close();
  }

  private async exchange(script: string, within: number): Promise<Result> {
    let reply: string | undefined;
    this.answer = (line) => {
      reply = line;
    };
    this.lines?.send(Buffer.from(`set -e\n${script}`).toString("base64"));
    const encoded = await until({ what: `answer to "${script.trim()}"`, within }, () => reply);
    const text = Buffer.from(encoded, "base64").toString();
    const end = text.lastIndexOf("\n");
    const [stdout, status] = [text.slice(0, end), Number(text.slice(end + 1))];
    if (status !== 0) throw new CommandError(["router", "sh", script.trim()], status, stdout);
    return { status, stdout, stderr: "" };
  }

  private receive(line: string): void {
    if (line === "ready") this.ready = true;
    else this.answer?.(line);
  }
}
