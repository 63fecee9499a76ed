import { readFileSync } from "node:fs";
import { addressOf, bpf } from "../ffi/bpf-call.ts";
import { close, setsockopt } from "../ffi/libc.ts";
import { mapShared, type SharedMemory } from "../ffi/packet-memory.ts";

// Commands, map types and flags of linux/bpf.h.
const BPF_MAP_CREATE = 0;
const BPF_MAP_LOOKUP_ELEM = 1;
const BPF_MAP_UPDATE_ELEM = 2;
const BPF_MAP_DELETE_ELEM = 3;
const BPF_PROG_LOAD = 5;
const BPF_LINK_CREATE = 28;
const BPF_MAP_TYPE_HASH = 1;
const BPF_MAP_TYPE_ARRAY = 2;
const BPF_MAP_TYPE_PERCPU_ARRAY = 6;
const BPF_F_NO_PREALLOC = 1;
const BPF_F_MMAPABLE = 1 << 10;
const BPF_PROG_TYPE_SOCKET_FILTER = 1;
const BPF_PROG_TYPE_SCHED_CLS = 3;
const BPF_TCX_INGRESS = 46;

/** Lengths of union bpf_attr as far as each command reads it. */
const ATTRIBUTES = 128;
const NAME_LENGTH = 15;
/** What the verifier says of a program that it refuses: its last words are the reason. */
const LOG_SIZE = 1 << 20;
const LOG_TAIL = 400;

/** The kernel keeps the map as long as a descriptor or a program has it. */
export interface BpfMap {
  readonly fd: number;
  close(): void;
}

/** An array whose values this process reads and writes as memory, without system calls. */
export interface ArrayMap extends BpfMap {
  readonly values: BigUint64Array;
}

/** An array of 64-bit values in memory. Throws SystemError. */
export function openArray(name: string, entries: number): ArrayMap {
  const VALUE_SIZE = 8;
  const fd = createMap(BPF_MAP_TYPE_ARRAY, name, 4, VALUE_SIZE, entries, BPF_F_MMAPABLE);
  let memory: SharedMemory;
  try {
    memory = mapShared(fd, entries * VALUE_SIZE, `bpf map ${name}`);
  } catch (error) {
    close(fd);
    throw error;
  }
  return {
    fd,
    values: new BigUint64Array(memory.buffer),
    close() {
      memory.unmap();
      close(fd);
    },
  };
}

/** A hash of 64-bit keys and 32-bit values, which takes memory for the elements that there are. */
export class HashMap implements BpfMap {
  readonly fd: number;
  readonly #key = new BigUint64Array(1);
  readonly #value = new Uint32Array(1);
  readonly #element: DataView;
  readonly #keyAlone: DataView;

  /** Throws SystemError. */
  constructor(
    readonly name: string,
    entries: number,
  ) {
    this.fd = createMap(BPF_MAP_TYPE_HASH, name, 8, 4, entries, BPF_F_NO_PREALLOC);
    const key = new Uint8Array(this.#key.buffer);
    this.#element = elementOf(this.fd, key, new Uint8Array(this.#value.buffer));
    this.#keyAlone = elementOf(this.fd, key);
  }

  /** Adds an element or replaces its value. Throws SystemError. */
  set(key: bigint, value: number): void {
    this.#key[0] = key;
    this.#value[0] = value;
    bpf(BPF_MAP_UPDATE_ELEM, this.#element, `update of ${this.name}`);
  }

  /** Throws SystemError, ENOENT when there is none. */
  delete(key: bigint): void {
    this.#key[0] = key;
    bpf(BPF_MAP_DELETE_ELEM, this.#keyAlone, `delete from ${this.name}`);
  }

  close(): void {
    close(this.fd);
  }
}

/** An array with values of its own for each processor, each of which begins with a 64-bit count. */
export class PerProcessorArray implements BpfMap {
  readonly fd: number;
  readonly #values: DataView;
  readonly #valueSize: number;

  /** `valueSize` is a multiple of 8. Throws SystemError. */
  constructor(
    readonly name: string,
    { entries, valueSize }: { entries: number; valueSize: number },
  ) {
    this.fd = createMap(BPF_MAP_TYPE_PERCPU_ARRAY, name, 4, valueSize, entries, 0);
    this.#valueSize = valueSize;
    this.#values = new DataView(new ArrayBuffer(possibleProcessors() * valueSize));
  }

  /** The sum of the counts over all processors. Throws SystemError. */
  sum(index: number): number {
    const key = new Uint8Array(new Uint32Array([index]).buffer);
    const attributes = elementOf(this.fd, key, new Uint8Array(this.#values.buffer));
    bpf(BPF_MAP_LOOKUP_ELEM, attributes, `lookup in ${this.name}`);
    let sum = 0;
    for (let at = 0; at < this.#values.byteLength; at += this.#valueSize) {
      sum += Number(this.#values.getBigUint64(at, true));
    }
    return sum;
  }

  close(): void {
    close(this.fd);
  }
}

/** Loads a program for packets (BPF_PROG_TYPE_SCHED_CLS); its descriptor. Throws SystemError with the verifier's reason. */
export function loadProgram(name: string, code: Uint8Array): number {
  return load(name, code, BPF_PROG_TYPE_SCHED_CLS, BPF_TCX_INGRESS);
}

/**
 * Makes a program the filter of a socket, in place of the one it has: what it returns is how many bytes of a packet the socket
 * takes. The socket keeps it. Throws SystemError with the verifier's reason.
 */
export function attachToSocket(fd: number, name: string, code: Uint8Array): void {
  const SOL_SOCKET = 1;
  const SO_ATTACH_BPF = 50;
  const program = load(name, code, BPF_PROG_TYPE_SOCKET_FILTER, 0);
  try {
    setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, program, "SO_ATTACH_BPF");
  } finally {
    close(program);
  }
}

function load(name: string, code: Uint8Array, type: number, attachType: number): number {
  // The licence that the helpers demand to be told; ours is compatible.
  const license = new TextEncoder().encode("Dual MIT/GPL\0");
  const attributes = (log: Uint8Array | undefined) => {
    const view = new DataView(new ArrayBuffer(ATTRIBUTES));
    view.setUint32(0, type, true);
    view.setUint32(4, code.length / 8, true);
    view.setBigUint64(8, addressOf(code), true);
    view.setBigUint64(16, addressOf(license), true);
    if (log !== undefined) {
      view.setUint32(24, 1, true);
      view.setUint32(28, log.length, true);
      view.setBigUint64(32, addressOf(log), true);
    }
    setName(view, 48, name);
    view.setUint32(68, attachType, true);
    return view;
  };
  try {
    return bpf(BPF_PROG_LOAD, attributes(undefined), `load of ${name}`);
  } catch {
    // Once more to be told why: writing the log costs memory and time that a good program need not spend.
    const log = new Uint8Array(LOG_SIZE);
    return bpf(BPF_PROG_LOAD, attributes(log), `load of ${name}`, () => tailOf(log));
  }
}

/**
 * Attaches a program to what arrives on an interface (tcx, Linux 6.6); the descriptor of the link. The program runs until that is
 * closed, with the process if need be. Throws SystemError.
 */
export function attachToIngress(program: number, interfaceIndex: number): number {
  const view = new DataView(new ArrayBuffer(ATTRIBUTES));
  view.setUint32(0, program, true);
  view.setUint32(4, interfaceIndex, true);
  view.setUint32(8, BPF_TCX_INGRESS, true);
  return bpf(BPF_LINK_CREATE, view, "tcx link");
}

function createMap(
  type: number,
  name: string,
  keySize: number,
  valueSize: number,
  entries: number,
  flags: number,
): number {
  const view = new DataView(new ArrayBuffer(ATTRIBUTES));
  [type, keySize, valueSize, entries, flags].forEach((value, i) => {
    view.setUint32(4 * i, value, true);
  });
  setName(view, 28, name);
  return bpf(BPF_MAP_CREATE, view, `map ${name}`);
}

/** For the commands on one element; whoever keeps it keeps the key and value, too. */
function elementOf(map: number, key: Uint8Array, value?: Uint8Array): DataView {
  const view = new DataView(new ArrayBuffer(32));
  view.setUint32(0, map, true);
  view.setBigUint64(8, addressOf(key), true);
  // The kernel refuses what a command does not read.
  if (value !== undefined) view.setBigUint64(16, addressOf(value), true);
  return view;
}

function setName(view: DataView, at: number, name: string): void {
  new TextEncoder().encodeInto(name.slice(0, NAME_LENGTH), new Uint8Array(view.buffer, at, NAME_LENGTH));
}

function tailOf(log: Uint8Array): string {
  const text = new TextDecoder().decode(log.subarray(0, log.indexOf(0)));
  return text.trim().slice(-LOG_TAIL);
}

/** The kernel writes a value for each processor that could ever be there: "0-127". */
function possibleProcessors(): number {
  const text = readFileSync("/sys/devices/system/cpu/possible", "utf8");
  return Number(/(\d+)\s*$/.exec(text)?.[1] ?? 0) + 1;
}
