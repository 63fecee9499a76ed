/**
 * ClientHello (RFC 8446 section 4.1.2): the handshake message a TLS connection opens with, as far as it says whom it is for.
 * Values of types unknown here, GREASE (RFC 8701) among them, are passed over.
 */
export interface ClientHello {
  /** The host_name of the server_name extension (RFC 6066 section 3) as sent: any 1 to 65 535 octets; undefined without one. */
  readonly serverName: Uint8Array | undefined;
  /**
   * An encrypted ClientHello came along (RFC 9849), so that `serverName` may be the outer name, which is that of whoever hosts the
   * server. Browsers send meaningless ones to every server, so that nobody can tell.
   */
  readonly encryptedHello: boolean;
}

/** Why bytes are no ClientHello; "incomplete" is what more bytes may mend. */
export type HelloFault = "incomplete" | "not a ClientHello" | "malformed" | "too long";

/** Octets of the longest ClientHello that is read, its headers included. Those of browsers have 500 to 2000. */
export const MAX_HELLO = 16_384;
export const HANDSHAKE_HEADER = 4;

const CLIENT_HELLO = 1;
const VERSION_AND_RANDOM = 2 + 32;
const MAX_SESSION_ID = 32;
const SERVER_NAME = 0;
const HOST_NAME = 0;
const ENCRYPTED_CLIENT_HELLO = 0xfe0d;

/** The length in octets, header included, of the ClientHello whose first octets are `start`. */
export function helloLength(start: Uint8Array): number | HelloFault {
  if (start.length > 0 && start[0] !== CLIENT_HELLO) return "not a ClientHello";
  if (start.length < HANDSHAKE_HEADER) return "incomplete";
  const length = HANDSHAKE_HEADER + ((start[1]! << 16) | (start[2]! << 8) | start[3]!);
  return length > MAX_HELLO ? "too long" : length;
}

/** Reads the handshake message that starts with `bytes`, its four octets of header included; what follows it is not looked at. */
export function parseClientHello(bytes: Uint8Array): ClientHello | HelloFault {
  const end = helloLength(bytes);
  if (typeof end === "string") return end;
  if (bytes.length < end) return "incomplete";
  const body = bytes.subarray(0, end);
  const extensions = extensionsOf(body);
  if (extensions < 0) return "malformed";
  // Before TLS 1.3 a ClientHello may end here.
  if (extensions === end) return { serverName: undefined, encryptedHello: false };
  return vectorEnd(body, extensions, 2, end) === end ? parseExtensions(body, extensions + 2) : "malformed";
}

/** Where the extensions' length stands, after session identifier, cipher suites and compression methods; -1 when malformed. */
function extensionsOf(body: Uint8Array): number {
  const sessionId = HANDSHAKE_HEADER + VERSION_AND_RANDOM;
  if ((body[sessionId] ?? 0) > MAX_SESSION_ID) return -1;
  const cipherSuites = vectorEnd(body, sessionId, 1, body.length);
  const compressionMethods = vectorEnd(body, cipherSuites, 2, body.length);
  return vectorEnd(body, compressionMethods, 1, body.length);
}

function parseExtensions(body: Uint8Array, first: number): ClientHello | HelloFault {
  let serverName: Uint8Array | undefined;
  let encryptedHello = false;
  for (let at = first; at < body.length; ) {
    const end = vectorEnd(body, at + 2, 2, body.length);
    if (end < 0) return "malformed";
    const type = uint16(body, at);
    if (type === ENCRYPTED_CLIENT_HELLO) encryptedHello = true;
    if (type === SERVER_NAME) {
      // There is at most one extension of a type (RFC 8446 section 4.2).
      if (serverName !== undefined) return "malformed";
      serverName = hostNameOf(body.subarray(at + 4, end));
      if (serverName === undefined) return "malformed";
    }
    at = end;
  }
  return { serverName, encryptedHello };
}

/** The first host_name of a ServerNameList; undefined when the list is malformed or without one. */
function hostNameOf(extension: Uint8Array): Uint8Array | undefined {
  if (vectorEnd(extension, 0, 2, extension.length) !== extension.length) return undefined;
  for (let at = 2; at < extension.length; ) {
    const end = vectorEnd(extension, at + 1, 2, extension.length);
    if (end < 0) return undefined;
    if (extension[at] === HOST_NAME) return end > at + 3 ? extension.subarray(at + 3, end) : undefined;
    at = end;
  }
  return undefined;
}

/** Offset after the vector at `at`, whose length stands in its first `width` octets; -1 when it is not whole before `end` or `at` is -1. */
function vectorEnd(bytes: Uint8Array, at: number, width: 1 | 2, end: number): number {
  if (at < 0 || at + width > end) return -1;
  const after = at + width + (width === 1 ? bytes[at]! : uint16(bytes, at));
  return after > end ? -1 : after;
}

function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
