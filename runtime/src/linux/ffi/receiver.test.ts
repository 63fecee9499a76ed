import { expect, test } from "bun:test";
import { send, socket } from "./libc.ts";
import { receive } from "./receiver.ts";

test("messages of a socket arrive on the calling thread until stopped", async () => {
  const AF_NETLINK = 16;
  const SOCK_RAW = 3;
  const fd = socket(AF_NETLINK, SOCK_RAW, 0);
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const receiver = receive(fd, 65536, resolve, reject);
  const request = new Uint8Array(20);
  const RTM_GETLINK = 18;
  const NLM_F_REQUEST_DUMP = 0x301;
  new DataView(request.buffer).setUint32(0, 20, true);
  new DataView(request.buffer).setUint16(4, RTM_GETLINK, true);
  new DataView(request.buffer).setUint16(6, NLM_F_REQUEST_DUMP, true);
  send(fd, request);
  const answer = await promise;
  const RTM_NEWLINK = 16;
  expect(new DataView(answer.buffer).getUint16(4, true)).toBe(RTM_NEWLINK);
  receiver.stop();
});
