import { recvFrom } from "./libc.ts";
import { ReadySet } from "./ready-set.ts";
import type { ReceivedMessage, ReceiverStart } from "./receiver.ts";

// The longest sockaddr of the families in use (sockaddr_ll, 20 bytes), rounded up.
const SOCKADDR_LENGTH = 32;

declare const self: Worker;

self.onmessage = ({ data }: MessageEvent<ReceiverStart>) => {
  try {
    readUntilStopped(data);
  } catch (error) {
    self.postMessage(String(error));
  }
  process.exit(0);
};

function readUntilStopped({ fd, stopFd, maxLength }: ReceiverStart): void {
  const buffer = new Uint8Array(maxLength);
  const source = new Uint8Array(SOCKADDR_LENGTH);
  const ready = new ReadySet([stopFd, fd]);
  for (ready.wait(-1); !ready.isReady(0); ready.wait(-1)) {
    const length = recvFrom(fd, buffer, source);
    if (length >= 0) self.postMessage([buffer.slice(0, length), source.slice()] satisfies ReceivedMessage);
  }
  ready.close();
}
