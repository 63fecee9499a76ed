import { expect, test } from "bun:test";
import { deviceWord, fileName } from "./download.ts";

test("a file's name is words of ASCII, whatever a device is called", () => {
  const mac = "02:00:5e:00:00:01";
  const named = (name: string) => fileName(["capture", deviceWord(mac, [{ mac, name }])], "pcapng");
  expect(
    [
      "Jonas\u2019 phone",
      'Büro "TV"',
      "../../etc/passwd",
      "a\r\nSet-Cookie: b",
      "ليلى",
      "",
      "x".repeat(99),
    ].map(named),
  ).toEqual([
    "gatehouse-capture-Jonas-phone.pcapng",
    "gatehouse-capture-Buro-TV.pcapng",
    "gatehouse-capture-etc-passwd.pcapng",
    "gatehouse-capture-a-Set-Cookie-b.pcapng",
    "gatehouse-capture-02-00-5e-00-00-01.pcapng",
    "gatehouse-capture-02-00-5e-00-00-01.pcapng",
    `gatehouse-capture-${"x".repeat(60)}.pcapng`,
  ]);
});
