import { PollSet, recv } from "./libc.ts";
import type { ReceiverStart } from "./receiver.ts";

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
  const ready = new PollSet([stopFd, fd]);
  for (;;) {
    ready.wait(-1);
    if (ready.isReady(0)) return;
    const length = recv(fd, buffer);
    if (length >= 0) self.postMessage(buffer.slice(0, length));
  }
}
