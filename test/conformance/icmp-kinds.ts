import { headerOf } from "./endpoints.ts";
import { ECHO_REPLY, ECHO_REQUEST, ICMP, PARAMETER_PROBLEM, TIME_EXCEEDED, UNREACHABLE } from "./packet.ts";

const TIMESTAMP = 13;
const TIMESTAMP_REPLY = 14;

export function isError(packet: DataView): boolean {
  return isOneOf(packet, [UNREACHABLE, TIME_EXCEEDED, PARAMETER_PROBLEM]);
}

/** A question that a host asks. */
export function isQuery(packet: DataView): boolean {
  return isOneOf(packet, [ECHO_REQUEST, TIMESTAMP]);
}

/** The answer to one. */
export function isReply(packet: DataView): boolean {
  return isOneOf(packet, [ECHO_REPLY, TIMESTAMP_REPLY]);
}

function isOneOf(packet: DataView, types: readonly number[]): boolean {
  return packet.getUint8(9) === ICMP && types.includes(packet.getUint8(headerOf(packet)));
}
