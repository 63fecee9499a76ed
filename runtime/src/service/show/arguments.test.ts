import { expect, test } from "bun:test";
import { parseNatArguments } from "./arguments.ts";

const parse = (line: string) => parseNatArguments(line.split(" ").filter(Boolean));
const complaint = (line: string) => {
  try {
    return parse(line);
  } catch (error) {
    return (error as Error).message;
  }
};

test("what is asked for, in any order of options", () => {
  expect(parse("")).toEqual({ verb: "summary", json: false });
  expect(parse("--json")).toEqual({ verb: "summary", json: true });
  expect(parse("show --help")).toEqual({ verb: "help" });
  expect(parse("show")).toEqual({ verb: "show", what: "bindings", json: false });
  expect(parse("show sessions --json --port=443 --protocol TCP --device 192.168.77.20")).toEqual({
    verb: "show",
    what: "sessions",
    device: "192.168.77.20",
    transport: "tcp",
    port: 443,
    json: true,
  });
  expect(parse("show --port 0")).toMatchObject({ what: "bindings", port: 0 });
});

test("words that mean nothing are refused with what would", () => {
  expect(
    [
      "list",
      "show doors",
      "show --color red",
      "show --port",
      "show --port --json",
      "show --port 65536",
      "show --port http",
      "show --protocol sctp",
      "show --json --json",
      "show associations --port 1",
      "show associations --protocol tcp",
    ].map(complaint),
  ).toEqual([
    'nat takes show or nothing, but "list" was given',
    'nat show lists bindings, sessions, associations, but "doors" was given',
    "nat show has no option --color; it has --device, --protocol, --port, --json",
    "--port needs a value",
    "--port needs a value",
    '--port takes a number from 0 to 65535, but "65536" was given',
    '--port takes a number from 0 to 65535, but "http" was given',
    '--protocol takes tcp, udp or icmp, but "sctp" was given',
    "--json is given twice",
    "associations have no ports",
    "associations have no tcp, udp or icmp",
  ]);
});
