/** `message` as DNS over TCP carries it, after its length in two octets (RFC 1035 §4.2.2). */
export function framed(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(2 + message.length);
  new DataView(frame.buffer).setUint16(0, message.length);
  frame.set(message, 2);
  return frame;
}

/** Cuts a TCP byte stream into DNS messages. Holds at most one unfinished message, 65 537 bytes. */
export class MessageStream {
  #pending = new Uint8Array(0);

  /** The messages that `chunk` completes. */
  push(chunk: Uint8Array): Uint8Array[] {
    const bytes = new Uint8Array(this.#pending.length + chunk.length);
    bytes.set(this.#pending);
    bytes.set(chunk, this.#pending.length);
    const messages: Uint8Array[] = [];
    let offset = 0;
    while (offset + 2 <= bytes.length) {
      const end = offset + 2 + bytes[offset]! * 256 + bytes[offset + 1]!;
      if (end > bytes.length) break;
      messages.push(bytes.subarray(offset + 2, end));
      offset = end;
    }
    this.#pending = bytes.slice(offset);
    return messages;
  }
}
