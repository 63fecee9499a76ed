import { expect, test } from "bun:test";
import { AttributeCursor, MessageBuilder, NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST } from "./message.ts";
import { NetlinkError, NetlinkSocket } from "./socket.ts";

const RTM_GETLINK = 18;
const IFLA_IFNAME = 3;

/** struct ifinfomsg for one interface; a request for it must leave `change` 0. */
function interfaceInfo(request: MessageBuilder, index: number, change = 0): MessageBuilder {
  return request.u32(0).u32(index).u32(0).u32(change);
}

test("a dump answers with every object and then ends", () => {
  const socket = NetlinkSocket.open("route");
  const request = new MessageBuilder(256);
  for (let round = 0; round < 2; round++) {
    const names: string[] = [];
    const sequence = socket.begin(request);
    interfaceInfo(request.begin(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, sequence), 0).end();
    socket.exchange("RTM_GETLINK", request, sequence, (answer) => {
      const attribute = new AttributeCursor(answer.view).over(answer.offset + 16, answer.end);
      while (attribute.next()) if (attribute.type === IFLA_IFNAME) names.push(attribute.text());
    });
    expect(names).toContain("lo");
  }
  socket.close();
});

test("a refusal names the operation, the errno, the kernel's reason and the message", () => {
  const socket = NetlinkSocket.open("route");
  const request = new MessageBuilder(256);
  const sequence = socket.begin(request);
  const flags = NLM_F_REQUEST | NLM_F_ACK;
  interfaceInfo(request.begin(RTM_GETLINK, flags, sequence), 1).end();
  interfaceInfo(request.begin(RTM_GETLINK, flags, sequence + 1), 1, 1).end();
  interfaceInfo(request.begin(RTM_GETLINK, flags, sequence + 2), 1).end();
  let failure: unknown;
  try {
    socket.exchange("RTM_GETLINK lo", request, sequence + 2);
  } catch (error) {
    failure = error;
  }
  expect(failure).toBeInstanceOf(NetlinkError);
  const { operation, errno, kernelText, messageIndex } = failure as NetlinkError;
  expect({ operation, errno, kernelText, messageIndex }).toEqual({
    operation: "RTM_GETLINK lo",
    errno: 22,
    kernelText: "Invalid values in header for get link request",
    messageIndex: 1,
  });
  // The socket is clean for the next request.
  const next = socket.begin(request);
  interfaceInfo(request.begin(RTM_GETLINK, flags, next), 1).end();
  let answers = 0;
  socket.exchange("RTM_GETLINK", request, next, () => answers++);
  expect(answers).toBe(1);
  socket.close();
});
