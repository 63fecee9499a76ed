import { bind, close, SystemError, socket } from "../../linux/ffi/libc.ts";

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const EADDRINUSE = 98;

/** Another data plane serves the same socket. */
export class AlreadyRunning extends Error {
  override name = "AlreadyRunning";
  constructor(readonly socketPath: string) {
    super(
      `another data plane serves ${socketPath}: it goes on undisturbed; stop it before starting this one`,
    );
  }
}

/**
 * Claims to be the one data plane that serves `socketPath` in this network namespace: by a name among the abstract Unix
 * sockets (unix(7)), which the kernel frees however the process ends, so that a crash leaves nothing to clear away. Gives
 * the claim up when the function it returns is called. Throws AlreadyRunning or SystemError.
 */
export function claim(socketPath: string): () => void {
  // struct sockaddr_un; the NUL that begins the name makes it abstract.
  const name = new TextEncoder().encode(`\0${socketPath}`);
  const address = new Uint8Array(2 + name.length);
  new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  address.set(name, 2);
  const fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  try {
    bind(fd, address);
  } catch (error) {
    close(fd);
    throw error instanceof SystemError && error.errno === EADDRINUSE ? new AlreadyRunning(socketPath) : error;
  }
  return () => close(fd);
}
