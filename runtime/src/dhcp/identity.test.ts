import { expect, test } from "bun:test";
import type { Mac } from "../addr/mac.ts";
import { Option, text } from "../wire/dhcp/options.ts";
import { clientMessage } from "./client.fixture.ts";
import { clientKey, hostName, macKey, vendorClass } from "./identity.ts";

const MAC = "02:00:5e:10:00:01" as Mac;
const named = (code: number, value: Uint8Array) =>
  hostName(clientMessage(MAC, { options: new Map([[code, value]]) }));

test.each([
  ["laptop", "laptop"],
  ["Bob\u2019s iPhone", "Bobs-iPhone"],
  ["printer.home.example", "printer"],
  ["--a__b--", "a-b"],
  ["nul\0", "nul"],
  ["<script>alert(1)</script>", "script-alert-1-script"],
  ["\n<0>kernel: panic", "0-kernel-panic"],
  ["x".repeat(255), "x".repeat(63)],
  [`${"x".repeat(62)}-y`, "x".repeat(62)],
  ["\u{1f4fa}", ""],
  ["", ""],
])("a client that calls itself %p is known as %p", (given, name) => {
  expect(named(Option.hostName, text(given))).toBe(name);
});

test("a client's FQDN names it when the host name option does not", () => {
  expect([
    named(Option.clientFqdn, Uint8Array.of(0, 0, 0, ...text("desk.example"))),
    named(Option.clientFqdn, Uint8Array.of(4, 0, 0, 4, ...text("desk"), 0)),
    named(Option.clientFqdn, Uint8Array.of(4, 0, 0, 255, ...text("desk"))),
    named(Option.clientFqdn, Uint8Array.of(0, 0, 0)),
  ]).toEqual(["desk", "desk", "desk", ""]);
});

test("a client is known by its identifier, or else by its MAC", () => {
  const mac = "02:00:5e:10:00:01" as Mac;
  const keyed = (...id: number[]) =>
    clientKey(clientMessage(mac, { options: new Map([[Option.clientIdentifier, Uint8Array.from(id)]]) }));
  expect([clientKey(clientMessage(mac)), keyed(), keyed(0xff, 1, 2)]).toEqual([
    "mac:02:00:5e:10:00:01",
    "mac:02:00:5e:10:00:01",
    "id:ff0102",
  ]);
});

test("a vendor class is kept as printable text of bounded length", () => {
  const given = text(`android-dhcp-14\n\x1b[31m${"x".repeat(200)}`);
  const message = clientMessage("02:00:5e:10:00:01" as Mac, {
    options: new Map([[Option.vendorClass, given]]),
  });
  expect(vendorClass(message)).toBe(`android-dhcp-14[31m${"x".repeat(109)}`);
});

test("an identifier longer than one option is none, lest it fill the lease file", () => {
  const key = (length: number) =>
    clientKey(clientMessage(MAC, { options: new Map([[Option.clientIdentifier, new Uint8Array(length)]]) }));
  expect([key(255), key(256)]).toEqual([`id:${"00".repeat(255)}`, macKey(MAC)]);
});
