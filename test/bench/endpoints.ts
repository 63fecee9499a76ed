import { ptr } from "bun:ffi";
import { bind, close, setsockopt, socket } from "../../runtime/src/linux/ffi/libc.ts";
import { ReadySet } from "../../runtime/src/linux/ffi/ready-set.ts";
import { ReceiveBatch } from "../../runtime/src/linux/ffi/receive-batch.ts";
import type { Namespace } from "../netns/linux-namespace.ts";
import { CLIENT1, SERVER } from "../netns/topology.ts";
import { AF_INET, calls, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_STREAM, socketAddress } from "./system-calls.ts";

const SOL_SOCKET = 1;
const SO_LINGER = 13;
const SO_RCVBUFFORCE = 33;
/** Room for every packet of a measurement. */
const RECEIVE_BUFFER = 64 << 20;

/**
 * Internal endpoints that no measurement has used before: ports clear of those that the router keeps for itself, so that what
 * is measured is the ordinary case in which a port is preserved.
 */
export const FIRST_PORT = 16_384;
export const PORTS = 65_536 - FIRST_PORT;

/** Hosts of the home, so many that none reaches its limit of bindings. */
export const HOSTS = [CLIENT1, ...Array.from({ length: 7 }, (_, i) => `192.168.77.${101 + i}`)];

export function hostOf(index: number): string {
  return HOSTS[index % HOSTS.length]!;
}

/** Gives all of `HOSTS` to client1. */
export function addHosts(client1: Namespace): void {
  for (const host of HOSTS.slice(1)) client1.ip(`address add ${host}/24 dev eth0`);
}

/** Counts the datagrams that arrive at the provider. */
export class DatagramReceiver {
  readonly #fd: number;
  readonly #batch = new ReceiveBatch(64, 64);
  readonly #poll: ReadySet;

  /** In this thread's network namespace. */
  constructor(port: number) {
    this.#fd = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(this.#fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER, "SO_RCVBUFFORCE");
    bind(this.#fd, socketAddress(SERVER, port));
    this.#poll = new ReadySet([this.#fd]);
  }

  /** Sleeps until one is there; false after `patience` milliseconds without. */
  wait(patience: number): boolean {
    return this.#poll.wait(patience);
  }

  /** How many are there, 64 at most; does not wait. */
  receive(): number {
    return this.#batch.receive(this.#fd);
  }

  close(): void {
    close(this.#fd);
  }
}

/** A TCP server that accepts without waiting. In this thread's network namespace. */
export function listen(port: number, backlog: number): number {
  const fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  bind(fd, socketAddress(SERVER, port));
  calls.listen(fd, backlog);
  return fd;
}

/** The next accepted connection, or a negative number when none waits. */
export function accept(listener: number): number {
  return calls.accept4(listener, null, null, SOCK_NONBLOCK);
}

/** Begins a connection from an internal endpoint; its socket. Closing it resets, so that no port waits (TIME_WAIT). */
export function beginConnection(source: string, sourcePort: number, port: number): number {
  const fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(fd, SOL_SOCKET, SO_LINGER, new Uint8Array(new Int32Array([1, 0]).buffer), "SO_LINGER");
  bind(fd, socketAddress(source, sourcePort));
  const target = socketAddress(SERVER, port);
  calls.connect(fd, ptr(target), target.length);
  return fd;
}
