import { close, eventFd, signal } from "./libc.ts";

/** What the worker is told when it starts. */
export interface ReceiverStart {
  fd: number;
  stopFd: number;
  maxLength: number;
}

/** What the worker sends: the message and its sender's sockaddr. */
export type ReceivedMessage = [bytes: Uint8Array, source: Uint8Array];

/** Delivers each message arriving on a datagram socket until stopped. */
export interface Receiver {
  stop(): void;
}

/**
 * Reads the datagram or netlink socket `fd` in a thread of its own, because receiving blocks, and hands each message,
 * cut at `maxLength` bytes, with its sender's sockaddr to `onMessage` on this thread. A socket error ends the reading
 * and goes to `onError`.
 * For sockets with tens of messages a second; each costs one hop between threads (about 10 µs). Closes `fd` on stop.
 */
export function receive(
  fd: number,
  maxLength: number,
  onMessage: (bytes: Uint8Array, source: Uint8Array) => void,
  onError: (error: Error) => void,
): Receiver {
  const stopFd = eventFd();
  const worker = new Worker(new URL("./receiver.worker.ts", import.meta.url));
  worker.onmessage = ({ data }: MessageEvent<ReceivedMessage | string>) =>
    typeof data === "string" ? onError(new Error(data)) : onMessage(...data);
  worker.onerror = (event) => onError(new Error(event.message));
  worker.addEventListener("close", () => {
    close(fd);
    close(stopFd);
  });
  worker.postMessage({ fd, stopFd, maxLength } satisfies ReceiverStart);
  return { stop: () => signal(stopFd) };
}
