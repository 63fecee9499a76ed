import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { HelloBuffer } from "./hello-buffer.ts";
import { readHello, SegmentedHello } from "./segmented-hello.ts";

const captured = readFileSync(new URL("../../../../test/fixtures/tls/hellos.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => {
    const [who = "", name = "", encrypted, payload = ""] = line.split(" ");
    return [who, name, encrypted === "yes", Uint8Array.fromHex(payload)] as const;
  });

test.each(captured)("%s's hello tells %s", (_who, name, encryptedHello, payload) => {
  const hello = { serverName: new TextEncoder().encode(name), encryptedHello };
  expect(readHello(payload)).toEqual(hello);
  for (let cut = 1; cut < payload.length; cut++) {
    const segmented = new SegmentedHello(new HelloBuffer());
    segmented.start(0);
    const told = [segmented.push(0, payload.subarray(0, cut)), segmented.push(cut, payload.subarray(cut))];
    expect(told).toEqual(["incomplete", hello]);
  }
});
