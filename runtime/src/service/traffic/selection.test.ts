import { expect, test } from "bun:test";
import { parseRemote } from "../../addr/remote.ts";
import { NameBook } from "./name-book.ts";
import { domainTest } from "./selection.ts";

const [LAPTOP, PHONE] = [0x02005e100001, 0x02005e100002];
const SERVER = parseRemote("198.51.100.7")!;
const SERVER6 = parseRemote("2001:db8::7")!;
const named = (name: string) => ({ name, transport: "tls", maybeOuter: false, at: 1 }) as const;

test("a remote is of the domain of what the device calls it, else of its own address", () => {
  const book = new NameBook();
  book.serverName(LAPTOP, SERVER, named("www.example.net"));
  book.serverName(LAPTOP, SERVER6, named("cdn.example.net"));
  const pairs = [LAPTOP, PHONE].flatMap((device) =>
    [SERVER, SERVER6].map((remote) => [device, remote] as const),
  );
  const accepted = (domain: string) =>
    pairs
      .map(([device, remote]) => domainTest(domain, book)(device, remote))
      .map(Number)
      .join("");
  expect(
    ["example.net", "www.example.net", "198.51.100.7", "2001:DB8::7", "others", "example.org"].map(accepted),
  ).toEqual(["1100", "0000", "0010", "0001", "0000", "0000"]);
});

test("a name that becomes known counts from then on", () => {
  const book = new NameBook();
  const isWanted = domainTest("example.net", book);
  const before = isWanted(LAPTOP, SERVER);
  book.serverName(LAPTOP, SERVER, named("example.net"));
  expect([before, isWanted(LAPTOP, SERVER)]).toEqual([false, true]);
});

test("what found no room of its own is a group, too", () => {
  expect(domainTest("others", new NameBook())(LAPTOP, new Uint32Array(4))).toBe(true);
});
