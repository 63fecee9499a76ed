import { unlinkSync } from "node:fs";
import { join } from "node:path";
import { bind, close, recv, sendTo, setsockopt, socket } from "../ffi/libc.ts";

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
/** hostapd answers within a millisecond unless it is computing keys for somebody who joins. */
const PATIENCE_MS = 1_000;
/** The longest answer of hostapd. */
const MAX_ANSWER = 4_096;

/** hostapd did not answer, or could not do what was asked. */
export class ControlError extends Error {
  override name = "ControlError";
}

/**
 * Asks the hostapd that serves `network`, an interface, over its control socket in `folder`; the answer without the newline at its
 * end. Not by hostapd_cli, whose arguments, and with them passphrases, everyone on the machine could read. Throws ControlError.
 */
export function askHostapd(folder: string, network: string, question: string): string {
  const fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  // A name of its own, to which hostapd can answer; systemd gives both of us the same /run.
  const own = join(folder, `.ask-${process.pid}-${counter++}`);
  try {
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeval(PATIENCE_MS), "SO_RCVTIMEO");
    bind(fd, unixAddress(own));
    sendTo(fd, new TextEncoder().encode(question), unixAddress(join(folder, network)));
    return answer(fd, network);
  } catch (error) {
    throw new ControlError(`hostapd of ${network}: ${(error as Error).message}`, { cause: error });
  } finally {
    close(fd);
    remove(own);
  }
}

let counter = 0;

/** Whoever attached for events would get those, too; they begin with "<". */
function answer(fd: number, network: string): string {
  const bytes = new Uint8Array(MAX_ANSWER);
  const length = recv(fd, bytes);
  if (length < 0) throw new ControlError(`no answer within ${PATIENCE_MS} ms for ${network}`);
  return new TextDecoder().decode(bytes.subarray(0, length)).trimEnd();
}

/** struct sockaddr_un. */
function unixAddress(path: string): Uint8Array {
  const name = new TextEncoder().encode(path);
  const address = new Uint8Array(2 + name.byteLength + 1);
  address[0] = AF_UNIX;
  address.set(name, 2);
  return address;
}

/** struct timeval of 64-bit Linux. */
function timeval(milliseconds: number): Uint8Array {
  const seconds = Math.floor(milliseconds / 1000);
  return new Uint8Array(new BigInt64Array([BigInt(seconds), BigInt((milliseconds % 1000) * 1000)]).buffer);
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // The folder is hostapd's, and goes with it.
  }
}
