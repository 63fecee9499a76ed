import { expect, test } from "bun:test";
import { framed, MessageStream } from "./stream.ts";

test("messages come out of a TCP stream however it is cut", () => {
  const messages = [
    new Uint8Array(0),
    Uint8Array.of(1),
    new Uint8Array(300).fill(2),
    new Uint8Array(65_535).fill(3),
  ];
  const bytes = Buffer.concat(messages.map(framed));
  for (const size of [1000, 299, 65_536, bytes.length]) {
    const stream = new MessageStream();
    const found: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += size) found.push(...stream.push(bytes.subarray(at, at + size)));
    expect(found).toEqual(messages);
  }
});
