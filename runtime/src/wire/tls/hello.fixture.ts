/** What a ClientHello for tests is made of; what is left out stands for a plain one for "example.com". */
export interface HelloParts {
  /** Name of the server_name extension, or null for none. */
  name: string | Uint8Array | null;
  /** Type and data of extensions before the name, and of those after it. */
  before: readonly Extension[];
  after: readonly Extension[];
  sessionId: Uint8Array;
}
export type Extension = readonly [type: number, data: Uint8Array];

/** GREASE (RFC 8701) as browsers send it, and an encrypted ClientHello's outer form. */
export const GREASE: Extension = [0x3a3a, Uint8Array.of(0)];
export const OUTER_ECH: Extension = [0xfe0d, Uint8Array.of(0, 0, 1, 0, 1, 7, 0, 0, 0, 0)];
export const SUPPORTED_VERSIONS: Extension = [43, Uint8Array.of(4, 0x1a, 0x1a, 3, 4)];

/** A ClientHello with its header. */
export function clientHello(parts: Partial<HelloParts> = {}): Uint8Array {
  const { name = "example.com", before = [GREASE], after = [SUPPORTED_VERSIONS] } = parts;
  const named: Extension[] = name === null ? [] : [[0, serverNameList([[0, octets(name)]])]];
  const extensions = [...before, ...named, ...after].map(([type, data]) =>
    joined(short(type), sized(2, data)),
  );
  const { sessionId = new Uint8Array(32).fill(7) } = parts;
  const cipherSuites = Uint8Array.of(0x4a, 0x4a, 0x13, 0x01, 0x13, 0x02);
  return handshake(
    joined(
      short(0x0303),
      new Uint8Array(32).fill(9),
      sized(1, sessionId),
      sized(2, cipherSuites),
      sized(1, Uint8Array.of(0)),
      sized(2, joined(...extensions)),
    ),
  );
}

/** A ServerNameList of entries of any type. */
export function serverNameList(entries: readonly (readonly [type: number, name: Uint8Array])[]): Uint8Array {
  return sized(2, joined(...entries.map(([type, name]) => joined(Uint8Array.of(type), sized(2, name)))));
}

/** A ClientHello's header before `body`. */
export function handshake(body: Uint8Array): Uint8Array {
  return joined(Uint8Array.of(1, body.length >>> 16, body.length >>> 8, body.length), body);
}

/** `message` in handshake records of at most `size` octets each. */
export function records(message: Uint8Array, size = 16_384): Uint8Array {
  const made: Uint8Array[] = [];
  for (let at = 0; at < message.length; at += size) {
    made.push(Uint8Array.of(22, 3, 1), sized(2, message.subarray(at, at + size)));
  }
  return joined(...made);
}

export function octets(text: string | Uint8Array): Uint8Array {
  return typeof text === "string" ? new TextEncoder().encode(text) : text;
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function sized(width: 1 | 2, data: Uint8Array): Uint8Array {
  return joined(width === 1 ? Uint8Array.of(data.length) : short(data.length), data);
}

function short(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value);
}
