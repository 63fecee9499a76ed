import { type Pointer, ptr } from "bun:ffi";
import { check, close, EINTR, errno, libc, SystemError } from "./libc.ts";

const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLLIN = 1;
// struct epoll_event: 32 bits of events, 64 bits of data. Packed on x86 only, so that 32-bit programs have the same.
const DATA = process.arch === "x64" ? 4 : 8;
const EVENT_LENGTH = DATA + 8;

/** Descriptors that are waited for together (epoll, level-triggered): waiting costs the same however many there are. */
export class ReadySet {
  readonly #epoll: number;
  readonly #events: DataView;
  readonly #pointer: Pointer;
  readonly #isReady: Uint8Array;
  #readyCount = 0;

  /** Throws SystemError. */
  constructor(readonly fds: readonly number[]) {
    this.#events = new DataView(new ArrayBuffer(fds.length * EVENT_LENGTH));
    this.#pointer = ptr(this.#events);
    this.#isReady = new Uint8Array(fds.length);
    this.#epoll = check("epoll_create1", libc.epoll_create1(EPOLL_CLOEXEC));
    fds.forEach((fd, i) => {
      this.#events.setUint32(0, EPOLLIN, true);
      this.#events.setUint32(DATA, i, true);
      check("epoll_ctl", libc.epoll_ctl(this.#epoll, EPOLL_CTL_ADD, fd, this.#pointer));
    });
  }

  /** Blocks until one is readable or `timeout` milliseconds (-1: for ever) have passed; false when time ran out. */
  wait(timeout: number): boolean {
    for (let i = 0; i < this.#readyCount; i++) this.#isReady[this.#indexOf(i)] = 0;
    const ready = libc.epoll_wait(this.#epoll, this.#pointer, this.fds.length, timeout);
    if (ready < 0 && errno() !== EINTR) throw new SystemError("epoll_wait", errno());
    this.#readyCount = Math.max(0, ready);
    for (let i = 0; i < this.#readyCount; i++) this.#isReady[this.#indexOf(i)] = 1;
    return ready > 0;
  }

  /** Whether descriptor number `i` had data, or an error to be read, at the last wait. */
  isReady(i: number): boolean {
    return this.#isReady[i] === 1;
  }

  /** The descriptors themselves stay open. */
  close(): void {
    close(this.#epoll);
  }

  #indexOf(event: number): number {
    return this.#events.getUint32(event * EVENT_LENGTH + DATA, true);
  }
}
