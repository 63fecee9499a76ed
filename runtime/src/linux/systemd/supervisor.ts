import { close, sendTo, socket } from "../ffi/libc.ts";

const AF_UNIX = 1;
const SOCK_DGRAM = 2;

/** The service manager that started this process (sd_notify(3)); every call does nothing where there is none. */
export interface Supervisor {
  /** Half of what the watchdog allows between two signs of life, in milliseconds; undefined when it does not watch. */
  readonly watchdogPeriod: number | undefined;
  /** Start-up is done. */
  ready(): void;
  /** One line for `systemctl status`. */
  status(text: string): void;
  /** A sign of life. */
  watchdog(): void;
  stopping(): void;
}

/**
 * The supervisor named by NOTIFY_SOCKET and WATCHDOG_USEC in `env`. A message that cannot be sent is lost silently: no
 * service should fail because nobody listens to it.
 */
export function supervisor(env: Record<string, string | undefined>, pid = process.pid): Supervisor {
  const address = socketAddress(env.NOTIFY_SOCKET ?? "");
  const send = (message: string) => {
    if (address !== undefined) sendMessage(address, new TextEncoder().encode(message));
  };
  return {
    watchdogPeriod: watchdogPeriod(env, pid),
    ready: () => send("READY=1"),
    status: (text) => send(`STATUS=${text.replace(/\p{C}/gu, " ")}`),
    watchdog: () => send("WATCHDOG=1"),
    stopping: () => send("STOPPING=1"),
  };
}

function watchdogPeriod(env: Record<string, string | undefined>, pid: number): number | undefined {
  const microseconds = Number(env.WATCHDOG_USEC);
  const isMine = env.WATCHDOG_PID === undefined || Number(env.WATCHDOG_PID) === pid;
  return isMine && microseconds > 0 ? microseconds / 2000 : undefined;
}

/** struct sockaddr_un, as long as its name; "@" stands for the NUL that begins an abstract one (unix(7)). */
function socketAddress(name: string): Uint8Array | undefined {
  if (!/^[/@]./.test(name)) return undefined;
  const path = new TextEncoder().encode(name);
  const address = new Uint8Array(2 + path.length);
  new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  address.set(path, 2);
  if (name.startsWith("@")) address[2] = 0;
  return address;
}

function sendMessage(address: Uint8Array, message: Uint8Array): void {
  const MSG_DONTWAIT_NOSIGNAL = 0x4040;
  const fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  try {
    sendTo(fd, message, address, MSG_DONTWAIT_NOSIGNAL);
  } catch {
    // Nobody listens, or its queue is full: the next message may get through.
  } finally {
    close(fd);
  }
}
