import { checksum, sum, updated16 } from "./checksum.ts";

/** ICMP message (RFC 792) over a DataView; `message` is the offset of its first byte. */
export const ICMP_HEADER = 8;

export const ECHO_REPLY = 0;
export const DESTINATION_UNREACHABLE = 3;
export const ECHO_REQUEST = 8;
export const TIME_EXCEEDED = 11;
export const PARAMETER_PROBLEM = 12;
export const TIMESTAMP = 13;
export const TIMESTAMP_REPLY = 14;

const CHECKSUM = 2;
/** Offset of the identifier in a query. */
export const IDENTIFIER = 4;

export function type(view: DataView, message: number): number {
  return view.getUint8(message);
}

export function identifier(view: DataView, message: number): number {
  return view.getUint16(message + IDENTIFIER);
}

/** Whether the message asks, with an identifier by which its answer is known. */
export function isQuery(messageType: number): boolean {
  return messageType === ECHO_REQUEST || messageType === TIMESTAMP;
}

/** Whether the message answers such a query. */
export function isQueryReply(messageType: number): boolean {
  return messageType === ECHO_REPLY || messageType === TIMESTAMP_REPLY;
}

/** Whether the message quotes the packet it is about (RFC 5508 section 3.2 calls these errors; redirect and source quench are not passed on). */
export function isError(messageType: number): boolean {
  return (
    messageType === DESTINATION_UNREACHABLE ||
    messageType === TIME_EXCEEDED ||
    messageType === PARAMETER_PROBLEM
  );
}

/** Whether the checksum over all `length` bytes of the message is right. */
export function isChecksumRight(view: DataView, message: number, length: number): boolean {
  return checksum(sum(view, message, length)) === 0;
}

/** Writes the 16-bit word at `offset` from the message's start (even) and keeps the message checksum right. */
export function setWord(view: DataView, message: number, offset: number, value: number): void {
  const check = view.getUint16(message + CHECKSUM);
  view.setUint16(message + CHECKSUM, updated16(check, view.getUint16(message + offset), value));
  view.setUint16(message + offset, value);
}
