import { expect, test } from "bun:test";
import { close, interfaceIndex, recv, SystemError, send, setsockopt, socket } from "./libc.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_ROUTE = 0;
const MSG_DONTWAIT = 0x40;

test("a netlink request sent through libc is answered by the kernel", () => {
  const fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  const request = new Uint8Array(20);
  new DataView(request.buffer).setUint32(0, 20, true);
  const RTM_GETLINK = 18;
  const NLM_F_REQUEST_DUMP = 0x301;
  new DataView(request.buffer).setUint16(4, RTM_GETLINK, true);
  new DataView(request.buffer).setUint16(6, NLM_F_REQUEST_DUMP, true);
  send(fd, request);
  const answer = new Uint8Array(65536);
  const length = recv(fd, answer);
  const RTM_NEWLINK = 16;
  expect([length > 16, new DataView(answer.buffer).getUint16(4, true)]).toEqual([true, RTM_NEWLINK]);
  close(fd);
});

test("an empty socket that must not block answers -1", () => {
  const fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  expect(recv(fd, new Uint8Array(64), MSG_DONTWAIT)).toBe(-1);
  close(fd);
});

test("errors name the operation and the cause", () => {
  expect(() => socket(-1, 0, 0)).toThrow(SystemError);
  expect(() => setsockopt(-1, 0, 0, 1, "SO_NOTHING")).toThrow(/^setsockopt SO_NOTHING: errno 9$/);
  expect(() => interfaceIndex("no-such-link")).toThrow(/^if_nametoindex: ENODEV.*no-such-link/);
  expect(interfaceIndex("lo")).toBe(1);
});
