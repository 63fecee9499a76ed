import { expect, test } from "bun:test";
import { parseIPv4 } from "../../addr/ipv4.ts";
import { echoRequest, readAnswer } from "./echo.ts";

test("an echo request is its header with a checksum", () => {
  expect(echoRequest(0x2801, 7).toHex()).toBe("0800cff728010007");
});

// 203.0.113.53 answers 198.51.100.7; then the same behind four bytes of IP options.
const REPLY = "450000" + "1c00004000400100" + "00cb007135c6336407" + "0000d7f728010007";
const WITH_OPTIONS = "460000" + "2000004000400100" + "00cb007135c6336407" + "94040000" + "0000d7f728010007";

test("an answer is read behind the IP header, whatever its length; what is cut or no answer is passed over", () => {
  const answer = { source: parseIPv4("203.0.113.53")!, id: 0x2801, sequence: 7 };
  const whole = Uint8Array.fromHex(REPLY);
  const request = whole.with(20, 8);
  expect([readAnswer(whole), readAnswer(Uint8Array.fromHex(WITH_OPTIONS)), readAnswer(request)]).toEqual([
    answer,
    answer,
    undefined,
  ]);
  for (let length = 0; length < whole.length; length++)
    expect([length, readAnswer(whole.subarray(0, length))]).toEqual([length, undefined]);
  expect(readAnswer(whole.with(0, 0x41))).toBeUndefined();
});
