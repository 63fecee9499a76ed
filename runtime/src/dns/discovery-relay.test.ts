import { expect, test } from "bun:test";
import { DISCOVERY, DiscoveryRelay } from "./discovery-relay.ts";

const relay = () => new DiscoveryRelay((bytes) => bytes.toHex());
const message = (n: number) => {
  const bytes = new Uint8Array(12);
  new DataView(bytes.buffer).setUint32(0, n);
  return bytes;
};

test("a message goes on once, and again a second later, as its sender repeats it", () => {
  const { port } = DISCOVERY;
  const one = relay();
  expect([
    one.receive(message(1), port, 0),
    one.receive(message(1), port, 999),
    one.receive(message(2), port, 999),
    one.receive(message(1), port, 1000),
  ]).toEqual(["passed", "echo", "passed", "passed"]);
});

test("a storm ends with its second", () => {
  const one = relay();
  const outcomes = Array.from({ length: 300 }, (_, n) => one.receive(message(n), DISCOVERY.port, 500));
  expect([
    outcomes.filter((outcome) => outcome === "passed").length,
    outcomes.at(-1),
    one.receive(message(999), DISCOVERY.port, 1000),
  ]).toEqual([100, "storm", "passed"]);
});

test("what is no message of this protocol, or wants its answer elsewhere, stays where it is", () => {
  const one = relay();
  expect([
    one.receive(new Uint8Array(11), DISCOVERY.port, 0),
    one.receive(new Uint8Array(9001), DISCOVERY.port, 0),
    one.receive(message(1), 50_000, 0),
  ]).toEqual(["not discovery", "not discovery", "one-shot query"]);
});

test("a clock that is set back forgets what was heard", () => {
  const one = relay();
  one.receive(message(1), DISCOVERY.port, 10_000);
  expect(one.receive(message(1), DISCOVERY.port, 5_000)).toBe("passed");
});
