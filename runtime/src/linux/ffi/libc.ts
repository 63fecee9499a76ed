import { dlopen, FFIType, type Pointer, ptr, read } from "bun:ffi";

// glibc's soname, not the "libc.so" linker script: the latter is text and only there on machines with headers.
const { symbols } = dlopen("libc.so.6", {
  socket: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  bind: { args: [FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
  setsockopt: {
    args: [FFIType.i32, FFIType.i32, FFIType.i32, FFIType.ptr, FFIType.u32],
    returns: FFIType.i32,
  },
  getsockopt: {
    args: [FFIType.i32, FFIType.i32, FFIType.i32, FFIType.ptr, FFIType.ptr],
    returns: FFIType.i32,
  },
  sendto: {
    args: [FFIType.i32, FFIType.ptr, FFIType.u64, FFIType.i32, FFIType.ptr, FFIType.u32],
    returns: FFIType.i64_fast,
  },
  recvfrom: {
    args: [FFIType.i32, FFIType.ptr, FFIType.u64, FFIType.i32, FFIType.ptr, FFIType.ptr],
    returns: FFIType.i64_fast,
  },
  recvmmsg: {
    args: [FFIType.i32, FFIType.ptr, FFIType.u32, FFIType.i32, FFIType.ptr],
    returns: FFIType.i32,
  },
  sched_setscheduler: { args: [FFIType.i32, FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
  usleep: { args: [FFIType.u32], returns: FFIType.i32 },
  epoll_create1: { args: [FFIType.i32], returns: FFIType.i32 },
  epoll_ctl: { args: [FFIType.i32, FFIType.i32, FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
  epoll_wait: { args: [FFIType.i32, FFIType.ptr, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  mmap: {
    args: [FFIType.ptr, FFIType.u64, FFIType.i32, FFIType.i32, FFIType.i32, FFIType.i64_fast],
    returns: FFIType.ptr,
  },
  fallocate: {
    args: [FFIType.i32, FFIType.i32, FFIType.i64_fast, FFIType.i64_fast],
    returns: FFIType.i32,
  },
  munmap: { args: [FFIType.ptr, FFIType.u64], returns: FFIType.i32 },
  close: { args: [FFIType.i32], returns: FFIType.i32 },
  eventfd: { args: [FFIType.u32, FFIType.i32], returns: FFIType.i32 },
  write: { args: [FFIType.i32, FFIType.ptr, FFIType.u64], returns: FFIType.i64_fast },
  // Its number and arguments are machine words; bpf(2) has no function of its own.
  syscall: {
    args: [FFIType.i64_fast, FFIType.i32, FFIType.ptr, FFIType.u32],
    returns: FFIType.i64_fast,
  },
  if_nametoindex: { args: [FFIType.ptr], returns: FFIType.u32 },
  // errno is thread-local; this is where glibc says it is for the calling thread.
  __errno_location: { args: [], returns: FFIType.ptr },
});

/** The raw calls, for hot paths that keep their pointers; they return -1 and set errno as in the manual pages. */
export const libc = symbols;

/** The calling thread's errno. Read it right after the failed call. */
export function errno(): number {
  return read.i32(symbols.__errno_location() as Pointer, 0);
}

/** A failed system call: which one, on what, and the errno with its name and usual meaning. */
export class SystemError extends Error {
  override name = "SystemError";
  constructor(
    readonly operation: string,
    readonly errno: number,
    detail = "",
  ) {
    super(`${operation}: ${errnoText(errno)}${detail === "" ? "" : ` (${detail})`}`);
  }
}

const ERRNO_TEXT: Record<number, string> = {
  1: "EPERM, operation not permitted (a capability such as CAP_NET_ADMIN is missing)",
  2: "ENOENT, no such file or object",
  4: "EINTR, interrupted",
  11: "EAGAIN, nothing there yet",
  12: "ENOMEM, out of memory",
  13: "EACCES, permission denied",
  16: "EBUSY, device or resource busy",
  17: "EEXIST, already there",
  19: "ENODEV, no such device",
  22: "EINVAL, invalid argument",
  23: "ENFILE, full (a set of nft has as many elements as it may)",
  28: "ENOSPC, no space left",
  93: "EPROTONOSUPPORT, protocol not supported by this kernel",
  95: "EOPNOTSUPP, not supported by this kernel",
  98: "EADDRINUSE, address already in use",
  99: "EADDRNOTAVAIL, address not available",
  100: "ENETDOWN, network is down",
  101: "ENETUNREACH, network is unreachable",
  105: "ENOBUFS, no buffer space (messages were lost)",
};

function errnoText(code: number): string {
  return ERRNO_TEXT[code] ?? `errno ${code}`;
}

export const EINTR = 4;
export const EAGAIN = 11;
export const ENOBUFS = 105;

/** Opens a socket, close-on-exec. Throws SystemError. */
export function socket(domain: number, type: number, protocol: number): number {
  const SOCK_CLOEXEC = 0o2000000;
  return check("socket", symbols.socket(domain, type | SOCK_CLOEXEC, protocol));
}

/** Binds `fd` to the sockaddr in `address`. Throws SystemError. */
export function bind(fd: number, address: Uint8Array): void {
  check("bind", symbols.bind(fd, ptr(address), address.byteLength));
}

/** Sets a socket option to an int or to the bytes given. Throws SystemError naming `what`. */
export function setsockopt(
  fd: number,
  level: number,
  option: number,
  value: number | Uint8Array,
  what: string,
): void {
  const bytes = typeof value === "number" ? new Uint8Array(new Int32Array([value]).buffer) : value;
  check(`setsockopt ${what}`, symbols.setsockopt(fd, level, option, ptr(bytes), bytes.byteLength));
}

/** Reads a socket option into `into`. Throws SystemError naming `what`. */
export function getsockopt(fd: number, level: number, option: number, into: Uint8Array, what: string): void {
  const length = new Uint32Array([into.byteLength]);
  check(`getsockopt ${what}`, symbols.getsockopt(fd, level, option, ptr(into), ptr(length)));
}

/** Sends one message to the connected or bound peer. Throws SystemError. */
export function send(fd: number, bytes: Uint8Array, flags = 0): number {
  return check("send", Number(symbols.sendto(fd, ptr(bytes), bytes.byteLength, flags, null, 0)));
}

/** Sends one message to the sockaddr `to`. Throws SystemError. */
export function sendTo(fd: number, bytes: Uint8Array, to: Uint8Array, flags = 0): number {
  return check(
    "sendto",
    Number(symbols.sendto(fd, ptr(bytes), bytes.byteLength, flags, ptr(to), to.byteLength)),
  );
}

/** Receives one message into `into`; its length, or -1 when none is there and the socket does not block. Throws SystemError. */
export function recv(fd: number, into: Uint8Array, flags = 0): number {
  const length = Number(symbols.recvfrom(fd, ptr(into), into.byteLength, flags, null, null));
  if (length < 0 && (errno() === EAGAIN || errno() === EINTR)) return -1;
  return check("recv", length);
}

/** As `recv`, and puts the sender's sockaddr into `source`, or zeros where the socket tells none. Throws SystemError. */
export function recvFrom(fd: number, into: Uint8Array, source: Uint8Array): number {
  source.fill(0);
  const size = new Uint32Array([source.byteLength]);
  const length = Number(symbols.recvfrom(fd, ptr(into), into.byteLength, 0, ptr(source), ptr(size)));
  if (length < 0 && (errno() === EAGAIN || errno() === EINTR)) return -1;
  return check("recvfrom", length);
}

/** Opens an event counter at zero, close-on-exec; it polls readable once signalled. Throws SystemError. */
export function eventFd(): number {
  const EFD_CLOEXEC = 0o2000000;
  return check("eventfd", symbols.eventfd(0, EFD_CLOEXEC));
}

/** Makes the event counter `fd` readable. Throws SystemError. */
export function signal(fd: number): void {
  check("write eventfd", Number(symbols.write(fd, ptr(new BigUint64Array([1n])), 8)));
}

/**
 * Whether the calling thread, once it is woken, waits until who runs is done or its time is up (SCHED_BATCH). Throws SystemError.
 */
export function setPatient(isPatient: boolean): void {
  const [SCHED_OTHER, SCHED_BATCH] = [0, 3];
  // struct sched_param: the priority, which has to be 0 for both.
  const parameters = ptr(new Int32Array(1));
  check(
    "sched_setscheduler",
    symbols.sched_setscheduler(0, isPatient ? SCHED_BATCH : SCHED_OTHER, parameters),
  );
}

/** Blocks for that long, to 1000000, and the timer slack of the thread (50 µs unless told). */
export function pause(microseconds: number): void {
  symbols.usleep(microseconds);
}

export function close(fd: number): void {
  symbols.close(fd);
}

/** The kernel's index of the interface `name`; throws SystemError (ENODEV) when there is none. */
export function interfaceIndex(name: string): number {
  const index = symbols.if_nametoindex(ptr(new TextEncoder().encode(`${name}\0`)));
  if (index === 0) throw new SystemError("if_nametoindex", errno(), name);
  return index;
}

/** The result, or SystemError where it is negative. */
export function check(operation: string, result: number): number {
  if (result < 0) throw new SystemError(operation, errno());
  return result;
}
